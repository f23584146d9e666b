"""The bell, its menu and the page of notices."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Notice

pytestmark = pytest.mark.django_db
IN_BELL = {"HX-Request": "true", "HX-Target": "notices"}


@pytest.fixture
def li(company, client):
    client.force_login(company.owner)
    return client


@pytest.fixture
def notice(company):
    Notice.objects.create(user=company.stranger, code="not_mine")
    return Notice.objects.create(user=company.owner, code="hello_%", params={}, url="/customers/")


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
    old = Notice.objects.create(user=company.owner, code="old_one")
    li.post(f"/notices/{old.pk}/read/")
    assert "old_one" in page_of(li, "/notices/")
    unread = page_of(li, "/notices/?show=unread")
    assert "old_one" not in unread
    assert "hello_%" in unread


def test_a_notice_of_somebody_else_is_missing(li, company):
    other = Notice.objects.create(user=company.stranger, code="x")
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
    Notice.objects.bulk_create(Notice(user=company.owner, code="more") for _ in range(29))
    assert queries() == few
