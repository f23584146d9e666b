"""The reasons of a chance on the board: by hover, by keyboard and by touch."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def board(open_as):
    def open_board(**options):
        page = open_as("rep", path="/deals/", **options)
        return page, page.locator(".deal-why").first, page.locator(".tip")

    return open_board


def test_pointing_at_a_chance_shows_its_reasons_and_one_may_point_at_them(board):
    page, chance, tip = board()
    expect(tip).to_be_hidden()
    chance.hover()
    expect(tip).to_contain_text("Chance of being won:")
    expect(tip.locator("li").first).to_be_visible()
    tip.hover()
    page.wait_for_timeout(400)
    expect(tip).to_be_visible()
    page.mouse.move(2, 2)
    expect(tip).to_be_hidden()
    page.locator(".deal-bar").first.hover()
    expect(tip).to_be_visible()


def test_the_keyboard_reaches_the_reasons_and_escape_closes_them(board):
    page, chance, tip = board(language="zh-hans")
    page.locator(".deal-card").first.focus()
    page.keyboard.press("Tab")
    expect(chance).to_be_focused()
    expect(tip).to_contain_text("赢单概率")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_tap_shows_the_reasons_on_the_screen_and_another_closes_them(board):
    page, chance, tip = board(width="phone", touch=True)
    chance.tap()
    expect(tip).to_be_visible()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    chance.tap()
    expect(tip).to_be_hidden()
    chance.tap()
    expect(tip).to_be_visible()
    page.locator("h1, .page-title").first.tap()
    expect(tip).to_be_hidden()
