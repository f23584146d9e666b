"""Who gives a customer away sees what goes along, and takes it back with one click."""

import re

from playwright.sync_api import expect

ALONG = re.compile(r"\d+ open deals?( and \d+ planned activit(y|ies))? of .+ goe?s? along\.")

CUSTOMER = "main a[href^='/customers/']:not([href='/customers/'])"


def edit(page):
    """The form of the customer of the first deal; its name."""
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/deals/*/")
    page.goto(page.locator(CUSTOMER).first.get_attribute("href"))
    name = page.locator("h1").inner_text()
    page.get_by_role("link", name="Edit", exact=True).click()
    return name


def somebody_else(page):
    owner = page.locator("[name=owner]")
    return owner.locator("option").evaluate_all(
        "(all, now) => all.map((each) => each.value).find((each) => each && each !== now)",
        owner.input_value(),
    )


def test_what_goes_along_is_told_and_taken_back(open_as):
    page = open_as("manager", path="/deals/list/")
    name = edit(page)
    owner, line = page.locator("[name=owner]"), page.locator("#going-along")
    before = owner.input_value()
    expect(line).to_be_empty()
    other = somebody_else(page)
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


def test_it_is_taken_back_where_the_timeline_tells_of_it(open_as):
    page = open_as("manager", path="/deals/list/")
    edit(page)
    owner = page.locator("[name=owner]")
    before = owner.input_value()
    owner.select_option(somebody_else(page))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("went along.")
    page.reload()
    expect(page.locator(".toast-box")).to_have_count(0)
    told = page.locator(".timeline-entry", has_text="owner:").first
    asked = []
    for answer in ("dismiss", "accept"):
        page.once(
            "dialog", lambda box, how=answer: asked.append(box.message) or getattr(box, how)()
        )
        told.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("All is back with")
    assert len(asked) == 2
    assert re.fullmatch(r"Give .+ back to .+, with what went along\?", asked[0])
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.locator("[name=owner]")).to_have_value(before)
