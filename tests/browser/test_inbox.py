"""A lead comes, is assigned by a rule, a rep logs a call, and its timer stops."""

import re
import uuid

import pytest
from playwright.sync_api import expect


@pytest.fixture
def lead():
    return f"Quarry {uuid.uuid4().hex[:8]} Works"


def rule_for_me(page, region):
    """A manager's rule that gives a region's leads to Li Wei, before all others."""
    page.goto("/inbox/rules/")
    page.keyboard.press("c")
    dialog = page.locator("#dialog")
    dialog.locator("[name=name]").fill(region)
    dialog.locator("[name=regions]").fill(region)
    dialog.get_by_text("One person").click()
    dialog.locator("[name=person]").select_option(label="Li Wei")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("tbody tr", has_text=region)).to_contain_text("Li Wei")


def type_lead(page, name, region):
    page.keyboard.press("n")
    page.locator("#quick-add").get_by_text("New lead").click()
    dialog = page.locator("#dialog-body")
    dialog.locator("[name=name]").fill(name)
    dialog.locator("[name=region]").fill(region)
    dialog.get_by_role("button", name="Add lead").click()


def row_of(page, name):
    return page.locator("#leads tbody tr", has_text=name)


def test_a_lead_is_assigned_and_its_timer_stops_with_a_call(open_as, lead):
    region = uuid.uuid4().hex[:8]
    manager = open_as("manager", path="/inbox/")
    rule_for_me(manager, region)
    manager.locator("[name=region]").fill(region.upper())
    expect(manager.locator("#tried")).to_contain_text("Li Wei would get it now")
    manager.goto("/inbox/")
    type_lead(manager, lead, region)
    expect(row_of(manager, lead)).to_contain_text("Li Wei")

    rep = open_as("rep")
    expect(rep.locator(".sidebar .nav-count")).to_be_visible()
    rep.keyboard.press("g")
    rep.keyboard.press("i")
    rep.wait_for_url("**/inbox/")
    expect(row_of(rep, lead).locator(".lead-timer")).to_contain_text("left")
    row_of(rep, lead).get_by_role("link", name="Log a call").click()
    rep.locator("#dialog").get_by_role("button", name="Save").click()
    expect(row_of(rep, lead)).to_have_count(0)
    rep.get_by_role("link", name="Answered").click()
    expect(row_of(rep, lead)).to_contain_text("answered in time")
    rep.goto("/inbox/?whose=mine")
    expect(row_of(rep, lead)).to_have_count(0)


def test_a_manager_gives_a_lead_that_nobody_has_and_undoes_it(open_as, lead):
    page = open_as("manager", path="/inbox/?whose=nobody")
    type_lead(page, lead, "Nowhere")
    page.wait_for_url(re.compile(r"/inbox/$"))
    expect(row_of(page, lead)).to_contain_text("Nobody's")
    row_of(page, lead).get_by_role("link", name="Assign").click()
    page.locator("#dialog [name=owner]").select_option(label="Zhou Qing")
    page.locator("#dialog").get_by_role("button", name="Assign").click()
    expect(row_of(page, lead)).to_contain_text("Zhou Qing")
    page.get_by_role("button", name="Undo").click()
    expect(row_of(page, lead)).to_contain_text("Nobody's")
    row_of(page, lead).get_by_role("button", name="Take").click()
    expect(row_of(page, lead)).to_contain_text("Zhao Min")


def test_a_lead_that_is_given_up_leaves_the_inbox_until_that_is_undone(open_as, lead):
    page = open_as("manager", path="/inbox/")
    type_lead(page, lead, "Nowhere")
    row_of(page, lead).get_by_role("link", name=lead).click()
    banner = page.get_by_text("A new lead without an answer:")
    expect(banner).to_be_visible()
    page.locator(".ladder").get_by_role("button", name="Given up").click()
    expect(page.locator(".toast-box", has_text="is now Given up")).to_be_visible()
    expect(banner).to_have_count(0)
    page.goto("/inbox/")
    expect(row_of(page, lead)).to_have_count(0)
    page.get_by_role("link", name="Given up").click()
    expect(row_of(page, lead)).to_contain_text("given up without an answer")
    row_of(page, lead).get_by_role("link", name=lead).click()
    page.locator(".timeline-entry form button", has_text="Undo").click()
    expect(banner).to_be_visible()
    page.goto("/inbox/")
    expect(row_of(page, lead).locator(".lead-timer")).to_contain_text("left")


def test_the_inbox_is_read_on_a_phone_in_chinese(open_as):
    page = open_as("rep", path="/inbox/", width="phone", language="zh-hans")
    expect(page.locator(".tabbar").get_by_text("收件箱")).to_be_visible()
    expect(page.locator("h1")).to_have_text("收件箱")
