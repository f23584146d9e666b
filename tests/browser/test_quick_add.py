"""Something is added from anywhere, and nothing that was typed is lost by it."""

import re
import uuid

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(open_as):
    return open_as("rep", path="/customers/")


def new(page, what):
    page.keyboard.press("n")
    page.locator("#quick-add").get_by_text(what).click()
    expect(page.locator("#dialog")).to_be_visible()


def some_name():
    return f"Quarry {uuid.uuid4().hex[:8]} Works"


def dialog(page, name):
    return page.locator(f"#dialog-body [name={name}]")


def test_a_deal_is_added_with_a_customer_made_inside_it(page):
    name = some_name()
    new(page, "New deal")
    dialog(page, "amount").fill("38万")
    dialog(page, "customer_name").fill(name)
    page.get_by_role("option", name=f"New customer “{name}”").click()
    expect(dialog(page, "amount")).to_have_value("38万")
    dialog(page, "customer_phone").fill("021 5555 1234")
    dialog(page, "customer_phone").press("Enter")
    page.wait_for_url(re.compile(r"/deals/\d+/$"))
    page.get_by_role("navigation").get_by_role("link", name=name).first.click()
    expect(page.locator(".facts")).to_contain_text("021 5555 1234")


def test_whoever_types_a_known_customer_is_told_and_uses_it(page):
    known = page.locator("tbody tr a").first.inner_text()
    new(page, "New customer")
    dialog(page, "name").press_sequentially(f"{known.upper()} Ltd", delay=5)
    warning = page.locator("#dialog-body .duplicates")
    expect(warning).to_contain_text(known)
    expect(warning).to_contain_text("the same name")
    warning.get_by_role("link", name="Use this one").first.click()
    expect(page.locator("h1")).to_have_text(known)


def test_a_known_customer_is_used_inside_a_deal(page):
    known = page.locator("tbody tr a").first.inner_text()
    new(page, "New deal")
    dialog(page, "customer_name").press_sequentially(f"{known} Ltd", delay=5)
    page.get_by_role("option", name="New customer").click()
    page.locator(".duplicates").get_by_role("button", name="Use this one").first.click()
    expect(dialog(page, "customer_name")).to_have_value(known)
    expect(page.locator("[data-new-customer]")).to_be_hidden()
    expect(dialog(page, "amount")).to_be_focused()


def test_the_form_in_hand_is_kept_while_something_else_is_added(page):
    page.locator("tbody tr a").first.click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("[name=note]").fill("They asked for the catalogue.")
    page.locator("h1").click()
    new(page, "New customer")
    name = some_name()
    dialog(page, "name").fill(name)
    dialog(page, "name").press("Enter")
    expect(page.locator("#toasts")).to_contain_text(name)
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("They asked for the catalogue.")
    page.locator("#toasts").get_by_role("link", name="Open").click()
    expect(page.locator("h1")).to_have_text(name)


def test_a_draft_outlives_reload_and_back_and_can_be_discarded(page):
    page.locator("tbody tr a").first.click()
    page.get_by_role("link", name="Edit", exact=True).click()
    note = page.locator("[name=note]")
    before = note.input_value()
    note.fill("Half a thought")
    page.reload()
    expect(note).to_have_value("Half a thought")
    page.goto("/customers/")
    page.go_back()
    expect(note).to_have_value("Half a thought")
    page.reload()
    page.get_by_role("button", name="Discard").click()
    expect(note).to_have_value(before)
    page.reload()
    expect(note).to_have_value(before)
    expect(page.locator(".draft-note")).to_have_count(0)


def test_a_draft_of_a_tab_that_is_closed_goes_to_the_next_one(page):
    page.locator("tbody tr a").nth(1).click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("[name=note]").fill("Half a thought")
    address = page.url
    other = page.context.new_page()
    other.goto(address)
    # As long as it stands in the first one, it is not another's.
    expect(other.locator("[name=note]")).not_to_have_value("Half a thought")
    page.close(run_before_unload=True)
    other.goto(address)
    expect(other.locator("[name=note]")).to_have_value("Half a thought")
    other.get_by_role("button", name="Discard").click()
    other.reload()
    expect(other.locator("[name=note]")).not_to_have_value("Half a thought")


def test_a_page_that_is_saved_without_a_line_stays(open_as):
    page = open_as("rep", path="/customers/", cut=True)
    page.locator("tbody tr a").nth(2).click()
    page.get_by_role("link", name="Edit", exact=True).click()
    text = some_name()
    page.locator("[name=note]").fill(text)
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("The server cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    expect(page.locator("main")).to_contain_text(text)


def sign_in_again(page):
    page.wait_for_url(re.compile("/accounts/login/"))
    page.fill("input[name=login]", "rep@billion.example")
    page.fill("input[name=password]", "stepwise-demo")
    page.click("form[action*=login] button.btn-primary")


def test_a_draft_outlives_a_session_that_ends_while_doubles_are_looked_up(page):
    new(page, "New customer")
    name = some_name()
    page.context.clear_cookies(name="sessionid")
    dialog(page, "name").press_sequentially(name, delay=5)
    sign_in_again(page)
    page.locator("#toasts").get_by_role("link", name="Open").click()
    expect(dialog(page, "name")).to_have_value(name)


def test_a_draft_outlives_the_session(page):
    new(page, "New customer")
    name = some_name()
    with page.expect_response(lambda answer: "duplicates" in answer.url):
        dialog(page, "name").fill(name)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add customer").click()
    sign_in_again(page)
    expect(dialog(page, "name")).to_have_value(name)
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator("h1")).to_have_text(name)
    page.goto("/customers/new/")
    expect(dialog(page, "name")).to_have_value("")


def test_a_broken_line_keeps_what_was_typed(open_as):
    page = open_as("rep", path="/customers/", cut=True)
    new(page, "New customer")
    name = some_name()
    dialog(page, "name").fill(name)
    page.context.set_offline(True)
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator("#toasts")).to_contain_text("The server cannot be reached")
    page.context.set_offline(False)
    page.reload()
    new(page, "New customer")
    expect(dialog(page, "name")).to_have_value(name)
    page.get_by_role("button", name="Add customer").click()
    expect(page.locator("h1")).to_have_text(name)
