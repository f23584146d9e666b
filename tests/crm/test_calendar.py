"""The calendar that other programs read, parsed as they parse it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.services.calendars import address_of, renew_address
from crm.services.activities import (
    complete_activity,
    delete_activity,
    log_activity,
    update_activity,
)
from crm.services.customers import archive_customer
from pipeline.services.opportunities import create_opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(company, hengda, noon):
    def plan(due=noon, **fields):
        values = {"kind": "call", "subject": "Ring", "due_at": due} | fields
        return log_activity(hengda, by=company.owner, **values)

    return plan


@pytest.fixture
def read(company):
    """What a program without a session gets."""

    def read(user=company.owner, **headers):
        return Client().get(f"/calendar/{address_of(user).token}.ics", headers=headers)

    return read


def events(response):
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_an_hour_is_an_event_and_a_day_a_whole_day(plan, read, noon, settings):
    settings.SITE_URL = "https://crm.example"
    call = plan(noon, note="Line one\nand, a second; one")
    day = plan(noon, kind="task", subject="Offer", all_day=True)
    first, second = events(read())
    assert first["UID"] == f"activity-{call.pk}@crm.example"
    assert first["SUMMARY"] == "Call: Ring · Hengda Foods"
    page = f"https://crm.example/customers/{call.customer_id}/"
    assert first["DESCRIPTION"] == (
        f"Line one\nand, a second; one\n\nCustomer: Hengda Foods\n{page}"
    )
    assert second["DESCRIPTION"] == f"Customer: Hengda Foods\n{page}"
    assert first["URL"] == page
    assert first.decoded("DTSTART") == datetime(2026, 3, 4, 4, tzinfo=UTC)
    assert first.decoded("DTEND") - first.decoded("DTSTART") == timedelta(minutes=30)
    assert second["UID"] == f"activity-{day.pk}@crm.example"
    assert second.decoded("DTSTART") == date(2026, 3, 4)
    assert second.decoded("DTEND") == date(2026, 3, 5)
    for event in (first, second):
        assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED")


def test_it_names_the_deal_to_who_may_see_it_and_leads_there(
    noon, company, hengda, pipeline, plan, read, settings
):
    settings.SITE_URL = "https://crm.example"
    fields = {"pipeline": pipeline, "currency": "CNY", "customer": hengda}
    deal = create_opportunity(by=company.owner, name="Filling line", owner=company.owner, **fields)
    plan(opportunity=deal)
    [event] = events(read())
    page = f"https://crm.example/deals/{deal.pk}/"
    assert event["DESCRIPTION"] == f"Customer: Hengda Foods\nDeal: Filling line\n{page}"
    assert event["URL"] == page
    deal.owner = company.stranger
    deal.save(update_fields=["owner"])
    [event] = events(read())
    assert "Filling line" not in event["DESCRIPTION"]
    assert event["URL"] == f"https://crm.example/customers/{hengda.pk}/"


def test_a_change_keeps_the_id_and_raises_the_sequence(plan, read, company, noon):
    call = plan()
    [before] = events(read())
    update_activity(call, by=company.owner, due_at=noon + timedelta(hours=1))
    [after] = events(read())
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.decoded("LAST-MODIFIED") >= before.decoded("LAST-MODIFIED")
    assert after.decoded("DTSTART") > before.decoded("DTSTART")


def test_it_holds_what_is_planned_of_one_s_own_within_a_year(plan, read, company, hengda, noon):
    plan(subject="Now")
    plan(noon - timedelta(days=29), subject="A month back")
    plan(noon - timedelta(days=31), subject="Longer back")
    plan(noon + timedelta(days=364), subject="A year ahead")
    plan(noon + timedelta(days=370), subject="Further ahead")
    plan(subject="A colleague's", owner=company.teammate)
    plan(None, subject="Not planned")
    complete_activity(plan(subject="Kept"), by=company.owner)
    delete_activity(plan(subject="Called off"), by=company.owner)
    found = {str(event["SUMMARY"]).split(": ")[1].split(" ·")[0] for event in events(read())}
    assert found == {"Now", "A month back", "A year ahead", "Kept"}
    archive_customer(hengda, by=company.owner)
    assert events(read()) == []


def test_it_is_in_the_language_of_its_owner(plan, read, company):
    plan()
    company.owner.language = "zh-hans"
    company.owner.save()
    [event] = events(read(**{"Accept-Language": "en"}))
    assert event["SUMMARY"] == "电话：Ring · Hengda Foods"


def test_what_is_known_is_not_sent_again(plan, read, company):
    call = plan()
    first = read()
    by_tag = {"If-None-Match": first["ETag"]}
    by_date = {"If-Modified-Since": first["Last-Modified"]}
    for known in (by_tag, by_date):
        again = read(**known)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
    delete_activity(call, by=company.owner)
    for known in (by_tag, by_date):
        assert events(read(**known)) == []


def test_a_new_address_revokes_the_old_one(plan, company, as_user, client):
    old = f"/calendar/{address_of(company.owner).token}.ics"
    assert Client().get(old).status_code == 200
    page = as_user(company.owner).get("/me/").content.decode()
    assert old in page
    page = client.post("/me/calendar/", follow=True).content.decode()
    assert old not in page
    assert f"/calendar/{address_of(company.owner).token}.ics" in page
    assert Client().get(old).status_code == 404


def test_who_left_has_no_calendar(read, company):
    assert read().status_code == 200
    company.owner.is_active = False
    company.owner.save()
    assert read().status_code == 404


def test_the_database_alone_does_not_hold_the_address(company, settings):
    address = address_of(company.owner)
    token = address.token
    assert Client().get(f"/calendar/{address.key}.ics").status_code == 404
    settings.SECRET_KEY = "another"
    assert address.token != token


def test_guesses_are_soon_not_looked_at_but_old_addresses_are_none(company):
    old = address_of(company.owner).token
    renew_address(company.owner)
    for _ in range(25):
        assert Client().get(f"/calendar/{old}.ics").status_code == 404
    answers = [Client().get(f"/calendar/guess.{n}.ics").status_code for n in range(22)]
    assert answers == [404] * 20 + [429] * 2
    refused = Client().get(f"/calendar/{address_of(company.owner).token}.ics")
    assert refused.status_code == 429
    assert refused["Retry-After"] == "60"


def test_the_feed_takes_the_same_queries_for_few_and_for_many(plan, read):
    def queries():
        read()
        with CaptureQueriesContext(connection) as asked:
            read()
        return len(asked)

    plan()
    few = queries()
    for number in range(9):
        plan(subject=str(number))
    assert queries() == few
