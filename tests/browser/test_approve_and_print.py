"""A plan is approved by whoever may, and goes onto paper with all its tables."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def own_plan(stack, open_as, request):
    """A plan of the test's own, so that no other finds it approved: a page of the manager's on it,
    and its address."""
    page = open_as("manager")
    scopes = ("--scopes", "read,write,plan")
    key = stack.manage("create_api_key", "--user", "manager@billion.example", *scopes).strip()
    plan = {"name": request.node.originalname, "year": 2002, "pipeline": 1, "target": "20000000.00"}
    answer = page.request.post(
        "/api/v1/plans/",
        data=plan | {"currency": "CNY", "confidence": 80},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status == 201, answer.text()
    address = f"/plans/{answer.json()['id']}/"
    page.goto(address)
    return page, address


def test_a_manager_approves_and_a_changed_target_makes_it_a_draft_again(own_plan, open_as):
    page, address = own_plan
    page.locator("[data-approve]").click()
    expect(page.locator("#plan-status")).to_contain_text("approved")
    expect(page.locator("[data-approve]")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#plan-target").fill("21 M")
    page.locator("[data-save]").click()
    expect(page.locator("#plan-status")).to_contain_text("draft")
    rep = open_as("rep")
    assert rep.request.get(address).status == 404


def test_on_paper_every_table_is_there_and_nothing_to_press(own_plan):
    page, _address = own_plan
    expect(page.locator("#plan-risk .chart canvas")).to_be_visible()
    page.emulate_media(media="print")
    for shown in (".verdict-text", ".requirements", "#plan-risk .risk-table"):
        expect(page.locator(shown).first).to_be_visible()
    for hidden in (".sidebar", ".topbar", ".plan-inputs", ".page-actions"):
        expect(page.locator(hidden).first).to_be_hidden()
    paper = page.pdf(prefer_css_page_size=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))
    assert 2 <= sheets <= 12
