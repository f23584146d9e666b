"""Reminders: when they fire, whom they tell and what they say."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.preferences import save_preferences
from core import clock
from core.models import Mail, Notice
from core.sentences import sentence_of
from core.tasks import send_mails
from crm.models import Activity, Reminder
from crm.services.activities import (
    complete_activity,
    delete_activity,
    log_activity,
    update_activity,
)
from crm.services.customers import archive_customer, create_customer, restore_customer
from crm.services.reminders import fire_due, plan_missing
from crm.tasks import fire_reminders, plan_reminders

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def plan(company, hengda, noon):
    def plan(due, **fields):
        values = {"kind": "call", "subject": "Ring Hengda", "due_at": due} | fields
        return log_activity(hengda, by=company.owner, **values)

    return plan


def told():
    return Notice.objects.filter(code="activity_due")


def fires_at(activity):
    """When, to five minutes of the next two days, the worker tells of it; None for never."""
    start = clock.now()
    for minute in range(0, 2 * 24 * 60, 5):
        if fire_due(at=start + minute * MINUTE):
            return start + minute * MINUTE
    return None


@pytest.mark.parametrize(
    ("choice", "minutes"), [("at_due", 0), ("15_min", 15), ("1_hour", 60), ("1_day", 24 * 60)]
)
def test_a_reminder_fires_as_long_before_as_was_chosen(plan, noon, choice, minutes):
    due = noon + timedelta(hours=30)
    assert fires_at(plan(due, reminder=choice)) == due - minutes * MINUTE


def test_without_a_choice_the_owner_s_preference_holds_and_follows_it(plan, company, noon):
    due = noon + timedelta(hours=30)
    activity = plan(due)
    assert activity.alarm.at == due - 15 * MINUTE
    company.owner.remind_before = "1_hour"
    save_preferences(company.owner, ["remind_before"])
    assert fires_at(activity) == due - 60 * MINUTE


def test_who_wants_no_reminders_gets_none_but_those_asked_for(plan, company, noon):
    company.owner.remind_before = "none"
    save_preferences(company.owner, ["remind_before"])
    plan(noon + MINUTE)
    plan(noon + MINUTE, subject="This one", reminder="at_due")
    assert fire_due(at=noon + 2 * MINUTE) == 1
    assert told().get().params["subject"] == "This one"


def test_what_has_no_hour_is_told_at_nine_where_the_owner_lives(plan, company, noon):
    company.owner.time_zone = "Europe/Berlin"
    save_preferences(company.owner, ["time_zone"])
    activity = plan(noon + timedelta(days=1), all_day=True)
    assert activity.due_at == datetime(2026, 3, 5, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert fires_at(activity) == datetime(2026, 3, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))


def test_what_is_planned_too_late_to_be_told_before_is_told_when_due(plan, noon):
    assert fires_at(plan(noon + 5 * MINUTE, reminder="1_day")) == noon + 5 * MINUTE


def test_a_reminder_fires_once_however_often_the_worker_comes(plan, noon):
    plan(noon - MINUTE)
    fire_reminders()
    fire_reminders()
    assert told().count() == Mail.objects.count() == 1


@pytest.mark.parametrize("how", ["done", "called off", "archived", "gone"])
def test_what_is_over_is_not_told(plan, company, hengda, noon, how):
    activity = plan(noon + timedelta(hours=1))
    if how == "done":
        complete_activity(activity, by=company.owner)
    elif how == "called off":
        delete_activity(activity, by=company.owner)
    elif how == "archived":
        archive_customer(hengda, by=company.owner)
    else:
        company.owner.is_active = False
        company.owner.save()
    assert fire_due(at=noon + timedelta(hours=2)) == 0


def test_what_is_taken_back_into_the_lists_is_told_again(plan, company, hengda, noon):
    plan(noon + timedelta(hours=1))
    archive_customer(hengda, by=company.owner)
    hengda.refresh_from_db()
    restore_customer(hengda, by=company.owner)
    assert fire_due(at=noon + timedelta(hours=2)) == 1


def test_what_is_put_on_another_day_is_told_again_at_its_new_time(plan, company, noon):
    activity = plan(noon - MINUTE)
    fire_due()
    assert told().unread().exists()
    due = noon + timedelta(hours=3)
    update_activity(activity, by=company.owner, due_at=due)
    assert not told().unread().exists(), "the old notice is settled"
    assert fires_at(activity) == due - 15 * MINUTE


def test_a_change_of_words_does_not_tell_again(plan, company, noon):
    activity = plan(noon - MINUTE)
    fire_due()
    update_activity(activity, by=company.owner, subject="Ring them")
    assert fire_due() == 0


def test_ticking_off_settles_the_notice_and_its_undo_does_not_ring_again(plan, company, noon):
    activity = plan(noon - MINUTE)
    fire_due()
    complete_activity(activity, by=company.owner)
    assert not told().unread().exists()
    update_activity(activity, by=company.owner, done_at=None)
    assert fire_due() == 0


def test_a_new_owner_is_told_and_the_old_one_no_more(plan, company, noon):
    activity = plan(noon - MINUTE)
    fire_due()
    update_activity(activity, by=company.owner, owner=company.teammate)
    assert fire_due() == 1
    assert told().unread().get().user == company.teammate


def test_what_came_without_a_reminder_gets_one(company, hengda, noon):
    due = noon + timedelta(hours=2)
    values = {"kind": "call", "customer": hengda, "owner": company.owner, "created_at": noon}
    Activity.objects.bulk_create(
        [
            Activity(subject="Ahead", due_at=due, **values),
            Activity(subject="Long over", due_at=noon - timedelta(days=9), **values),
            Activity(subject="Never", due_at=due, reminder="none", **values),
        ]
    )
    plan_reminders()
    assert [row.activity.subject for row in Reminder.objects.all()] == ["Ahead"]
    assert plan_missing() == 0


def test_the_letter_is_in_the_language_and_zone_of_its_reader(plan, company, noon, settings):
    settings.SITE_URL = "https://crm.example"
    company.teammate.language, company.teammate.time_zone = "zh-hans", "Europe/Berlin"
    company.teammate.save()
    plan(noon, note="Ask for the drawings", reminder="at_due")
    plan(noon, owner=company.teammate, reminder="at_due")
    fire_due()
    send_mails()
    english, chinese = sorted(mail.outbox, key=lambda each: each.to)
    assert english.subject == "Call: Ring Hengda · Hengda Foods"
    for words in ("Hello Li", "Ask for the drawings", "Due: 4 Mar 2026, 12:00"):
        assert words in english.body
    customer = Activity.objects.first().customer_id
    assert f"https://crm.example/customers/{customer}/" in english.body
    assert chinese.subject == "电话：Ring Hengda · Hengda Foods"
    assert "2026年3月4日 05:00" in chinese.body
    assert "Hello" not in chinese.body


def test_a_line_break_in_a_name_makes_no_header(plan, company, hengda, noon):
    Activity.objects.filter(pk=plan(noon - MINUTE).pk).update(subject="A\nBcc: x@evil.example")
    fire_due()
    send_mails()
    assert mail.outbox[0].subject.startswith("Call: A Bcc: x@evil.example")


def test_the_notice_says_what_is_due_with_whom(plan, noon):
    plan(noon - MINUTE)
    fire_due()
    notice = told().get()
    assert sentence_of(notice) == "Call: Ring Hengda · Hengda Foods · due 4 Mar 2026, 11:59"
    assert notice.url == f"/customers/{Activity.objects.get().customer_id}/"
    assert notice.created_at == noon


def test_a_thousand_reminders_take_as_many_queries_as_their_batches(company, ladder, noon):
    customer = create_customer(by=company.owner, name="Big", owner=company.owner)
    values = {"kind": "call", "customer": customer, "owner": company.owner, "created_at": noon}
    rows = [Activity(subject=f"{n}", due_at=noon, **values) for n in range(1000)]
    Activity.objects.bulk_create(rows)
    Reminder.objects.bulk_create(Reminder(activity=row, planned_at=noon, at=noon) for row in rows)
    with CaptureQueriesContext(connection) as asked:
        assert fire_due() == 1000
    assert told().count() == Mail.objects.count() == 1000
    # Two batches and the look that finds none left. SQLite takes fewer rows in one INSERT.
    inserts = [each for each in asked if each["sql"].startswith("INSERT")]
    assert len(asked) - len(inserts) <= 12
    if connection.vendor == "postgresql":
        assert len(inserts) == 4
