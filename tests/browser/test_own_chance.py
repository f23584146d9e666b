"""A rep says what a deal's chance is, beside what the rates say, and takes it back."""

import re

from playwright.sync_api import expect


def test_an_own_chance_is_said_with_the_keyboard_refused_kept_and_taken_back(open_as):
    page = open_as("rep", path="/deals/")
    card = page.locator(".deal-card:has(progress)").first
    deal = card.get_attribute("id")
    expect(card.locator(".deal-why")).to_have_accessible_description(
        re.compile("Chance of being won:")
    )
    page.goto(card.locator("a.deal-title").get_attribute("href"))
    by_the_rates = page.locator(".deal-odds strong").inner_text()
    expect(page.locator(".deal-reasons li").first).to_be_visible()

    field, note = page.get_by_label("Own chance"), page.locator("#own-chance-note")
    field.fill("perhaps")
    field.press("Enter")
    expect(page.locator("#own-chance .invalid-feedback")).to_contain_text("in percent")
    expect(field).to_have_value("perhaps")

    field.fill("65 %")
    field.press("Enter")
    expect(note).to_contain_text("65")
    expect(field).to_have_value("65")
    expect(field).to_be_focused()
    expect(page.locator(".deal-odds strong")).to_have_text(by_the_rates)

    page.goto("/deals/")
    expect(page.locator(f"#{deal} .is-own")).to_contain_text("65")
    page.goto(page.locator(f"#{deal} a.deal-title").get_attribute("href"))
    field.fill("")
    page.locator("#own-chance-save").click()
    expect(note).not_to_contain_text("65")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(note).to_contain_text("65")


def test_on_a_phone_the_own_chance_is_within_the_page(open_as):
    page = open_as("rep", path="/deals/", width="phone", touch=True)
    page.goto(page.locator(".deal-card a.deal-title").first.get_attribute("href"))
    field = page.get_by_label("Own chance")
    field.fill("30")
    save = page.locator("#own-chance-save")
    assert save.bounding_box()["height"] >= 34
    save.tap()
    expect(page.locator("#own-chance-note")).to_contain_text("30")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
