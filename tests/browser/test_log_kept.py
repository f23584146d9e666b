"""What was typed about a call outlives whatever comes between, and stays with its customer."""

import re

import pytest
from playwright.sync_api import expect

TEXT = "They asked for a second offer."


def opened(page, at=0):
    """The dialog over the board, for the card at this place."""
    page.locator(".deal-card", has=page.locator("[data-log]")).nth(at).focus()
    page.keyboard.press("l")
    note = page.locator("#dialog-body [name=note]")
    expect(note).to_be_focused()
    return note


@pytest.fixture
def board(open_as):
    return open_as("rep", path="/deals/")


@pytest.fixture
def typed(board):
    note = opened(board)
    board.keyboard.type(TEXT)
    return note


def sign_in_again(page):
    page.wait_for_url(re.compile("/accounts/login/"))
    page.fill("input[name=login]", "rep@billion.example")
    page.fill("input[name=password]", "stepwise-demo")
    page.click("form[action*=login] button.btn-primary")


def test_closed_by_accident_it_is_told_of_and_comes_back(board, typed):
    board.keyboard.press("Escape")
    expect(board.locator("#toasts")).to_contain_text("What you typed is kept.")
    expect(opened(board)).to_have_value(TEXT)
    board.keyboard.press("Escape")
    board.locator("#toasts").get_by_role("link", name="Open").first.click()
    expect(typed).to_have_value(TEXT)
    expect(typed).to_be_focused()
    board.get_by_role("button", name="Save").click()
    board.wait_for_url("**/customers/*/")
    # The demo's clock stands still: what other tests did stands at the same minute.
    expect(board.locator(".timeline-entry", has_text=TEXT).first).to_be_visible()
    board.goto("/deals/")
    expect(opened(board)).to_have_value("")


def test_each_card_keeps_its_own(board, typed):
    board.keyboard.press("Escape")
    other = opened(board, at=1)
    expect(other).to_have_value("")
    other.fill("Of another deal")
    board.keyboard.press("Control+Enter")
    expect(board.locator("#toasts")).to_contain_text("Undo")
    board.keyboard.press("n")
    board.locator("#quick-add").get_by_text("Log a call").click()
    expect(typed).to_have_value("")
    board.reload()
    expect(opened(board)).to_have_value(TEXT)


def test_text_marked_to_beyond_the_edge_does_not_close_it(board, typed):
    box = typed.bounding_box()
    board.mouse.move(box["x"] + 40, box["y"] + 12)
    board.mouse.down()
    board.mouse.move(10, box["y"] + 12, steps=4)
    board.mouse.up()
    expect(typed).to_be_visible()
    board.mouse.click(10, box["y"])
    expect(typed).to_be_hidden()


def test_refused_and_loaded_anew(board, typed):
    board.locator("#dialog-body [name=subject]").fill("")
    minutes = board.locator("#dialog-body [name=minutes]")
    minutes.fill("long")
    board.keyboard.press("Control+Enter")
    expect(board.locator("#dialog .invalid-feedback")).to_be_visible()
    typed.fill(f"{TEXT} And a visit.")
    board.reload()
    expect(opened(board)).to_have_value(f"{TEXT} And a visit.")
    expect(minutes).to_have_value("long")


def test_a_customer_half_searched_for_stands_there_when_refused(board):
    board.keyboard.press("n")
    board.locator("#quick-add").get_by_text("Log a call").click()
    picker = board.locator("#dialog").get_by_role("combobox", name="Customer")
    picker.fill("Ocean")
    board.locator("#dialog-body [name=note]").fill(TEXT)
    board.keyboard.press("Control+Enter")
    expect(board.locator("#dialog .invalid-feedback")).to_be_visible()
    expect(picker).to_have_value("Ocean")


def test_the_session_ends_before_it_is_saved(board, typed):
    board.context.clear_cookies(name="sessionid")
    board.keyboard.press("Control+Enter")
    sign_in_again(board)
    expect(typed).to_have_value(TEXT)
    board.keyboard.press("Control+Enter")
    board.wait_for_url("**/customers/*/")
    # The demo's clock stands still: what other tests did stands at the same minute.
    expect(board.locator(".timeline-entry", has_text=TEXT).first).to_be_visible()


def test_the_session_ends_and_another_kind_is_chosen(board, typed):
    board.context.clear_cookies(name="sessionid")
    board.locator("#dialog").get_by_text("Meeting", exact=True).click()
    sign_in_again(board)
    board.wait_for_url("**/deals/")
    expect(opened(board)).to_have_value(TEXT)
    expect(board.locator("#dialog [name=kind]:checked")).to_have_value("meeting")


def test_the_line_breaks(open_as):
    page = open_as("rep", path="/deals/", cut=True)
    note = opened(page)
    page.keyboard.type(TEXT)
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("The server cannot be reached")
    expect(note).to_have_value(TEXT)
    page.context.set_offline(False)
    page.reload()
    expect(opened(page)).to_have_value(TEXT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Undo")


def test_a_next_step_left_by_accident_is_told_of_once_the_page_is_anew(open_as):
    page = open_as("rep")
    page.locator(".activity-tick").first.click()
    note = page.locator("#dialog-body [name=note]")
    note.fill(TEXT)
    due = page.locator("#dialog-body [name=due_at]").input_value()
    page.keyboard.press("Escape")
    expect(page.locator("#toasts")).to_contain_text("Done:")
    page.locator("#toasts").get_by_role("link", name="Open").click()
    expect(note).to_have_value(TEXT)
    expect(page.locator("[name=due_at]")).to_have_value(due)
    page.get_by_role("button", name="Plan it").click()
    expect(page.locator("#toasts")).to_contain_text("Planned.")
