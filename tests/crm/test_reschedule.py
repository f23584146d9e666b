"""Putting off when something is due, reopening what was done, and taking either back."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from crm.models import Activity, Reminder
from crm.services.activities import complete_activity, end_of_day, log_activity, update_activity
from crm.services.leads import receive_lead
from crm.services.reminders import fire_due

pytestmark = pytest.mark.django_db
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(company, hengda, noon):
    """One that was due at half past four on the Monday before."""
    due = datetime(2026, 3, 2, 16, 30, tzinfo=SHANGHAI)
    return log_activity(hengda, by=company.owner, kind="call", subject="Ring", due_at=due)


@pytest.fixture
def li(as_user, company):
    return as_user(company.owner)


def put_off(client, activity, to):
    client.post(f"/activities/{activity.pk}/reschedule/", {"to": to}, headers=HTMX)
    [toast] = client.get("/").context["messages"]
    activity.refresh_from_db()
    return toast


@pytest.mark.parametrize(
    ("to", "due"),
    [
        ("tomorrow", datetime(2026, 3, 5, 16, 30, tzinfo=SHANGHAI)),
        ("monday", datetime(2026, 3, 9, 16, 30, tzinfo=SHANGHAI)),
        ("week", datetime(2026, 3, 11, 16, 30, tzinfo=SHANGHAI)),
    ],
)
def test_it_is_due_at_the_same_time_of_a_later_day_and_undone(li, call, to, due):
    before = call.due_at
    toast = put_off(li, call, to)
    assert call.due_at == due
    assert "Ring is now due on" in str(toast)
    assert not li.get("/").context["agenda"].overdue
    li.post(toast.extra_tags)
    call.refresh_from_db()
    assert call.due_at == before


def test_the_time_of_day_is_the_person_s(li, company, call):
    company.owner.time_zone = "Europe/Berlin"
    company.owner.save()
    put_off(li, call, "tomorrow")
    assert call.due_at.astimezone(BERLIN) == datetime(2026, 3, 5, 9, 30, tzinfo=BERLIN)


def test_what_has_no_hour_goes_to_a_day_of_the_company(li, call, company):
    update_activity(call, by=company.owner, all_day=True)
    company.owner.time_zone = "Pacific/Auckland"
    company.owner.save()
    put_off(li, call, "monday")
    assert (call.due_at, call.all_day) == (end_of_day(datetime(2026, 3, 9).date()), True)


def test_monday_is_the_next_one_also_on_a_monday(li, call, company_day):
    clock.pin(company_day("2026-03-09", hour=12))
    put_off(li, call, "monday")
    assert call.due_at.astimezone(SHANGHAI).day == 16


def test_its_reminder_follows(li, call):
    put_off(li, call, "tomorrow")
    alarm = Reminder.objects.get(activity=call)
    assert alarm.fired_at is None
    assert timedelta() <= call.due_at - alarm.at < timedelta(days=1)


def test_who_takes_it_back_is_not_told_a_second_time(li, call, noon):
    assert fire_due() == 1
    toast = put_off(li, call, "tomorrow")
    li.post(toast.extra_tags)
    assert fire_due(at=noon + timedelta(hours=1)) == 0


def test_what_is_done_or_put_off_until_nowhere_stays(li, company, call):
    assert "Choose until when" in str(put_off(li, call, "never"))
    complete_activity(call, by=company.owner)
    assert "done already" in str(put_off(li, call, "tomorrow"))


def test_undo_does_not_take_back_what_was_done_since(li, company, call):
    toast = put_off(li, call, "tomorrow")
    update_activity(call, by=company.teammate, note="They are away.")
    li.post(toast.extra_tags)
    [toast] = li.get("/").context["messages"]
    assert "Somebody else changed this" in str(toast)
    call.refresh_from_db()
    assert call.due_at.astimezone(SHANGHAI).day == 5


@pytest.mark.parametrize("planned", [None, 30])
def test_the_undo_of_a_tick_takes_the_typed_minutes_back(li, company, call, planned):
    if planned:
        update_activity(call, by=company.owner, minutes=planned)
    li.post(f"/activities/{call.pk}/complete/", {"minutes": "45"}, headers=HTMX)
    [toast] = li.get("/").context["messages"]
    call.refresh_from_db()
    assert (call.done_at is None, call.minutes) == (False, 45)
    li.post(toast.extra_tags)
    call.refresh_from_db()
    assert (call.done_at, call.minutes) == (None, planned)


def test_a_stranger_puts_nothing_off_and_takes_nothing_back(company, call, as_user):
    client = as_user(company.stranger)
    for verb in ("reschedule/", "call-off/", "take-back/1/"):
        assert client.post(f"/activities/{call.pk}/{verb}").status_code == 404
    assert Activity.objects.get().version == 1


def test_a_lead_waits_again_once_its_answer_is_reopened_and_undo_keeps_its_minute(
    noon, li, company, hengda
):
    lead = receive_lead(hengda, by=company.owner)
    call = log_activity(hengda, by=company.owner, kind="call", subject="Rang")
    clock.pin(noon + timedelta(hours=3))
    li.post(f"/activities/{call.pk}/reopen/")
    lead.refresh_from_db()
    assert (lead.first_response, lead.first_response_at) == (None, None)
    [toast] = li.get("/").context["messages"]
    assert str(toast) == "Open again: Rang"
    li.post(toast.extra_tags)
    lead.refresh_from_db()
    assert (lead.first_response, lead.first_response_at) == (call, noon)
