"""Who gives a customer away sees what goes along, and takes it back with one click."""

import re

from playwright.sync_api import expect

ALONG = re.compile(r"\d+ open deals?( and \d+ planned activit(y|ies))? of .+ goe?s? along\.")

CUSTOMER = "main a[href^='/customers/']:not([href='/customers/'])"


def test_what_goes_along_is_told_and_taken_back(open_as):
    page = open_as("manager", path="/deals/list/")
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/deals/*/")
    page.goto(page.locator(CUSTOMER).first.get_attribute("href"))
    name = page.locator("h1").inner_text()
    page.get_by_role("link", name="Edit", exact=True).click()
    owner, line = page.locator("[name=owner]"), page.locator("#going-along")
    before = owner.input_value()
    expect(line).to_be_empty()
    other = owner.locator("option").evaluate_all(
        "(all, now) => all.map((each) => each.value).find((each) => each && each !== now)", before
    )
    owner.select_option(other)
    expect(line).to_have_text(ALONG)
    owner.select_option(before)
    expect(line).to_be_empty()
    owner.select_option(other)
    expect(line).to_have_text(ALONG)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("went along.")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("All is back with")
    expect(page.locator("h1")).to_have_text(name)
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.locator("[name=owner]")).to_have_value(before)
