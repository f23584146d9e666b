"""The bell, its menu and the page of notices."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.models import Notice
from core.services.notices import notify

pytestmark = pytest.mark.django_db
IN_BELL = {"HX-Request": "true", "HX-Target": "notices"}


@pytest.fixture
def li(company, client):
    client.force_login(company.owner)
    return client


@pytest.fixture
def notice(company):
    notify(company.stranger, "not_mine")
    return notify(company.owner, "hello_%", url="/customers/")


def page_of(client, address, **headers):
    return client.get(address, headers=headers).content.decode()


def test_looking_at_the_bell_leaves_notices_unread_until_they_are_opened(li, notice):
    assert "1 unread notice" in page_of(li, "/")
    menu = page_of(li, "/notices/", **IN_BELL)
    assert "hello_%" in menu
    assert "not_mine" not in menu
    assert "1 unread notice" in page_of(li, "/notices/unread/")
    assert li.get(f"/notices/{notice.pk}/").url == "/customers/"
    assert "unread" not in page_of(li, "/notices/unread/")


def test_one_is_marked_read_and_unread_again_in_the_menu(li, notice):
    address = f"/notices/{notice.pk}/read/"
    menu = li.post(address, headers=IN_BELL)
    assert "Mark unread" in menu.content.decode()
    assert "noticesChanged" in menu.headers["HX-Trigger"]
    li.post(address, {"unread": "1"}, headers=IN_BELL)
    assert Notice.objects.get(pk=notice.pk).read_at is None


def test_all_are_marked_read_and_only_ones_own(company, li, notice):
    li.post("/notices/read/")
    assert not Notice.objects.of(company.owner).unread().exists()
    assert Notice.objects.of(company.stranger).unread().exists()


def test_the_page_shows_all_or_only_the_unread(li, company, notice):
    old = notify(company.owner, "old_one")
    li.post(f"/notices/{old.pk}/read/")
    assert "old_one" in page_of(li, "/notices/")
    unread = page_of(li, "/notices/?show=unread")
    assert "old_one" not in unread
    assert "hello_%" in unread


def test_a_notice_of_somebody_else_is_missing(li, company):
    other = notify(company.stranger, "x")
    assert li.get(f"/notices/{other.pk}/").status_code == 404
    assert li.post(f"/notices/{other.pk}/read/").status_code == 404


def test_asking_after_the_session_is_over_stops_and_leads_nowhere(client, db):
    response = client.get("/notices/unread/", headers={"HX-Request": "true"})
    assert response.status_code == 286
    assert "HX-Redirect" not in response.headers


def test_the_page_takes_the_same_queries_for_one_and_for_thirty(li, company, notice):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            li.get("/notices/")
        return len(asked)

    few = queries()
    for _ in range(29):
        notify(company.owner, "more")
    assert queries() == few


def test_a_notice_bears_the_business_day_and_the_latest_comes_first(li, company, company_day):
    clock.pin(company_day("2002-01-03", hour=9))
    notify(company.owner, "first")
    clock.pin(company_day("2002-01-02", hour=9))
    last = notify(company.owner, "told_last")
    li.post(f"/notices/{last.pk}/read/")
    for page in (page_of(li, "/notices/", **IN_BELL), page_of(li, "/notices/")):
        assert page.index("told_last") < page.index("2 Jan 2002, 09:00") < page.index("first")
        assert page.index("first") < page.index("3 Jan 2002, 09:00")
    last.refresh_from_db()
    assert last.read_at == last.created_at == company_day("2002-01-02", hour=9)
