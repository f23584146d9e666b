"""A manager hands over what a leaver holds, by keyboard, and takes it back."""

import re

from playwright.sync_api import expect


def test_all_of_a_leaver_goes_to_two_others_and_comes_back(open_as):
    page = open_as("manager", path="/customers/")
    page.get_by_role("heading", name="Customers").wait_for()
    page.keyboard.press("h")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    giver = dialog.locator("[name=giver]")
    held = giver.locator("option", has_text="Song Jie").inner_text()
    dialog.get_by_role("checkbox", name="Deng Yu").check()
    expect(dialog.get_by_role("checkbox", name="Song Jie")).to_be_visible()
    giver.select_option(label=held)
    expect(dialog.get_by_role("checkbox", name="Song Jie")).to_have_count(0)
    expect(dialog.get_by_role("checkbox", name="Deng Yu")).to_be_checked()
    expect(giver).to_have_value(re.compile(r"\d+"))
    dialog.get_by_role("checkbox", name="Hu Bin").check()
    page.keyboard.press("Enter")
    toast = page.locator(".toast-box", has_text="Handed over from Song Jie")
    expect(toast).to_be_visible()
    page.goto("/hand-over/")
    assert held not in page.locator("[name=giver]").inner_text()


def test_undo_gives_it_back(open_as):
    page = open_as("manager", path="/hand-over/")
    giver = page.locator("[name=giver]")
    held = giver.locator("option", has_text="Ma Li").inner_text()
    giver.select_option(label=held)
    # The receivers are others once the giver is: nobody ticks what is about to go.
    expect(page.get_by_role("checkbox", name="Ma Li")).to_have_count(0)
    page.get_by_role("checkbox", name="Zhu Dan").check()
    page.get_by_role("button", name="Hand over").click()
    page.locator(".toast-box", has_text="Handed over from Ma Li").get_by_role(
        "button", name="Undo"
    ).click()
    expect(page.locator(".toast-box", has_text="All is back with Ma Li.")).to_be_visible()
    page.goto("/hand-over/")
    assert held in page.locator("[name=giver]").inner_text()
