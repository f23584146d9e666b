from datetime import timedelta

import pytest

from core import clock
from crm.models import Activity
from crm.services.activities import log_activity
from crm.services.customers import archive_customer

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def pinned(db, company_day):
    at = company_day("2002-03-15", 9)
    clock.pin(at)
    return at


@pytest.fixture
def visit(pinned, company, hengda):
    due = pinned + timedelta(days=1)
    return log_activity(hengda, by=company.owner, kind="meeting", subject="Visit", due_at=due)


def test_the_customers_page_begins_with_the_next_step_and_its_delay(
    as_user, company, hengda, visit, pinned
):
    log_activity(
        hengda, by=company.owner, kind="call", subject="Ring", due_at=pinned - timedelta(days=3)
    )
    page = as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()
    strip = page[page.index("next-step-title") : page.index("Planned after that")]
    assert "Ring" in strip
    assert "3 days overdue" in strip
    assert "ti-clock-exclamation" in strip
    assert "Visit" in page[page.index("Planned after that") :]


def test_where_nothing_is_planned_the_page_offers_to_plan(as_user, company, hengda):
    page = as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()
    assert "Nothing is planned." in page
    assert "Plan one" in page


def test_ticking_off_asks_for_the_next_step_at_once(as_user, company, hengda, visit):
    client = as_user(company.owner)
    answer = client.post(f"/activities/{visit.pk}/complete/", headers=DIALOG)
    form = answer.context["form"]
    assert form["kind"].value() == "meeting"
    assert form["subject"].value() == "Follow up: Visit"
    assert "data-reload-on-close" in answer.content.decode()
    # The toast waits for the page that comes when the dialog is closed.
    assert "HX-Trigger" not in answer
    assert "Done: Visit" in client.get("/").content.decode()

    address = f"/activities/new/?customer={hengda.pk}&after={visit.pk}"
    data = {"customer": hengda.pk, "kind": "call", "subject": "", "due_at": "2002-03-22T09:00"}
    refused = client.post(address, data, headers=DIALOG).content.decode()
    assert "data-reload-on-close" in refused
    saved = client.post(address, data | {"subject": "Ring again"}, headers=DIALOG)
    assert saved["HX-Refresh"] == "true"
    assert Activity.objects.open().get().subject == "Ring again"


def test_a_proposal_does_not_grow_with_every_step(as_user, company, hengda, pinned):
    step = log_activity(
        hengda, by=company.owner, kind="call", subject="Follow up: Quote", due_at=pinned
    )
    answer = as_user(company.owner).post(f"/activities/{step.pk}/complete/", headers=DIALOG)
    assert answer.context["form"]["subject"].value() == "Follow up: Quote"


def test_without_a_dialog_ticking_off_goes_back(as_user, company, visit):
    assert as_user(company.owner).post(f"/activities/{visit.pk}/complete/").status_code == 302


def test_a_call_is_logged_with_what_the_address_names(as_user, company, hengda):
    client = as_user(company.owner)
    address = f"/activities/new/?customer={hengda.pk}&kind=call"
    form = client.get(address, headers=DIALOG).context["form"]
    assert (form["kind"].value(), form["subject"].value()) == ("call", "Call")
    data = {"customer": hengda.pk, "kind": "call", "subject": "Call"}
    assert client.post(address, data, headers=DIALOG)["HX-Refresh"] == "true"
    assert Activity.objects.get().done_at


@pytest.mark.parametrize(
    "query", ["customer=x", "deal=999", "kind=dinner", f"deal={'9' * 30}", "after=0"]
)
def test_an_address_that_names_nothing_gives_an_empty_form(as_user, company, hengda, query):
    answer = as_user(company.owner).get(f"/activities/new/?{query}", headers=DIALOG)
    assert answer.status_code == 200


def test_what_was_logged_just_now_is_taken_back_by_its_author_alone(as_user, company, hengda):
    client = as_user(company.owner)
    data = {"customer": hengda.pk, "kind": "call", "subject": "Oops"}
    client.post("/activities/new/", data)
    call = Activity.objects.get()
    address = f"/activities/{call.pk}/take-back/"
    assert as_user(company.teammate).post(address).status_code == 404
    as_user(company.owner).post(address)
    assert not Activity.objects.exists()


def test_what_was_changed_meanwhile_stays(as_user, company, hengda, visit):
    as_user(company.owner).post(f"/activities/{visit.pk}/complete/")
    as_user(company.owner).post(f"/activities/{visit.pk}/take-back/")
    assert Activity.objects.filter(pk=visit.pk).exists()


def test_an_archived_customer_asks_for_no_step(as_user, company, hengda, visit):
    archive_customer(hengda, by=company.owner)
    page = as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()
    assert "next-step-title" not in page
