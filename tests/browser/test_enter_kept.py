"""What a stage asks for before it is entered is typed once, whatever comes between."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.test_board import cards, column
from tests.browser.test_playbook import new_deal

KEPT = "What you typed is kept."


def sign_in_again(page):
    page.wait_for_url(re.compile("/accounts/login/"))
    expect(page.locator(".entrance-card")).to_contain_text("you are back where you were")
    page.fill("input[name=login]", "rep@billion.example")
    page.fill("input[name=password]", "stepwise-demo")
    page.click("form[action*=login] button.btn-primary")


@pytest.fixture
def page(open_as):
    return open_as("rep", path="/deals/")


@pytest.fixture
def name():
    return f"Press {uuid.uuid4().hex[:8]}"


@pytest.fixture
def amount(page, name):
    """The field that is asked for on the way to Proposal, filled in."""
    new_deal(page, name)
    ask(page, name)
    field = page.locator("#dialog-body [name=amount]")
    field.fill("88000")
    return field


def ask(page, name):
    page.locator(".deal-card", has_text=name).focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#dialog-body")).to_contain_text("Before it enters")


def test_closed_and_reloaded_it_comes_back_and_the_move_follows(page, name, amount):
    page.keyboard.press("Escape")
    expect(page.locator("#toasts")).to_contain_text(KEPT)
    page.reload()
    ask(page, name)
    expect(amount).to_have_value("88000")
    amount.press("Enter")
    expect(column(page, "Proposal").locator(".deal-card", has_text=name)).to_contain_text("88,000")


def test_it_outlives_the_session(page, name, amount):
    page.context.clear_cookies(name="sessionid")
    amount.press("Enter")
    sign_in_again(page)
    expect(page.locator("#toasts")).to_contain_text("You had been signed out")
    expect(amount).to_have_value("88000")
    page.get_by_role("button", name="Save and move").click()
    page.wait_for_url("**/deals/")
    moved = column(page, "Proposal").locator(".deal-card", has_text=name)
    expect(moved).to_contain_text("88,000")
    page.get_by_role("button", name="Undo").click()
    expect(column(page, "Project").locator(".deal-card", has_text=name)).to_be_visible()
    page.locator(".deal-card", has_text=name).locator(".deal-title").click()
    expect(page.locator(".standing")).to_contain_text("Project")
    expect(page.locator(".standing")).to_contain_text("88,000")


def test_another_stage_asks_with_its_own_name(page, name, amount):
    page.keyboard.press("Escape")
    page.locator(".deal-card", has_text=name).focus()
    page.keyboard.press("m")
    page.keyboard.press("3")
    expect(page.locator("#dialog-body")).to_contain_text("“Negotiation”")
    expect(amount).to_have_value("88000")
    to = page.locator("#dialog-body [name=stage]").input_value()
    expect(column(page, "Negotiation").locator(".cards")).to_have_attribute("data-stage", to)


def test_on_the_ladder_it_outlives_a_reload_and_the_session(page, name):
    page.goto("/customers/new/")
    page.locator("#dialog-body [name=name]").fill(name)
    page.locator("#dialog-body button.btn-primary").click()
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    rung = page.locator(".ladder").get_by_role("button", name="Qualified")
    industry = page.locator("#dialog-body [name=industry]")
    rung.click()
    industry.fill("Glue")
    page.keyboard.press("Escape")
    expect(page.locator("#toasts")).to_contain_text(KEPT)
    page.reload()
    rung.click()
    expect(industry).to_have_value("Glue")
    page.context.clear_cookies(name="sessionid")
    industry.press("Enter")
    sign_in_again(page)
    expect(industry).to_have_value("Glue")
    page.get_by_role("button", name="Save and move").click()
    expect(page.locator(".ladder [aria-current]")).to_have_text("Qualified")


def test_a_move_without_a_session_says_that_it_was_not_made(page):
    cards(page, "Project").first.focus()
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Shift+ArrowRight")
    sign_in_again(page)
    page.wait_for_url("**/deals/")
    expect(page.locator("#toasts")).to_contain_text("You had been signed out")


def test_whom_a_new_customer_may_be_is_told_after_a_refusal_and_with_a_draft_too(page):
    page.goto("/customers/")
    known = page.locator("tbody tr a").first.inner_text()
    page.goto("/deals/")
    page.get_by_role("link", name="New deal").click()
    form = page.locator("#dialog [data-deal-form]")
    form.locator("[name=customer_name]").press_sequentially(f"{known} Co", delay=5)
    form.locator("[data-create]").click()
    doubles = form.locator("[data-duplicates]")
    expect(doubles).to_contain_text(known)
    form.locator("[name=amount]").fill("much")
    page.keyboard.press("Control+Enter")
    expect(form.locator("[name=amount]")).to_have_attribute("aria-invalid", "true")
    expect(doubles).to_contain_text(known)
    page.reload()
    page.get_by_role("link", name="New deal").click()
    expect(form.locator("[name=customer_name]")).to_have_value(f"{known} Co")
    expect(doubles).to_contain_text(known)


def test_filters_are_cleared_together(page):
    clear = page.get_by_role("link", name="Clear filters")
    expect(clear).to_be_hidden()
    page.get_by_label("Amount from").fill("100000")
    page.get_by_label("Amount from").press("Tab")
    expect(page).to_have_url(re.compile("amount_min=100000"))
    clear.click()
    expect(page).to_have_url(re.compile("/deals/$"))
    expect(page.get_by_label("Amount from")).to_have_value("")
    expect(clear).to_be_hidden()
