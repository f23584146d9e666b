"""The funnel split by segment: asked for by choosing, kept in the address."""

import re

import pytest
from playwright.sync_api import expect


def test_choosing_a_field_computes_its_rates_and_the_address_keeps_them(open_as):
    page = open_as("manager", path="/funnel/")
    page.select_option("#segments-field", "source")
    table = page.locator(".segments-table")
    expect(table).to_be_visible(timeout=30_000)
    expect(table.get_by_role("rowheader", name="Exhibitions")).to_be_visible()
    assert "segment=source" in page.url
    page.select_option("#segments-stage", label="Negotiation")
    expect(table.locator("caption")).to_have_text("Rates by segment in Negotiation")
    page.reload()
    expect(table.locator("caption")).to_have_text("Rates by segment in Negotiation")
    entered = table.locator("tr", has_text="Exhibitions").get_by_role("link").nth(1)
    number = int(entered.inner_text())
    entered.click()
    behind = page.locator(".behind-words")
    expect(behind).to_contain_text("are yours to see.")
    # What other tests have moved there since the rates were computed is behind them as well.
    assert number <= int(re.search(r"(\d+) are yours", behind.inner_text())[1]) < number + 10
    page.go_back()
    table.get_by_role("link", name="Exhibitions").click()
    page.wait_for_url("**/deals/list/?pipeline=*&source=*")


@pytest.mark.parametrize("width", ["wide", "phone"])
def test_two_fields_crossed_fit_the_screen(open_as, width):
    page = open_as("manager", path="/funnel/?segment=team&with=source", width=width)
    row = page.locator(".segments-table tbody tr").nth(1)
    expect(row).to_be_visible(timeout=30_000)
    expect(row.get_by_role("rowheader")).to_contain_text("·")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
