"""Every page, as each role sees it: both languages, both widths, nothing clipped, no error."""

import pytest
from playwright.sync_api import expect

PAGES = {
    "rep": [
        "/",
        "/deals/",
        "/deals/list/",
        "/funnel/",
        "/customers/",
        "/customers/campaigns/",
        "/inbox/",
    ],
    "manager": [
        "/",
        "/inbox/",
        "/inbox/rules/",
        "/deals/",
        "/funnel/",
        "/plans/",
        "/plans/1/",
        "/plans/founding/",
        "/plans/1/targets/",
        "/plans/1/targets/?by=team",
        "/plans/1/scenarios/",
        "/customers/",
        "/customers/campaigns/",
        "/customers/merges/",
    ],
    "admin": ["/people/"],
}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", ["wide", "phone"])
@pytest.mark.parametrize("who", PAGES)
def test_pages_fit_and_run_without_an_error(open_as, who, width, language):
    page = open_as(who, width=width, language=language)
    for path in PAGES[who]:
        answer = page.goto(path)
        assert answer.status == 200, path
        page.wait_for_load_state("networkidle")
        assert page.locator("html").get_attribute("lang") == language
        wider = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{path} is {wider} pixels too wide"
        expect(page.locator("h1, h2").first).to_be_visible()


@pytest.mark.parametrize("path", ["/customers/", "/deals/list/"])
def test_a_row_opens_what_it_names(open_as, path):
    page = open_as("rep", path=path)
    page.locator("table tbody tr a").first.click()
    expect(page.locator("h1, h2").first).to_be_visible()
    assert page.url.rstrip("/").rsplit("/", 1)[-1].isdigit()


def test_the_api_explains_itself_without_the_internet(open_as, stack):
    page = open_as("rep")
    outside = []
    page.on("request", lambda r: r.url.startswith((stack.url, "data:")) or outside.append(r.url))
    page.goto("/api/v1/docs/")
    # Two hundred operations take their time to draw.
    expect(page.get_by_text("Stepwise API").first).to_be_visible(timeout=60_000)
    expect(page.locator(".opblock").first).to_be_visible()
    assert outside == []


def test_a_stranger_is_asked_to_sign_in(open_as, stack, browser):
    page = browser.new_context(base_url=stack.url).new_page()
    page.goto("/plans/")
    expect(page.locator("input[name=login]")).to_be_visible()
    page.context.close()


def test_a_rep_has_no_way_to_plans(open_as):
    page = open_as("rep")
    assert page.request.get("/plans/").status == 404
    assert page.get_by_role("link", name="Plan", exact=True).count() == 0
