"""When what is due on a day, at no hour, rings: on a morning, and never too late."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.services.preferences import save_preferences
from crm.models import Activity, Reminder
from crm.services.activities import log_activity, update_activity
from crm.services.reminders import fire_due, plan_missing

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def live_in(company):
    def move(zone):
        company.owner.time_zone = zone
        company.owner.save()

    return move


@pytest.fixture
def plan(company, hengda, noon):
    """For a day of March, by default that on which the clock stands."""

    def plan(day=4, reminder="15_min"):
        values = {"kind": "task", "subject": "Offer", "all_day": True, "reminder": reminder}
        due = datetime(2026, 3, day, 12, tzinfo=SHANGHAI)
        return log_activity(hengda, by=company.owner, due_at=due, **values)

    return plan


def rings(activity):
    """When it rings, where its owner lives; None where it does not any more."""
    alarm = Reminder.objects.get(activity=activity)
    at = alarm.at.astimezone(activity.owner.zone)
    return None if alarm.fired_at else f"{at:%d %H:%M}"


def test_what_was_to_ring_this_morning_rings_on_the_day_itself(plan, noon):
    tomorrow = plan(5, reminder="1_day")
    assert rings(tomorrow) == "05 09:00"
    assert fire_due(at=noon + timedelta(hours=20)) == 0
    assert fire_due(at=noon + timedelta(hours=21)) == 1
    assert rings(plan(6, reminder="1_day")) == "05 09:00"


def test_what_is_due_today_rings_no_more_in_the_afternoon(plan):
    assert rings(plan(4, reminder="1_day")) is None
    assert rings(plan(4)) is None


def test_a_day_that_comes_by_an_import_or_another_wish_rings_likewise(plan, company):
    tomorrow = plan(5)
    tomorrow.alarm.delete()
    Activity.objects.filter(pk=tomorrow.pk).update(reminder="")
    company.owner.remind_before = "1_day"
    save_preferences(company.owner, ["remind_before"])
    plan_missing()
    tomorrow = Activity.objects.select_related("alarm", "owner").get(pk=tomorrow.pk)
    assert rings(tomorrow) == "05 09:00"
    update_activity(tomorrow, by=company.owner, reminder="1_hour")
    assert rings(tomorrow) == "05 09:00"


@pytest.mark.parametrize(
    ("zone", "day", "day_before"),
    [
        ("Asia/Shanghai", "10 09:00", "09 09:00"),
        ("America/New_York", "10 09:00", "09 09:00"),
        # Here the company's day ends before nine in the morning.
        ("America/Los_Angeles", "09 09:00", "08 09:00"),
        ("Pacific/Pago_Pago", "09 09:00", "08 09:00"),
        ("Pacific/Auckland", "10 09:00", "09 09:00"),
    ],
)
def test_no_reminder_comes_after_the_day_has_ended_for_the_company(
    plan, live_in, zone, day, day_before
):
    live_in(zone)
    for reminder, at in (("15_min", day), ("1_day", day_before)):
        offer = plan(10, reminder=reminder)
        assert rings(offer) == at
        assert Reminder.objects.get(activity=offer).at <= offer.due_at
