"""Over a slow line every move on the board ends in an answer, in the order it was made."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.test_board import cards, column


def slow_down(page, *, broken=False):
    def answer_late(route):
        time.sleep(0.4)
        if broken:
            route.abort()
        else:
            route.continue_()

    page.route("**/deals/*/move/*", answer_late)


def press_twice(page, pause):
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(pause)
    page.keyboard.press("Shift+ArrowRight")


@pytest.mark.parametrize("pause", [0, 380, 420, 460])
def test_two_moves_of_one_card_both_arrive(open_as, pause):
    page = open_as("rep", path="/deals/")
    slow_down(page)
    answered = []
    page.on("requestfinished", lambda asked: asked.method == "POST" and answered.append(asked.url))
    # What other tests have added stands first, and the last stage would ask of it what is missing.
    card = cards(page, "Project").filter(has_text="¥").last
    deal = card.get_attribute("id")
    card.focus()
    with page.expect_event("requestfinished", lambda _: len(answered) == 2):
        press_twice(page, pause)
    expect(column(page, "Negotiation").locator(f"#{deal}")).to_be_focused()
    page.reload()
    expect(column(page, "Negotiation").locator(f"#{deal}")).to_be_visible()


def test_a_broken_line_takes_both_moves_back_and_says_so(open_as):
    page = open_as("rep", path="/deals/", cut=True)
    # What other tests have added stands first, and the last stage would ask of it what is missing.
    card = cards(page, "Project").filter(has_text="¥").last
    deal = card.get_attribute("id")
    slow_down(page)
    card.focus()
    page.context.set_offline(True)
    press_twice(page, 0)
    expect(page.locator("#toasts")).to_have_text(re.compile("did not reach the server"))
    expect(column(page, "Project").locator(f"#{deal}")).to_be_focused()
    page.context.set_offline(False)
    page.reload()
    expect(column(page, "Project").locator(f"#{deal}")).to_be_visible()
