"""An activity that is put off, changed, called off and brought back where it is seen."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def overdue(open_as):
    """Today, the longest overdue call of Li Wei, and the customer's name."""
    page = open_as("rep")
    row = page.locator(".activity.is-late").first
    return page, row.locator("small a").inner_text(), row.locator(".activity-subject").inner_text()


def row_of(page, customer):
    return page.locator(".activity").filter(has_text=customer)


def choose(page, customer, name):
    row_of(page, customer).get_by_role("button", name="Reschedule, edit or call off").click()
    row_of(page, customer).locator(".activity-menu .dropdown-menu").get_by_text(name).click()


def undo(page):
    page.locator("#toasts").get_by_role("button", name="Undo").last.click()


def test_it_is_put_off_noted_upon_called_off_and_undone(overdue):
    page, customer, subject = overdue
    choose(page, customer, "Tomorrow")
    expect(page.locator("#toasts")).to_contain_text(f"{subject} is now due on")
    expect(row_of(page, customer).locator("time")).to_have_text("tomorrow")

    row_of(page, customer).get_by_role("link", name=subject).click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("textbox", name="Note").fill("Ask for Mrs Lin first.")
    dialog.get_by_role("textbox", name="Subject").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Saved.")

    choose(page, customer, "Call off")
    expect(page.locator("#toasts")).to_contain_text(f"Called off: {subject}")
    expect(row_of(page, customer)).to_have_count(0)
    undo(page)
    expect(row_of(page, customer).locator("time")).to_have_text("tomorrow")
    row_of(page, customer).get_by_role("link", name=subject).click()
    expect(dialog.get_by_role("textbox", name="Note")).to_have_value("Ask for Mrs Lin first.")


def test_by_keys_alone_and_back_by_u(overdue):
    page, customer, subject = overdue
    menu = row_of(page, customer).get_by_role("button", name="Reschedule, edit or call off")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(row_of(page, customer).get_by_text("Next Monday")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text(f"{subject} is now due on")
    expect(row_of(page, customer).and_(page.locator(".is-late"))).to_have_count(0)
    page.keyboard.press("u")
    expect(row_of(page, customer).and_(page.locator(".is-late"))).to_have_count(1)


def test_a_wrong_tick_is_reopened_from_the_timeline(overdue):
    page, customer, subject = overdue
    row_of(page, customer).locator("small a").click()
    page.wait_for_url("**/customers/*/")
    page.locator(".next-step .activity-tick").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.keyboard.press("Escape")
    entry = page.locator(".timeline-entry").filter(has_text=subject).first
    entry.get_by_role("link", name="Edit").click()
    page.locator("#dialog").get_by_role("button", name="Reopen").click()
    expect(page.locator("#toasts")).to_contain_text(f"Open again: {subject}")
    expect(page.locator(".next-step")).to_contain_text(subject)


def test_on_a_phone_a_finger_finds_every_button(open_as):
    page = open_as("rep", width="phone", touch=True)
    page.locator(".activity-menu > button").first.tap()
    buttons = page.locator(".activity").first.locator("button:visible, .dropdown-item:visible")
    sizes = [each.bounding_box() for each in buttons.all()]
    assert len(sizes) >= 7
    assert all(box["height"] >= 39.5 and box["width"] >= 39.5 for box in sizes), sizes
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
