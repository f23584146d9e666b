"""Planning what has no hour, in the form and in the lists."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core import clock
from crm.models import Activity

pytestmark = pytest.mark.django_db


def plan(client, hengda, **typed):
    data = {"customer": hengda.pk, "kind": "task", "subject": "Offer", "reminder": ""} | typed
    return client.post("/activities/new/", data)


def test_a_whole_day_is_the_day_that_was_typed_wherever_one_is(
    company, company_day, hengda, as_user
):
    clock.pin(company_day("2026-03-04", hour=12))
    company.owner.time_zone = "America/New_York"
    company.owner.save()
    client = as_user(company.owner)
    plan(client, hengda, due_at="2026-03-04T20:00", all_day="on")
    offer = Activity.objects.get()
    assert offer.due_at == datetime(2026, 3, 4, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert offer.alarm.at == datetime(2026, 3, 4, 9, tzinfo=ZoneInfo("America/New_York"))
    page = client.get("/").content.decode()
    assert "all day" in page
    assert client.get("/").context["agenda"].today == [offer]


def test_a_reminder_of_its_own_is_kept_with_the_activity(company, hengda, as_user):
    plan(as_user(company.owner), hengda, due_at="2036-03-04T10:00", reminder="1_day")
    offer = Activity.objects.get()
    assert (offer.reminder, offer.alarm.at.day) == ("1_day", 3)


def test_an_unknown_reminder_is_refused_beside_its_field(company, hengda, as_user):
    answer = plan(as_user(company.owner), hengda, due_at="2036-03-04T10:00", reminder="soon")
    assert answer.context["form"].errors["reminder"]
    assert not Activity.objects.exists()
