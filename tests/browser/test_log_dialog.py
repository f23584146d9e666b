"""The dialog in which a call is logged, over a page that has a form for that as well."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(open_as):
    page = open_as("rep", path="/customers/")
    page.locator("tbody tr a").first.click()
    page.wait_for_url("**/customers/*/")
    return page


def log_a_call(page):
    page.keyboard.press("l")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    return dialog


def test_labels_and_dates_act_on_the_dialog_and_not_on_the_page(page):
    dialog, beneath = log_a_call(page), page.locator("#activity-form")
    dialog.get_by_text("Meeting", exact=True).click()
    dialog.get_by_role("button", name="Tomorrow").click()
    expect(dialog.locator("[name=kind]:checked")).to_have_value("meeting")
    expect(dialog.locator("[name=due_at]")).not_to_have_value("")
    expect(beneath.locator("[name=kind]:checked")).to_have_value("call")
    expect(beneath.locator("[name=due_at]")).to_have_value("")


@pytest.fixture
def planned(open_as):
    """The page of the customer whom Li Wei was to call longest ago, and what about."""
    page = open_as("rep")
    row = page.locator(".activity.is-late").filter(has_text="Call").first
    subject = row.locator(".activity-words > div").inner_text()
    row.locator("small").get_by_role("link").click()
    page.wait_for_url("**/customers/*/")
    expect(page.locator(".next-step")).to_contain_text(subject)
    return page, subject


def test_the_planned_call_is_offered_done_and_given_back(planned):
    page, subject = planned
    dialog = log_a_call(page)
    offer = dialog.get_by_role("checkbox", name="This was the planned call of")
    expect(offer).to_be_checked()
    dialog.get_by_text("Meeting", exact=True).click()
    expect(offer).to_have_count(0)
    dialog.get_by_text("Call", exact=True).click()
    expect(offer).to_be_checked()
    dialog.get_by_role("button", name="Tomorrow").click()
    expect(offer).to_have_count(0)
    dialog.locator("[name=due_at]").fill("")
    expect(offer).to_be_checked()
    dialog.locator("[name=note]").fill("They want two of them.")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text(f"Done: {subject}")
    expect(page.locator(".next-step")).not_to_contain_text(subject)
    expect(page.locator(".timeline-entry", has_text="They want two of them.").first).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".next-step")).to_contain_text(subject)
    expect(page.locator(".timeline-list")).not_to_contain_text("They want two of them.")


def test_it_is_offered_for_a_customer_chosen_in_the_dialog(planned):
    page, _subject = planned
    name = page.locator("h1").inner_text()
    page.goto("/")
    dialog = log_a_call(page)
    dialog.get_by_role("combobox", name="Customer").press_sequentially(name, delay=5)
    dialog.get_by_role("option", name=name).first.click()
    expect(dialog.get_by_role("checkbox", name="This was the planned call of")).to_be_checked()
