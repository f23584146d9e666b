"""Putting a reminder off from the bell and from the list, and taking that back."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.models import Notice
from crm.models import Reminder
from crm.services.activities import log_activity
from crm.services.reminders import fire_due
from crm.services.snooze import Snooze, snoozed_until

pytestmark = pytest.mark.django_db
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
IN_BELL = {"HX-Request": "true", "HX-Target": "notices"}


@pytest.fixture
def told(company, hengda, noon):
    """A call of which its owner has just been reminded."""
    due = noon - timedelta(minutes=1)
    call = log_activity(hengda, by=company.owner, kind="call", subject="Ring", due_at=due)
    fire_due()
    return call


@pytest.mark.parametrize(
    ("choice", "until"),
    [
        ("15_min", datetime(2026, 3, 4, 12, 15, tzinfo=SHANGHAI)),
        ("1_hour", datetime(2026, 3, 4, 13, tzinfo=SHANGHAI)),
        ("tomorrow", datetime(2026, 3, 5, 9, tzinfo=BERLIN)),
        ("next_week", datetime(2026, 3, 9, 9, tzinfo=BERLIN)),
    ],
)
def test_it_rings_again_when_it_was_put_off_to(company, noon, told, as_user, choice, until):
    company.owner.time_zone = "Europe/Berlin"
    company.owner.save()
    as_user(company.owner).post(f"/activities/{told.pk}/snooze/", {"for": choice})
    assert not Notice.objects.unread().exists()
    assert fire_due(at=until - timedelta(seconds=1)) == 0
    assert fire_due(at=until) == 1


def test_next_week_is_monday_also_on_a_monday(company, noon):
    monday = noon + timedelta(days=5)
    assert snoozed_until(Snooze.NEXT_WEEK, user=company.owner, at=monday).day == 16


def test_the_bell_offers_it_says_until_when_and_takes_it_back(company, noon, told, as_user):
    client = as_user(company.owner)
    menu = client.get("/notices/", headers=IN_BELL).content.decode()
    assert f'hx-post="/activities/{told.pk}/snooze/"' in menu
    done = client.post(f"/activities/{told.pk}/snooze/", {"for": "1_hour"}, headers=IN_BELL)
    assert f"/activities/{told.pk}/snooze/" not in done.content.decode()
    [toast] = json.loads(done.headers["HX-Trigger"])["toast"]["toasts"]
    assert "13:00" in toast["text"]
    client.post(toast["undo"])
    assert Notice.objects.unread().count() == 1
    assert fire_due(at=noon + timedelta(hours=2)) == 0, "it rang already"


def test_a_second_snooze_goes_back_to_the_first(company, noon, told, as_user):
    client = as_user(company.owner)
    client.post(f"/activities/{told.pk}/snooze/", {"for": "1_hour"})
    client.post(f"/activities/{told.pk}/snooze/", {"for": "tomorrow"})
    client.post(f"/activities/{told.pk}/unsnooze/")
    assert Reminder.objects.get().at == noon + timedelta(hours=1)


def test_what_would_not_ring_can_be_put_off_from_the_list(company, hengda, noon, as_user):
    task = log_activity(
        hengda, by=company.owner, kind="task", subject="Ask", due_at=noon, reminder="none"
    )
    client = as_user(company.owner)
    assert f"/activities/{task.pk}/snooze/" in client.get("/").content.decode()
    client.post(f"/activities/{task.pk}/snooze/", {"for": "15_min"})
    assert fire_due(at=noon + timedelta(minutes=15)) == 1
    client.post(f"/activities/{task.pk}/snooze/", {"for": "15_min"})
    client.post(f"/activities/{task.pk}/unsnooze/")
    assert fire_due(at=noon + timedelta(hours=1)) == 0


@pytest.mark.parametrize("who", ["teammate", "manager", "stranger"])
def test_only_who_is_to_do_it_puts_it_off(company, told, as_user, who):
    client = as_user(getattr(company, who))
    assert client.post(f"/activities/{told.pk}/snooze/", {"for": "1_hour"}).status_code == 404
    assert client.post(f"/activities/{told.pk}/unsnooze/").status_code == 404


def test_an_unknown_time_is_refused_in_words(company, told, as_user):
    client = as_user(company.owner)
    page = client.post(f"/activities/{told.pk}/snooze/", {"for": "never"}, follow=True)
    assert "Choose how long" in page.content.decode()
    page = client.post(f"/activities/{told.pk}/unsnooze/", follow=True)
    assert "no snooze to take back" in page.content.decode()
    assert Notice.objects.unread().count() == 1
