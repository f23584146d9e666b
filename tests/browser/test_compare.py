"""The choice of what is compared, and the lists behind numbers, in a real browser."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect


def test_after_back_the_fields_are_those_of_the_address(open_as):
    page = open_as("admin", path="/funnel/compare/")
    field = page.locator("input[name=first_from]")
    before = field.input_value()
    year, month = before.split("-")
    field.fill(f"{int(year) - 1}-{month}")
    field.blur()
    page.wait_for_url("**first_from=**")
    page.wait_for_load_state("networkidle")
    page.go_back()
    page.wait_for_url(lambda url: "first_from" not in parse_qs(urlsplit(url).query))
    expect(page.locator("input[name=first_from]")).to_have_value(before)


@pytest.mark.parametrize("kind", ["opportunity", "customer"])
def test_a_narrow_screen_shows_when_each_entered_and_for_how_long(open_as, kind):
    page = open_as("admin", path="/funnel/")
    links = page.locator("a[href*='/behind/']")
    hrefs = [link.get_attribute("href") for link in links.all()]
    page.set_viewport_size({"width": 390, "height": 844})
    is_asked = kind == "customer"
    address = next(h for h in hrefs if "stage=" in h and ("kind=customer" in h) == is_asked)
    page.goto(page.url.split("/funnel/")[0] + address)
    row = page.locator("tr[data-href]").first
    expect(row.get_by_text("Entered", exact=True)).to_be_visible()
    expect(row.get_by_text("Days there", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
