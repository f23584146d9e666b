"""The line breaks after the server has saved: what is saved again is there once."""

import re
import uuid

import pytest
from playwright.sync_api import expect

UNREACHED = "The server cannot be reached"
SAVED = "This was saved already, without your last changes."


@pytest.fixture
def page(open_as):
    return open_as("rep", path="/customers/", cut=True)


def lose_answer(page, address):
    """The next request to ``address`` arrives; its answer does not."""

    def cut(route):
        # Not even its message; the cookies of the session stand, for others ask meanwhile.
        cookies = page.context.cookies()
        route.fetch(max_redirects=0)
        page.context.clear_cookies(name="messages")
        page.context.add_cookies(cookies)
        route.abort("internetdisconnected")

    page.route(address, cut, times=1)


def new(page, what):
    page.keyboard.press("n")
    page.locator("#quick-add").get_by_text(what).click()
    expect(page.locator("#dialog")).to_be_visible()


def some_name():
    return f"Sawmill {uuid.uuid4().hex[:8]} Works"


def save(page):
    page.locator("#dialog-body .btn-primary").click()


def toast(page, text):
    return page.locator("#toasts .toast-box", has_text=text)


def fill_new_customer(page, name):
    new(page, "New customer")
    page.locator("#dialog-body [name=name]").fill(name)


def expect_customers(page, name, n):
    page.goto(f"/customers/?q={name}")
    expect(page.locator("tbody tr", has_text=name)).to_have_count(n)


def test_saved_again_a_customer_is_there_once(page):
    name = some_name()
    fill_new_customer(page, name)
    lose_answer(page, "**/customers/new/")
    save(page)
    expect(toast(page, UNREACHED)).to_be_visible()
    save(page)
    expect(page.locator("h1")).to_have_text(name)
    expect(toast(page, f"{name} is on the books.")).to_have_count(1)
    expect_customers(page, name, 1)


@pytest.mark.parametrize("form", ["#dialog-body form", "#activity-form"])
def test_a_call_logged_again_is_there_once_and_the_dialog_closes(page, form):
    fill_new_customer(page, some_name())
    save(page)
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    text = some_name()
    if form.startswith("#dialog"):
        page.keyboard.press("l")
    field = page.locator(f"{form} [name=note]")
    field.fill(text)
    lose_answer(page, "**/activities/new/**")
    field.press("Control+Enter")
    expect(toast(page, UNREACHED)).to_be_visible()
    field.press("Control+Enter")
    expect(toast(page, "Logged.")).to_have_count(1)
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator(".timeline-entry", has_text=text)).to_have_count(1)


def test_a_draft_put_back_after_the_line_broke_is_saved_once(page):
    name = some_name()
    fill_new_customer(page, name)
    lose_answer(page, "**/customers/new/")
    save(page)
    expect(toast(page, UNREACHED)).to_be_visible()
    page.reload()
    new(page, "New customer")
    expect(page.locator("#dialog-body [name=name]")).to_have_value(name)
    save(page)
    expect(page.locator("h1")).to_have_text(name)
    expect_customers(page, name, 1)


@pytest.mark.parametrize("reloaded", [False, True])
def test_amended_before_the_second_save_it_is_told_of_and_nothing_typed_is_lost(page, reloaded):
    name, other = some_name(), some_name()
    fill_new_customer(page, name)
    lose_answer(page, "**/customers/new/")
    save(page)
    expect(toast(page, UNREACHED)).to_be_visible()
    field = page.locator("#dialog-body [name=name]")
    field.fill(other)
    if reloaded:
        page.reload()
        new(page, "New customer")
        expect(field).to_have_value(other)
    save(page)
    told = page.locator("#dialog-body .saved-already", has_text=SAVED)
    expect(told).to_be_visible()
    expect(field).to_have_value(other)
    save(page)
    expect(page.locator("#dialog-body .saved-already")).to_have_count(2)
    expect(told.filter(visible=True)).to_have_count(1)
    # Opened anew the form is one for another customer, with what was typed.
    page.keyboard.press("Escape")
    new(page, "New customer")
    expect(field).to_have_value(other)
    expect(told).to_have_count(0)
    save(page)
    expect(page.locator("h1")).to_have_text(other)
    expect_customers(page, name, 1)


def test_what_was_saved_is_opened_from_the_form_that_was_saved_again(page):
    name = some_name()
    fill_new_customer(page, name)
    lose_answer(page, "**/customers/new/")
    save(page)
    expect(toast(page, UNREACHED)).to_be_visible()
    page.locator("#dialog-body [name=phone]").fill("0451 888 1234")
    save(page)
    page.locator("#dialog-body .saved-already").get_by_role("link", name="Open").click()
    expect(page.locator("h1")).to_have_text(name)


def test_what_was_not_sent_comes_back_as_something_new(page):
    """A draft that was only typed has no part in what was saved meanwhile."""
    name = some_name()
    fill_new_customer(page, name)
    typed_under = page.locator("#dialog-body [name=once]").input_value()
    page.reload()
    new(page, "New customer")
    expect(page.locator("#dialog-body [name=name]")).to_have_value(name)
    assert page.locator("#dialog-body [name=once]").input_value() != typed_under


def test_discarded_it_is_a_form_for_something_new(page):
    fill_new_customer(page, some_name())
    lose_answer(page, "**/customers/new/")
    save(page)
    expect(toast(page, UNREACHED)).to_be_visible()
    sent_under = page.locator("#dialog-body [name=once]").input_value()
    page.reload()
    new(page, "New customer")
    key = page.locator("#dialog-body [name=once]")
    expect(key).to_have_value(sent_under)
    page.locator("#dialog-body").get_by_role("button", name="Discard").click()
    expect(key).not_to_have_value(sent_under)


def test_a_file_dropped_again_is_kept_once(page):
    page.goto("/deals/")
    page.goto(page.locator(".deal-card .deal-title").first.get_attribute("href"))
    name = f"{uuid.uuid4().hex}.txt"
    file = {"name": name, "mimeType": "text/plain", "buffer": b"An offer"}
    chosen = page.locator("[data-files] [type=file]")
    lose_answer(page, "**/upload/")
    chosen.set_input_files(file)
    expect(toast(page, UNREACHED)).to_be_visible()
    chosen.set_input_files(file)
    expect(toast(page, "1 file is kept.")).to_be_visible()
    expect(page.locator("#files .files-list").get_by_text(name)).to_have_count(1)
