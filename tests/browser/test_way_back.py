"""From a deal the way back leads to the board or the list as it was looked at."""

import re


def way_back(page):
    return page.get_by_role("navigation", name="breadcrumb").get_by_role("link", name="Deals")


def test_the_filters_of_the_board_are_kept_for_mouse_and_keyboard(open_as):
    page = open_as("rep", path="/deals/?q=filling")
    page.locator(".deal-card .deal-title").first.click()
    way_back(page).click()
    page.wait_for_url(re.compile(r"/deals/\?q=filling"))
    page.locator(".deal-card").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/deals/\d+/"))
    way_back(page).press("Enter")
    page.wait_for_url(re.compile(r"/deals/\?q=filling"))
