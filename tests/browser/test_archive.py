"""Contacts, customers and deals are put away and brought back, by mouse, by keys and by touch."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect


@pytest.fixture(params=["mouse", "keys", "touch"])
def way(request):
    return request.param


@pytest.fixture
def page(open_as, way):
    device = {"width": "phone", "touch": True} if way == "touch" else {}
    return open_as("admin", path="/customers/", **device)


@pytest.fixture
def press(way):
    """``press(locator)``: click it, or go there and press a key, Enter where no other is named."""

    def act(locator, key="Enter"):
        if way == "mouse":
            locator.click()
        elif way == "touch":
            locator.tap()
        else:
            locator.focus()
            locator.press(key)

    return act


@pytest.fixture
def undo(way, press):
    """``undo(page, said)``: take back what the message tells of."""

    def act(page, said):
        message = page.locator(".toast-box", has_text=said)
        expect(message).to_be_visible()
        if way == "keys":
            page.keyboard.press("u")
        else:
            press(message.get_by_role("button", name="Undo"))

    return act


def found(page, kind, text):
    """The pages to which the search box leads for ``text``."""
    answer = page.request.get("/api/v1/search/", params={"q": text, "limit": 20})
    assert answer.ok, answer.text()
    return [hit["url"] for hit in answer.json()["results"] if hit["kind"] == kind]


def test_a_contact_goes_and_comes_back(page, press, undo):
    press(page.locator("tbody tr a").nth(3))
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    away = page.locator(".contacts-away")
    contacts = page.locator("section", has=page.get_by_role("heading", name="Contacts"))
    here = contacts.locator("> .contacts a[href*='/contacts/']")
    name, customer = here.first.inner_text(), urlsplit(page.url).path

    def archive():
        press(here.filter(has_text=name))
        press(page.locator("#dialog").get_by_role("button", name="Archive"))
        expect(here.filter(has_text=name)).to_have_count(0)

    archive()
    assert customer not in str(found(page, "contact", name))
    undo(page, f"{name} is archived.")
    expect(here.filter(has_text=name)).to_be_visible()
    expect(away).to_have_count(0)
    assert customer in str(found(page, "contact", name))

    archive()
    expect(away.locator("summary")).to_have_text("Archived contacts (1)")
    expect(away.get_by_text(name)).to_be_hidden()
    press(away.locator("summary"))
    press(away.get_by_role("button", name=f"Restore {name}"))
    expect(page.locator(".toast-box", has_text=f"{name} is back.")).to_be_visible()
    expect(here.filter(has_text=name)).to_be_visible()


def test_a_customer_goes_and_comes_back(page, press, undo):
    link = page.locator("tbody tr a").nth(4)
    name, address = link.inner_text(), link.get_attribute("href")
    row = page.locator("tbody tr a").filter(has_text=re.compile(f"^{re.escape(name)}$"))

    def archive():
        press(row)
        expect(page.locator("h1")).to_have_text(name)
        press(page.get_by_role("button", name="Archive", exact=True))
        page.wait_for_url(re.compile(r"/customers/$"))
        expect(row).to_have_count(0)

    archive()
    assert address not in found(page, "customer", name)
    undo(page, f"{name} is archived")
    expect(page.locator("h1")).to_have_text(name)
    assert address in found(page, "customer", name)

    page.goto("/customers/")
    archive()
    press(page.get_by_label("Archived"), "Space")
    press(row)
    expect(page.get_by_role("button", name="Archive", exact=True)).to_have_count(0)
    press(page.get_by_role("button", name="Restore"))
    expect(page.locator(".toast-box", has_text=f"{name} is back.")).to_be_visible()
    page.goto("/customers/")
    expect(row).to_be_visible()


def test_a_deal_goes_and_comes_back(page, way, press, undo):
    page.goto("/deals/")
    card = page.locator(".deal-card").nth(2)
    pk = card.get_attribute("id")
    own = page.locator(f"#{pk}")
    address = card.locator(".deal-title").get_attribute("href")
    press(card.locator(".deal-title"))
    # Many deals are called alike; the search box offers some of them.
    title = f"Depalletiser for the {way}"
    press(page.get_by_role("link", name="Edit", exact=True))
    page.locator("#dialog [name=name]").fill(title)
    press(page.locator("#dialog button.btn-primary"))
    expect(page.locator("h1")).to_contain_text(title)

    press(page.get_by_role("button", name="Archive", exact=True))
    expect(page.locator("h1")).to_contain_text("Archived")
    assert address not in found(page, "opportunity", title)
    undo(page, "is archived.")
    expect(page.locator("h1")).not_to_contain_text("Archived")
    page.goto("/deals/")
    expect(own).to_be_visible()
    assert address in found(page, "opportunity", title)

    page.goto(address)
    press(page.get_by_role("button", name="Archive", exact=True))
    expect(page.locator("h1")).to_contain_text("Archived")
    page.goto("/deals/")
    expect(own).to_have_count(0)
    page.goto("/deals/list/")
    listed = page.locator(f"tbody a[href='{address}']")
    expect(listed).to_have_count(0)
    if way == "touch":
        press(page.get_by_role("button", name="Filters"))
    page.get_by_label("Status").select_option("archived")
    press(listed)
    press(page.get_by_role("button", name="Restore"))
    expect(page.locator(".toast-box", has_text="is back.")).to_be_visible()
    page.goto("/deals/")
    expect(own).to_be_visible()
