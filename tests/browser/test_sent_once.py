"""Whoever presses twice makes one thing, however slow the line is."""

import re
import time
import uuid

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(open_as):
    return open_as("rep", path="/customers/")


@pytest.fixture
def posts(page):
    sent = []
    page.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
    return sent


def new(page, what):
    page.keyboard.press("n")
    page.locator("#quick-add").get_by_text(what).click()
    expect(page.locator("#dialog")).to_be_visible()


def some_name():
    return f"Sawmill {uuid.uuid4().hex[:8]} Works"


def slow_down(page, address, seconds=0.7):
    def answer_late(route):
        time.sleep(seconds)
        route.continue_()

    page.route(address, answer_late)


def save(page):
    return page.locator("#dialog-body .btn-primary")


@pytest.mark.parametrize("slow", [False, True])
def test_a_double_click_makes_one_customer(page, posts, slow):
    if slow:
        slow_down(page, "**/customers/new/")
    new(page, "New customer")
    name = some_name()
    page.locator("#dialog-body [name=name]").fill(name)
    save(page).dblclick()
    expect(page.locator("h1")).to_have_text(name)
    page.goto(f"/customers/?q={name}")
    expect(page.locator("tbody tr", has_text=name)).to_have_count(1)
    assert len(posts) == 1


def test_two_pressed_enters_make_one_customer(page, posts):
    new(page, "New customer")
    name = some_name()
    field = page.locator("#dialog-body [name=name]")
    field.fill(name)
    field.evaluate("e => { e.form.requestSubmit(); e.form.requestSubmit(); }")
    expect(page.locator("h1")).to_have_text(name)
    assert len(posts) == 1


def test_enter_pressed_twice_over_a_slow_line_makes_one_deal(page, posts):
    slow_down(page, "**/deals/new/")
    new(page, "New deal")
    page.locator("#dialog-body [name=customer_name]").fill(some_name())
    page.get_by_role("option", name="New customer").click()
    amount = page.locator("#dialog-body [name=amount]")
    amount.fill("1000")
    amount.press("Enter", no_wait_after=True)
    amount.press("Enter", no_wait_after=True)
    page.wait_for_url(re.compile(r"/deals/\d+/$"))
    assert len(posts) == 1


def test_a_refused_form_and_one_whose_line_broke_can_be_sent_again(open_as):
    page = open_as("rep", path="/customers/", cut=True)
    new(page, "New customer")
    save(page).dblclick()
    expect(page.locator("#dialog-body .is-invalid").first).to_be_visible()
    name = some_name()
    page.locator("#dialog-body [name=name]").fill(name)
    page.context.set_offline(True)
    save(page).click()
    expect(page.locator("#toasts")).to_contain_text("The server cannot be reached")
    expect(save(page)).not_to_have_attribute("aria-disabled", "true")
    page.context.set_offline(False)
    save(page).click()
    expect(page.locator("h1")).to_have_text(name)
