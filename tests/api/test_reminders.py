"""Reminders, notices and the calendar address over the API."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm.services.reminders import fire_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def due():
    return (timezone.now() + timedelta(days=2)).replace(microsecond=0)


@pytest.fixture
def planned(api, customer, due):
    body = {"customer": customer.pk, "kind": "call", "subject": "Ring", "due_at": due}
    return api.owner.post("/api/v1/activities/", body).json()


def instant(text):
    return parse_datetime(text)


def change(client, activity, body):
    return client.patch(f"/api/v1/activities/{activity['id']}/", body, headers={"If-Match": "*"})


def test_an_activity_says_when_it_will_remind(api, planned, due):
    assert planned["reminder"] == ""
    assert instant(planned["remind_at"]) == due - timedelta(minutes=15)
    hour = change(api.owner, planned, {"reminder": "1_hour"}).json()
    assert instant(hour["remind_at"]) == due - timedelta(hours=1)
    assert change(api.owner, planned, {"reminder": "none"}).json()["remind_at"] is None
    refused = change(api.owner, planned, {"reminder": "soon"})
    assert refused.status_code == 400


def test_a_whole_day_ends_with_the_company_s_day(api, planned):
    day = change(api.owner, planned, {"due_at": "2030-05-06T10:00:00+08:00", "all_day": True})
    assert day.json()["due_at"] == "2030-05-06T15:59:00Z"
    assert day.json()["remind_at"] == "2030-05-06T01:00:00Z"
    hour = change(api.owner, planned, {"due_at": "2030-05-06T02:00:00Z", "all_day": False})
    assert hour.json()["due_at"] == "2030-05-06T02:00:00Z"


def test_a_reminder_is_put_off_and_taken_back(api, planned, due):
    address = f"/api/v1/activities/{planned['id']}"
    later = (due + timedelta(hours=3)).isoformat()
    put_off = api.owner.post(f"{address}/snooze/", {"until": later}).json()
    assert instant(put_off["remind_at"]) == due + timedelta(hours=3)
    assert put_off["version"] == planned["version"]
    back = api.owner.post(f"{address}/unsnooze/").json()
    assert back["remind_at"] == planned["remind_at"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"for": "ever"},
        {"for": "1_hour", "until": "2099-01-01T00:00:00Z"},
        {"until": "2001-01-01T00:00:00Z"},
        {"until": "noon"},
    ],
)
def test_what_says_no_time_to_come_is_refused(api, planned, body, problem):
    answer = api.owner.post(f"/api/v1/activities/{planned['id']}/snooze/", body)
    problem(answer, 400)


def test_notifications_are_listed_read_and_only_ones_own(api, planned, due):
    fire_due(at=due)
    [told] = api.owner.get("/api/v1/notifications/?unread=true").json()["results"]
    assert told["code"] == "activity_due"
    assert told["about"] == f"activity:{planned['id']}"
    assert told["text"].startswith("Call: Ring")
    assert api.teammate.get("/api/v1/notifications/").json()["results"] == []
    read = api.owner.post(f"/api/v1/notifications/{told['id']}/read/").json()
    assert read["read_at"]
    assert api.owner.get("/api/v1/notifications/?unread=true").json()["results"] == []
    api.owner.post(f"/api/v1/notifications/{told['id']}/unread/")
    assert api.owner.post("/api/v1/notifications/read-all/").json() == {"read": 1}


def test_a_new_calendar_address_revokes_the_old_one(api):
    def path():
        return (
            "/calendar/" + api.owner.get("/api/v1/calendar-address/").json()["url"].split("/")[-1]
        )

    old = path()
    assert Client().get(old).status_code == 200
    api.owner.post("/api/v1/calendar-address/regenerate/")
    assert Client().get(old).status_code == 404
    assert Client().get(path()).status_code == 200
