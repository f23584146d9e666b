"""A call with a company nobody knew yet is logged in one go, by keys alone."""

import re
import uuid

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(open_as):
    return open_as("rep", path="/")


@pytest.fixture
def dialog(page):
    page.keyboard.press("l")
    return opened(page)


def opened(page):
    expect(page.locator("#dialog [name=customer_name]")).to_be_focused()
    return page.locator("#dialog")


def some_name():
    return f"Quarry {uuid.uuid4().hex[:8]} Works"


def create_by_keys(page, dialog, name):
    page.keyboard.type(name)
    option = dialog.get_by_role("option", name=f"New customer “{name}”")
    expect(option).to_be_visible()
    # Others that are like it stand above.
    page.keyboard.press("ArrowDown")
    while not option.evaluate("each => each === document.activeElement"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("A new customer will be created.")).to_be_visible()
    expect(dialog.locator("[name=note]")).to_be_focused()


def test_customer_and_call_are_made_together(page, dialog):
    name = some_name()
    create_by_keys(page, dialog, name)
    page.keyboard.type("They saw us at the fair.")
    dialog.locator("[name=customer_phone]").fill("021 5555 1234")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(f"Logged. {name} is on the books.")
    page.locator("#toasts").get_by_role("link", name="Open").click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".facts")).to_contain_text("021 5555 1234")
    expect(page.locator(".timeline-list")).to_contain_text("They saw us at the fair.")


def test_both_are_taken_back_by_one_key(page, dialog):
    name = some_name()
    create_by_keys(page, dialog, name)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(f"Logged. {name} is on the books.")
    page.keyboard.press("u")
    told = page.locator(".toast-box", has_text=f"It is taken back, and {name} is archived.")
    told.get_by_role("link", name="Open").click()
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.get_by_role("button", name="Restore")).to_be_visible()


def test_nothing_typed_is_lost_on_a_refusal(page, dialog):
    name = some_name()
    create_by_keys(page, dialog, name)
    dialog.locator("[name=customer_phone]").fill("021 5555 1234")
    dialog.locator("[name=minutes]").fill("half a day")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".invalid-feedback")).to_be_visible()
    expect(dialog.locator("[name=minutes]")).to_be_focused()
    expect(dialog.locator("[name=customer_name]")).to_have_value(name)
    expect(dialog.locator("[name=customer_phone]")).to_have_value("021 5555 1234")
    dialog.locator("[name=minutes]").fill("10")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(name)


def test_a_draft_of_it_outlives_a_reload(page, dialog):
    name = some_name()
    create_by_keys(page, dialog, name)
    dialog.locator("[name=note]").fill("They saw us at the fair.")
    page.reload()
    page.keyboard.press("l")
    expect(dialog.locator("[name=customer_name]")).to_have_value(name)
    expect(dialog.get_by_text("A new customer will be created.")).to_be_visible()
    dialog.locator("[name=note]").press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(name)


def test_a_double_is_told_while_typing_and_used(page, dialog):
    name = some_name()
    create_by_keys(page, dialog, name)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(name)
    page.keyboard.press("l")
    opened(page)
    create_by_keys(page, dialog, f"{name} Ltd")
    warning = dialog.locator(".duplicates")
    expect(warning).to_contain_text("the same name")
    warning.get_by_role("button", name="Use this one").first.click()
    expect(dialog.locator("[name=customer_name]")).to_have_value(name)
    expect(dialog.locator("[data-new-customer]")).to_be_hidden()
    dialog.locator("[name=note]").press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(re.compile(r"Logged\."))
    expect(page.locator("#toasts")).to_contain_text("Undo")


def test_a_name_that_was_not_chosen_is_offered_once_it_is_refused(page, dialog):
    name = some_name()
    page.keyboard.type(name)
    dialog.locator("[name=note]").fill("They saw us at the fair.")
    page.keyboard.press("Control+Enter")
    option = dialog.get_by_role("option", name=f"New customer “{name}”")
    expect(option).to_be_visible()
    expect(dialog.locator("[name=customer_name]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(option).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    while not option.evaluate("each => each === document.activeElement"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(name)
