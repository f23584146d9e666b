"""Whoever logs a call from a card of the board types at once, and saves without looking for it."""

import uuid

import pytest
from playwright.sync_api import expect


def words():
    return f"They want two of them, {uuid.uuid4().hex[:8]}."


def first_card(page):
    return page.locator(".deal-card:visible", has=page.locator("[data-log]")).first


def in_dialog(page, name):
    return page.locator(f"#dialog [name={name}]")


def expect_logged(page, card, text):
    """It stands on the page of the card's deal."""
    expect(page.locator("#toasts")).to_contain_text("Undo")
    page.goto(card.locator(".deal-title").get_attribute("href"))
    expect(page.locator(".timeline-entry", has_text=text).first).to_be_visible()


def test_three_steps_at_the_keyboard(open_as):
    page, text = open_as("rep", path="/deals/"), words()
    card = first_card(page)
    card.focus()
    page.keyboard.press("l")
    page.keyboard.type(text)
    expect(in_dialog(page, "note")).to_have_value(text)
    expect(in_dialog(page, "note")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect_logged(page, card, text)


def test_two_clicks_with_the_mouse(open_as):
    page, text = open_as("rep", path="/deals/"), words()
    card = first_card(page)
    card.hover()
    card.locator("[data-log]").click()
    expect(in_dialog(page, "note")).to_be_focused()
    page.keyboard.type(text)
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect_logged(page, card, text)


def test_three_taps_on_a_phone_that_shows_its_keyboard_when_asked(open_as):
    page, text = open_as("rep", path="/deals/", width="phone", touch=True), words()
    card = first_card(page)
    card.locator("[data-log]").tap()
    note, save = in_dialog(page, "note"), page.locator("#dialog").get_by_role("button", name="Save")
    for seen in [note, save, page.locator("#dialog legend").first]:
        expect(seen).to_be_in_viewport(ratio=1)
    expect(in_dialog(page, "kind").first).to_be_focused()
    note.tap()
    expect(note).to_be_focused()
    page.keyboard.type(text)
    save.tap()
    expect_logged(page, card, text)


@pytest.fixture
def customer(open_as):
    page = open_as("rep", path="/customers/")
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/customers/*/")
    return page


def test_what_stands_before_the_note_is_reached_backwards(customer):
    customer.keyboard.press("l")
    expect(in_dialog(customer, "note")).to_be_focused()
    for _ in range(4):
        customer.keyboard.press("Shift+Tab")
        if customer.locator("#dialog [name=kind]:focus").count():
            break
    customer.keyboard.press("ArrowRight")
    expect(customer.locator("#dialog [name=kind]:checked")).to_have_value("meeting")


def test_a_plan_begins_where_it_is_said_what_is_planned(customer):
    customer.locator(".next-step").get_by_role("link", name="Plan").click()
    expect(in_dialog(customer, "kind").first).to_be_focused()


def test_what_is_refused_has_the_cursor_at_its_first_error(customer):
    customer.keyboard.press("l")
    expect(in_dialog(customer, "note")).to_be_focused()
    customer.keyboard.type("A long talk")
    in_dialog(customer, "minutes").fill("half a day")
    customer.keyboard.press("Control+Enter")
    expect(customer.locator("#dialog .invalid-feedback")).to_be_visible()
    expect(in_dialog(customer, "minutes")).to_be_focused()
    expect(in_dialog(customer, "note")).to_have_value("A long talk")


def test_a_call_with_somebody_yet_to_be_named_begins_with_the_name(open_as):
    page, text = open_as("rep", path="/customers/"), words()
    name = page.locator("tbody tr a").first.inner_text()
    page.goto("/")
    page.keyboard.press("l")
    # What is typed before the dialog is there goes into it.
    page.keyboard.type(name[:3])
    named = page.locator("#dialog").get_by_role("combobox", name="Customer")
    expect(named).to_be_focused()
    expect(named).to_have_value(name[:3])
    page.keyboard.type(name[3:])
    expect(page.locator("#dialog").get_by_role("option").first).to_contain_text(name)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(in_dialog(page, "note")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Undo")
    page.goto("/customers/")
    page.get_by_role("link", name=name).first.click()
    expect(page.locator(".timeline-entry", has_text=text).first).to_be_visible()


def test_saving_twice_in_haste_logs_once(customer):
    text = words()
    customer.keyboard.press("l")
    expect(in_dialog(customer, "note")).to_be_focused()
    customer.keyboard.type(text)
    for _ in range(3):
        customer.keyboard.press("Control+Enter")
    expect(customer.locator("#toasts")).to_contain_text("Undo")
    customer.reload()
    expect(customer.locator(".timeline-entry", has_text=text)).to_have_count(1)
