import json

import pytest
from django.test import Client
from django.views.defaults import server_error

from core.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(company, client):
    client.force_login(company.owner)
    return client


def test_the_language_switch_holds_for_the_person_and_for_the_browser(company, li):
    response = li.post("/language/", {"language": "zh-hans", "next": "/customers/"})
    assert response.url == "/customers/"
    company.owner.refresh_from_db()
    assert company.owner.language == "zh-hans"
    assert '<html lang="zh-hans"' in li.get("/customers/").content.decode()
    anybody = Client()
    anybody.post("/language/", {"language": "zh-hans"})
    assert '<html lang="zh-hans"' in anybody.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("language", ["", "xx", "\x00"])
def test_an_unknown_language_changes_nothing(company, li, language):
    assert li.post("/language/", {"language": language}).status_code == 302
    company.owner.refresh_from_db()
    assert company.owner.language == ""


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere(li, address):
    assert li.post("/language/", {"language": "en", "next": address}).url == "/"


def test_the_theme_is_in_the_page_before_it_is_drawn(company, li):
    assert "data-bs-theme" not in li.get("/").content.decode().split(">")[1]
    li.post("/theme/", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert (
        '<html lang="en" data-theme-choice="dark" data-bs-theme="dark"'
        in li.get("/").content.decode()
    )


def test_no_page_has_inline_script_or_style(li):
    page = li.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    html = page.content.decode()
    assert " style=" not in html
    assert " onclick=" not in html


def test_a_redirect_after_htmx_moves_the_whole_page(li):
    data = {"language": "en", "next": "/customers/"}
    response = li.post("/language/", data, headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/customers/")
    assert response.cookies["django_language"].value == "en"


def test_messages_become_toasts_of_the_page_that_is_there(company, client):
    client.force_login(company.manager)
    client.post("/clock/step/", {"by": "day"})
    response = client.get("/search/?q=a", headers={"HX-Request": "true"})
    [toast] = json.loads(response.headers["HX-Trigger"])["toast"]["toasts"]
    assert toast["level"] == "error"
    assert "HX-Trigger" not in client.get("/search/?q=a", headers={"HX-Request": "true"})


def test_a_job_shows_its_progress_until_it_is_finished(company, li):
    job = Job.objects.create(kind="estimates", requested_by=company.owner)
    assert "every 1s" in li.get(f"/jobs/{job.pk}/").content.decode()
    Job.objects.update(state=Job.State.RUNNING, progress=0.4)
    assert "40" in li.get(f"/jobs/{job.pk}/").content.decode()
    Job.objects.update(state=Job.State.DONE, progress=1)
    done = li.get(f"/jobs/{job.pk}/")
    assert "every 1s" not in done.content.decode()
    assert done.headers["HX-Trigger-After-Swap"] == "jobFinished"


def test_a_job_of_somebody_else_is_missing(company, li):
    job = Job.objects.create(kind="estimates", requested_by=company.stranger)
    assert li.get(f"/jobs/{job.pk}/").status_code == 404


def test_what_is_missing_and_what_is_refused_say_so_in_words(company, li):
    missing = li.get("/customers/999999/")
    assert missing.status_code == 404
    assert "not yours to see" in missing.content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(company.owner)
    refused = strict.post("/customers/new/", {"name": "x"})
    assert refused.status_code == 403
    assert "too old" in refused.content.decode()


def test_an_error_of_ours_is_a_page_that_needs_nothing_else(rf):
    response = server_error(rf.get("/customers/"))
    assert response.status_code == 500
    assert "on our side" in response.content.decode()


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/customers/new/", "New customer"),
        ("/contacts/new/", "New contact"),
        ("/activities/new/", "Log or plan"),
        ("/people/invite/", "Invite somebody"),
    ],
)
def test_a_form_on_a_page_of_its_own_has_its_title(company, client, address, title):
    client.force_login(company.admin)
    page = client.get(address).content.decode()
    assert f"<title>{title} · Stepwise</title>" in page
    assert "---------" not in page
