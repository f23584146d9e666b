"""An admin invites somebody and sees the letter go out."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("width", ["wide", "phone"])
def test_the_page_tells_by_itself_that_the_letter_went_out(open_as, width):
    page = open_as("admin", path="/people/", width=width)
    page.keyboard.press("i")
    page.locator("#dialog [name=name]").fill(f"Sun Li of the {width}")
    page.locator("#dialog [name=email]").fill(f"sun.{width}@x.example")
    page.locator("#dialog button.btn-primary").click()
    row = page.locator("tr", has_text=f"Sun Li of the {width}")
    expect(row.locator(".letter")).to_contain_text(
        re.compile("The letter (is about to go out|went out at)")
    )
    expect(row.locator(".letter")).to_contain_text("The letter went out at")
    expect(page.locator("#people[hx-get]")).to_have_count(0)

    row.get_by_role("button", name=re.compile("Send the invitation of Sun Li")).click()
    expect(page.locator(".toast-box", has_text="A new letter goes out")).to_be_visible()
    expect(row.locator(".letter")).to_contain_text("The letter went out at")
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0
