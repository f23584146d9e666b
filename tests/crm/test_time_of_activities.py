"""How long an activity took, and which deal it was about."""

import pytest
from django.db import IntegrityError, transaction

from core import clock
from crm.models import Activity
from crm.services.activities import log_activity
from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity, update_opportunity

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "activity-form"}


@pytest.fixture
def deal(company, hengda, pipeline):
    return create_opportunity(
        by=company.owner,
        name="Filling line",
        pipeline=pipeline,
        customer=hengda,
        owner=company.owner,
        currency="CNY",
    )


@pytest.fixture
def other(company, ladder):
    return create_customer(by=company.owner, name="Other Foods", owner=company.owner)


def test_the_timeline_says_how_long_it_took_and_about_which_deal(company, hengda, deal, as_user):
    client = as_user(company.owner)
    typed = {"customer": hengda.pk, "kind": "call", "subject": "Asked", "minutes": "25"}
    client.post("/activities/new/", typed | {"opportunity": deal.pk})
    activity = Activity.objects.get()
    assert (activity.minutes, activity.opportunity) == (25, deal)
    page = client.get(f"/customers/{hengda.pk}/").content.decode()
    assert "25 min" in page
    assert "about Filling line" in page


def test_a_deal_that_somebody_may_not_see_stays_unnamed(company, hengda, deal, as_user):
    log_activity(hengda, by=company.owner, kind="call", subject="Asked", opportunity=deal)
    deal.owner = company.stranger
    deal.save(update_fields=["owner"])
    page = as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()
    assert "Asked" in page
    assert "Filling line" not in page


def test_the_deal_has_its_own_list_and_quick_log(company, hengda, deal, as_user):
    client = as_user(company.owner)
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert f'name="opportunity" value="{deal.pk}"' in page
    typed = {
        "customer": hengda.pk,
        "opportunity": deal.pk,
        "kind": "meeting",
        "subject": "Measured",
    }
    here = {"HX-Current-URL": f"http://testserver/deals/{deal.pk}/"}
    answer = client.post("/activities/new/", typed, headers=HTMX | here)
    assert f"/deals/{deal.pk}/" in str(answer.headers)
    assert "Measured" in client.get(f"/deals/{deal.pk}/").content.decode()


def test_the_deal_page_reads_its_activities_at_once(
    company, hengda, deal, as_user, django_assert_max_num_queries
):
    client = as_user(company.owner)
    client.get(f"/deals/{deal.pk}/")
    with django_assert_max_num_queries(60) as few:
        client.get(f"/deals/{deal.pk}/")
    for _each in range(9):
        log_activity(hengda, by=company.owner, kind="call", subject="x", opportunity=deal)
    with django_assert_max_num_queries(len(few) + 1):
        client.get(f"/deals/{deal.pk}/")


@pytest.mark.parametrize("minutes", ["-1", "1441", "an hour", "1e3"])
def test_time_that_cannot_be_is_refused_beside_its_field(company, hengda, as_user, minutes):
    typed = {"customer": hengda.pk, "kind": "call", "subject": "x", "minutes": minutes}
    answer = as_user(company.owner).post("/activities/new/", typed)
    assert answer.context["form"].errors["minutes"]
    assert not Activity.objects.exists()


def test_nothing_typed_is_unknown_and_not_nought(company, hengda, as_user):
    typed = {"customer": hengda.pk, "kind": "call", "subject": "x", "minutes": ""}
    as_user(company.owner).post("/activities/new/", typed)
    assert Activity.objects.get().minutes is None


def test_a_planned_step_is_ticked_off_with_its_minutes(company, hengda, as_user):
    planned = log_activity(hengda, by=company.owner, kind="task", subject="x", due_at=clock.now())
    client = as_user(company.owner)
    client.post(f"/activities/{planned.pk}/complete/", {"minutes": "many"})
    assert Activity.objects.get().done_at is None
    client.post(f"/activities/{planned.pk}/complete/", {"minutes": "45"})
    done = Activity.objects.get()
    assert done.done_at
    assert done.minutes == 45


def test_a_deal_of_another_customer_is_refused_by_form_service_and_database(
    company, hengda, deal, other, as_user
):
    typed = {"customer": other.pk, "opportunity": deal.pk, "kind": "call", "subject": "x"}
    answer = as_user(company.owner).post("/activities/new/", typed)
    assert answer.context["form"].errors["opportunity"]
    with pytest.raises(Exception, match="another customer"):
        log_activity(other, by=company.owner, kind="call", subject="x", opportunity=deal)
    row = {"kind": "call", "subject": "x", "created_at": clock.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.create(customer=other, opportunity=deal, **row)
    kept = Activity.objects.create(customer=hengda, opportunity=deal, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.filter(pk=kept.pk).update(customer=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.filter(pk=kept.pk).update(minutes=1441)


def test_activities_go_with_their_deal_to_its_new_customer(company, hengda, deal, other):
    about = log_activity(hengda, by=company.owner, kind="call", subject="x", opportunity=deal)
    beside = log_activity(hengda, by=company.owner, kind="call", subject="y")
    update_opportunity(deal, by=company.owner, customer=other)
    about.refresh_from_db()
    beside.refresh_from_db()
    assert (about.customer, about.opportunity, about.version) == (other, deal, 2)
    assert beside.customer == hengda
    update_opportunity(deal, by=company.owner, customer=None)
    about.refresh_from_db()
    assert (about.customer, about.opportunity) == (other, None)
