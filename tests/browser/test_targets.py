"""A manager hands a target out, sees what is left of it, saves it and takes it back."""

import pytest
from playwright.sync_api import expect

ADDRESS = "/plans/1/targets/"


@pytest.fixture
def page(open_as):
    return open_as("manager", path=f"{ADDRESS}?by=team")


def amounts(page):
    return page.locator("[name=amount]")


def test_a_target_is_handed_out_saved_and_taken_back(page):
    expect(page.locator("#targets-sum")).to_contain_text("Not split this way")
    page.get_by_role("button", name="As last year").click()
    expect(page.locator("#targets-sum")).to_contain_text("All handed out, to the cent")
    shown = amounts(page).first.input_value()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(amounts(page).first).to_have_value(shown)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(amounts(page).first).to_have_value("")


def test_what_is_left_follows_every_keystroke_without_losing_the_focus(page):
    first = amounts(page).first
    first.click()
    first.type("7040万", delay=20)
    expect(page.locator("#targets-sum")).to_contain_text("All handed out")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("1.5 M")
    expect(page.locator("#targets-sum")).to_contain_text("¥1,500,000 more than the target")
    expect(amounts(page).nth(1)).to_be_focused()
    page.keyboard.type(" tons")
    expect(page.locator("#targets-sum")).to_contain_text("1 amount cannot be read")
    page.keyboard.press("Enter")
    expect(page.locator(".invalid-feedback")).to_contain_text("70.4 M")
    expect(amounts(page).nth(1)).to_have_value("1.5 M tons")
    page.get_by_role("link", name="Cancel").click()
    expect(amounts(page).first).to_have_value("")


def test_what_a_team_must_do_is_read_by_choosing_it(page):
    needs = page.locator("#targets-needs")
    first = needs.locator("h2").inner_text()
    total = needs.locator(".requirements-total").first.inner_text()
    needs.locator("select").select_option(index=1)
    expect(needs.locator("h2")).not_to_have_text(first)
    assert needs.locator(".requirements-total").first.inner_text() != total


def test_the_number_of_a_team_opens_by_keyboard_and_on_to_that_of_the_plan(page):
    needs = page.locator("#targets-needs tbody")
    needs.locator("tr").nth(3).locator("a").first.focus()
    page.keyboard.press("ArrowRight")
    shown = page.locator(":focus").inner_text()
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog")
    expect(dialog.locator(".explained-words").first).to_contain_text(f"{shown} of the")
    expect(dialog.locator("[data-whole]")).to_have_text(shown)
    dialog.get_by_role("link", name="of the whole plan").click()
    expect(dialog.locator("h2")).to_have_text("Project · February")


def test_two_windows_see_each_others_parts_before_they_save(open_as):
    page, other = (open_as(who, path=f"{ADDRESS}?by=region") for who in ("manager", "admin"))
    other.get_by_role("button", name="Evenly").click()
    expect(other.locator("#targets-sum")).to_contain_text("All handed out")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("Saved.")).to_be_visible()
    amounts(page).first.fill("70.4 M")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed this meanwhile")
    expect(page.get_by_text("saved by others").first).to_be_visible()
    expect(amounts(page).first).to_have_value("70.4 M")
    page.get_by_role("button", name="Clear").click()
    expect(amounts(page).first).to_have_value("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
