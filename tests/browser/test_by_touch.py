"""On a phone a finger does what elsewhere mouse and keys do: search, climb, answer, merge."""

import re
import uuid

import pytest
from playwright.sync_api import expect


@pytest.fixture
def name():
    return f"Quarry {uuid.uuid4().hex[:8]}"


@pytest.fixture
def page(open_as):
    return open_as("rep", path="/customers/", width="phone", touch=True)


def add_customer(page, name, phone=""):
    """Through the one button, as a rep on the way does it; its address."""
    page.goto("/customers/")
    page.locator(".topbar").get_by_role("button", name="Add").tap()
    page.locator("#quick-add").get_by_text("New customer").tap()
    dialog = page.locator("#dialog")
    dialog.locator("[name=name]").fill(name)
    dialog.locator("[name=phone]").fill(phone)
    dialog.locator("button.btn-primary").tap()
    expect(page.locator("h1")).to_have_text(name)
    return page.url


def told(page, text):
    return page.locator(".toast-box", has_text=text)


def test_a_customer_is_found_moved_up_and_moved_back(page, name):
    address = add_customer(page, name)
    page.goto("/")
    page.locator(".search input").tap()
    page.locator(".search input").press_sequentially(name)
    page.locator("#search-results [role=option]").filter(has_text=name).first.tap()
    page.wait_for_url(address)

    ladder = page.locator(".ladder")
    first = ladder.locator("[aria-current]").inner_text()
    ladder.get_by_role("button", name="Qualified").tap()
    page.locator("#dialog [name=industry]").fill("Food")
    page.locator("#dialog button.btn-primary").tap()
    expect(ladder.locator("[aria-current]")).to_have_text("Qualified")
    told(page, "is now Qualified").get_by_role("button", name="Undo").tap()
    expect(ladder.locator("[aria-current]")).to_have_text(first)


def test_a_lead_is_taken_down_and_answered(page, name):
    page.goto("/inbox/")
    page.get_by_role("link", name=re.compile("New lead|Add a lead")).first.tap()
    dialog = page.locator("#dialog")
    dialog.locator("[name=name]").fill(name)
    dialog.get_by_role("button", name="Add lead").tap()
    expect(page.locator("h1")).to_have_text(name)
    page.goto("/inbox/")
    row = page.locator("#leads tbody tr", has_text=name)
    row.get_by_role("link", name="Log a call").tap()
    dialog.get_by_role("button", name="Save").tap()
    expect(row).to_have_count(0)
    page.get_by_role("link", name="Answered").tap()
    expect(row).to_contain_text("answered in time")


def test_a_double_is_merged_and_parted(page, name):
    phone = f"+86 21 {uuid.uuid4().int % 10**8:08}"
    double = add_customer(page, f"{name} Ltd")
    address = add_customer(page, name, phone)
    page.get_by_role("link", name="Merge with…").tap()
    page.locator(".near").get_by_role("link").first.tap()
    page.locator(".merge").get_by_role("button", name="Merge", exact=True).tap()
    expect(page.locator("h1")).to_have_text(name)
    page.goto(double)
    expect(page).to_have_url(address)
    page.get_by_role("button", name="Undo the merge").tap()
    expect(told(page, "customer of its own again")).to_be_visible()
    page.goto(double)
    expect(page.locator("h1")).to_have_text(f"{name} Ltd")


def test_a_manager_hands_over_and_takes_back(open_as):
    page = open_as("manager", path="/hand-over/", width="phone", touch=True)
    giver = page.locator("[name=giver]")
    held = giver.locator("option", has_text="Guo Peng").inner_text()
    giver.select_option(label=held)
    expect(page.get_by_role("checkbox", name="Guo Peng")).to_have_count(0)
    page.get_by_role("checkbox", name="Zhu Dan").tap()
    page.get_by_role("button", name="Hand over").tap()
    told(page, "Handed over from Guo Peng").get_by_role("button", name="Undo").tap()
    expect(told(page, "All is back with Guo Peng.")).to_be_visible()
    page.goto("/hand-over/")
    assert held in page.locator("[name=giver]").inner_text()
