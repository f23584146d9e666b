"""A customer that is given to somebody takes along what its owner held open with it."""

from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry, Notice
from crm.models import Reminder
from crm.services.activities import complete_activity, log_activity
from crm.services.customers import update_customer
from crm.services.leads import assign_lead, receive_lead
from crm.services.reminders import fire_due
from pipeline.services.opportunities import create_opportunity, move_opportunity


@pytest.fixture
def deal(company, pipeline, customer):
    return create_opportunity(pipeline=pipeline, by=company.owner, name="Line", customer=customer)


@pytest.fixture
def call(company, customer, deal):
    tomorrow = clock.now() + timedelta(days=1)
    return log_activity(
        customer,
        by=company.owner,
        kind="call",
        subject="Ring",
        due_at=tomorrow,
        opportunity=deal,
    )


def owner_of(row):
    row.refresh_from_db()
    return row.owner


def test_open_deals_and_planned_activities_go_along(company, customer, deal, call):
    update_customer(customer, by=company.manager, owner=company.stranger)
    assert owner_of(deal) == owner_of(call) == company.stranger
    for row in (customer, deal, call):
        entry = AuditEntry.objects.filter(
            object_type=row._meta.label_lower, object_id=row.pk, action="update"
        ).get()
        assert (entry.actor, entry.changes) == (company.manager, {"owner": ["Li", "Zoe"]})


def test_what_is_over_and_what_a_third_person_holds_stays(
    company, customer, deal, call, pipeline, stages
):
    complete_activity(call, by=company.owner)
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    third = create_opportunity(
        pipeline=pipeline, by=company.teammate, name="Spares", customer=customer
    )
    theirs = log_activity(
        customer, by=company.teammate, kind="task", subject="Quote", due_at=call.due_at
    )
    update_customer(customer, by=company.manager, owner=company.stranger)
    assert owner_of(deal) == owner_of(call) == company.owner
    assert owner_of(third) == owner_of(theirs) == company.teammate


def test_who_has_the_customer_now_can_do_the_call_and_who_had_it_is_not_reminded(
    company, customer, call, as_user
):
    update_customer(customer, by=company.manager, owner=company.stranger)
    assert "Ring" not in as_user(company.owner).get("/").content.decode()
    assert "Ring" in as_user(company.stranger).get("/").content.decode()
    as_user(company.stranger).post(f"/activities/{call.pk}/complete/")
    call.refresh_from_db()
    assert call.done_at is not None


def test_a_reminder_that_rang_already_is_over_for_the_giver_and_news_to_the_other(
    company, customer, call
):
    fire_due(at=call.due_at - timedelta(minutes=10))
    told = Notice.objects.filter(about=f"activity:{call.pk}")
    assert told.get().user == company.owner
    update_customer(customer, by=company.manager, owner=company.stranger)
    assert told.get().read_at is not None
    assert Reminder.objects.get(activity=call).fired_at is None
    fire_due(at=call.due_at)
    assert told.filter(user=company.stranger, read_at=None).exists()


def test_the_new_owner_hears_of_it_and_nobody_of_what_they_took_themselves(company, customer):
    update_customer(customer, by=company.manager, owner=company.stranger)
    notice = Notice.objects.get()
    assert (notice.user, notice.code) == (company.stranger, "customer_given")
    update_customer(customer, by=company.teammate, owner=company.teammate)
    assert Notice.objects.count() == 1


def test_a_lead_is_assigned_wherever_its_owner_is_changed(company, customer, deal, call):
    lead = receive_lead(customer, by=company.owner)
    update_customer(customer, by=company.manager, owner=company.stranger)
    lead.refresh_from_db()
    assert lead.assigned_by == company.manager
    assert Notice.objects.get(code="lead_assigned").user == company.stranger
    assign_lead(lead, to=company.teammate, by=company.manager)
    assert owner_of(deal) == owner_of(call) == company.teammate
    assert AuditEntry.objects.filter(action="assign").count() == 2


def test_the_api_moves_them_too_and_refuses_an_owner_who_cannot_see_the_customer(
    company, customer, deal, call, client
):
    client.force_login(company.owner)
    asked = {"content_type": "application/json", "headers": {"If-Match": "*"}}
    address = f"/api/v1/activities/{call.pk}/"
    refused = client.patch(address, {"owner": company.stranger.pk}, **asked)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/owner"
    given = client.patch(address, {"owner": company.teammate.pk}, **asked)
    assert given.status_code == 200
    client.force_login(company.admin)
    client.patch(f"/api/v1/customers/{customer.pk}/", {"owner": company.stranger.pk}, **asked)
    assert owner_of(deal) == company.stranger
    assert owner_of(call) == company.teammate
