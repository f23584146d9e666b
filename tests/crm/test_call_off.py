"""Calling off what will not happen, and taking that back exactly."""

import json
from datetime import timedelta

import pytest
from django.forms import model_to_dict

from core.models import Notice
from crm.models import Activity, Reminder
from crm.services.activities import (
    complete_activity,
    delete_activity,
    log_activity,
    update_activity,
)
from crm.services.leads import receive_lead
from crm.services.reminders import fire_due
from crm.services.snooze import snooze

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(company, hengda, noon):
    return log_activity(
        hengda,
        by=company.owner,
        kind="call",
        subject="Ring about the offer",
        note="Ask for Mr Zhou.",
        due_at=noon + timedelta(minutes=30),
    )


def told_by(answer):
    [toast] = json.loads(answer.headers["HX-Trigger"])["toast"]["toasts"]
    return toast


def call_off(client, activity, **data):
    return client.post(f"/activities/{activity.pk}/call-off/", data, headers=HTMX)


def as_stored():
    return [*Activity.objects.values(), *Reminder.objects.values(), *Notice.objects.values()]


def test_it_is_gone_and_undo_brings_back_all_of_it(company, call, noon, as_user):
    update_activity(call, by=company.owner, note="Ask for Mrs Lin.")
    snooze(call, until=noon + timedelta(hours=2), by=company.owner)
    client, before = as_user(company.owner), as_stored()
    answer = call_off(client, call)
    assert answer.headers["HX-Refresh"] == "true"
    assert not Activity.objects.exists()
    [toast] = client.get("/").context["messages"]
    assert str(toast) == "Called off: Ring about the offer"
    client.post(toast.extra_tags)
    assert as_stored() == before


def test_a_notice_not_read_yet_is_unread_again(company, call, noon, as_user):
    fire_due(at=noon + timedelta(hours=1))
    client = as_user(company.owner)
    call_off(client, call)
    assert not Notice.objects.unread().exists()
    client.post(f"/activities/{call.pk}/restore/")
    assert Notice.objects.unread().count() == 1
    assert fire_due(at=noon + timedelta(hours=2)) == 0, "it rang already"


def test_it_comes_back_once(company, call, as_user):
    client = as_user(company.owner)
    call_off(client, call)
    client.post(f"/activities/{call.pk}/restore/")
    assert client.post(f"/activities/{call.pk}/restore/").status_code == 404
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("who", ["teammate", "manager", "stranger"])
def test_only_who_called_it_off_takes_that_back(company, call, as_user, who):
    delete_activity(call, by=company.owner)
    answer = as_user(getattr(company, who)).post(f"/activities/{call.pk}/restore/")
    assert answer.status_code == 404
    assert not Activity.objects.exists()


def test_who_sees_the_customer_no_more_does_not_bring_it_back(company, call, hengda, as_user):
    delete_activity(call, by=company.owner)
    hengda.owner = company.stranger
    hengda.save(update_fields=["owner"])
    assert as_user(company.owner).post(f"/activities/{call.pk}/restore/").status_code == 404


def test_what_was_changed_meanwhile_is_not_called_off_from_an_old_form(company, call, as_user):
    update_activity(call, by=company.teammate, note="They answer on Monday.")
    client = as_user(company.owner)
    call_off(client, call, version=1)
    [toast] = client.get("/").context["messages"]
    assert "Somebody else changed this" in str(toast)
    assert Activity.objects.filter(pk=call.pk).exists()


def test_a_lead_counts_as_unanswered_without_its_first_response_and_answered_with_it(
    noon, company, hengda, as_user
):
    lead = receive_lead(hengda, by=company.owner)
    done = log_activity(hengda, by=company.owner, kind="call", subject="Rang")
    lead.refresh_from_db()
    before = model_to_dict(lead)
    assert lead.first_response == done
    client = as_user(company.owner)
    call_off(client, done)
    lead.refresh_from_db()
    assert lead.first_response_at is None
    client.post(f"/activities/{done.pk}/restore/")
    lead.refresh_from_db()
    assert model_to_dict(lead) == before


def test_what_is_done_is_deleted_by_the_same_way(company, call, as_user):
    complete_activity(call, by=company.owner, minutes=20)
    before, client = as_stored(), as_user(company.owner)
    call_off(client, call)
    [toast] = client.get("/").context["messages"]
    assert str(toast) == "Deleted: Ring about the offer"
    client.post(toast.extra_tags)
    assert as_stored() == before
