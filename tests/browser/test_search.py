"""Somebody finds what there is by keys alone, and makes what there is not."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(open_as):
    return open_as("admin", path="/customers/")


def options(page):
    return page.locator("#search-results [role=option]")


def test_a_customer_is_found_and_opened_by_keys(page):
    name = page.locator("tbody tr a").nth(1).inner_text()
    page.keyboard.press("/")
    expect(page.locator(".search input")).to_be_focused()
    page.keyboard.type(name)
    expect(options(page).first).to_contain_text(name)
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    expect(page.locator("h1")).to_have_text(name)
    # What was opened is offered where nothing is typed.
    page.goto("/deals/")
    page.keyboard.press("/")
    expect(page.locator(".search-group")).to_have_text("Recent")
    expect(options(page).first).to_have_text(name)
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(page.locator(".search input")).not_to_be_focused()


def test_a_slip_of_the_pen_finds_it_all_the_same(page):
    name = page.locator("tbody tr a").nth(1).inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name[:1] + name[2] + name[1] + name[3:])
    expect(options(page).filter(has_text=name).first).to_be_visible()


def test_what_is_found_nowhere_can_be_created_at_once(page):
    page.keyboard.press("/")
    page.keyboard.type("Zzyzx Quarry & Co")
    expect(options(page)).to_contain_text("Create customer “Zzyzx Quarry & Co”")
    expect(options(page)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-body [name=name]")).to_have_value("Zzyzx Quarry & Co")
    expect(options(page)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Zzyzx Quarry & Co")
