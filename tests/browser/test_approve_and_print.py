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


def test_an_approval_is_taken_back_and_undone(own_plan):
    page, _address = own_plan
    page.locator("[data-approve]").click()
    expect(page.locator("#plan-status")).to_contain_text("approved")
    page.locator("[data-take-approval-back]").click()
    expect(page.locator("#plan-status")).to_contain_text("draft")
    expect(page.locator("[data-approve]")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#plan-status")).to_contain_text("approved")
    # What is typed is not lost without a question.
    page.locator("#plan-target").fill("21 M")
    expect(page.locator("#plan-state")).to_have_class(re.compile("is-unsaved"))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator("[data-take-approval-back]").click()
    assert "would be lost" in asked[0]
    expect(page.locator("#plan-status")).to_contain_text("approved")


def test_a_rep_neither_sees_nor_approves_a_plan(own_plan, open_as):
    page, address = own_plan
    rep = open_as("rep")
    assert rep.request.get(address).status == 404
    cookies = {cookie["name"]: cookie["value"] for cookie in rep.context.cookies()}
    headers = {"X-CSRFToken": cookies["csrftoken"], "Referer": rep.url}
    assert rep.request.post(f"{address}approve/", headers=headers).status == 404
    page.reload()
    expect(page.locator("#plan-status")).to_contain_text("draft")


def test_on_paper_every_table_is_there_and_nothing_to_press(own_plan):
    page, _address = own_plan
    expect(page.locator("#plan-risk .chart canvas")).to_be_visible()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".verdict-text")).to_be_visible()
    tables = page.locator("#plan-result table, #plan-risk table").all()
    assert len(tables) >= 1 + 4 + 1
    for table in tables:
        expect(table).to_be_visible()
    for hidden in (".sidebar", ".topbar", ".plan-inputs", ".page-actions", ".hires-head .btn"):
        expect(page.locator(hidden).first).to_be_hidden()
    paper = page.pdf(prefer_css_page_size=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", paper))
    assert 2 <= sheets <= 12


# Of each chart: what stands above it in its card, whether paper may part them, and the card.
PARTED = """() => [...document.querySelectorAll(".chart")].map((chart) => {
  const above = [];
  for (let each = chart.previousElementSibling; each; each = each.previousElementSibling)
    above.push(getComputedStyle(each).breakAfter);
  const of = (element) => getComputedStyle(element).breakInside;
  return { above, chart: of(chart), card: of(chart.closest(".card")) };
})"""


def test_on_paper_no_chart_is_parted_from_its_heading(own_plan):
    page, _address = own_plan
    expect(page.locator("#plan-risk .chart canvas")).to_be_visible()
    page.emulate_media(media="print")
    charts = page.evaluate(PARTED)
    assert len(charts) == 2
    for chart in charts:
        assert set(chart["above"]) == {"avoid"}
        assert (chart["chart"], chart["card"]) == ("avoid", "avoid")
