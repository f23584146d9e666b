"""A manager makes a plan of a team, whose own people carry it."""

from playwright.sync_api import expect


def test_a_plan_of_a_team_is_made_and_shown_as_such(open_as):
    page = open_as("manager")
    page.goto("/plans/")
    page.get_by_role("link", name="New plan").click()
    dialog = page.locator("#dialog-body")
    dialog.locator("[name=name]").fill("East of ours")
    dialog.locator("[name=target]").fill("3千万元")
    dialog.locator("[name=team]").select_option(label="East China")
    dialog.get_by_role("button", name="Create and solve").click()
    expect(page.get_by_role("heading", name="East of ours")).to_be_visible()
    expect(page.locator(".page-header")).to_contain_text("East China")
    expect(page.locator("#plan-target")).to_have_value("30,000,000")
    page.goto("/plans/")
    row = page.get_by_role("row").filter(has_text="East of ours")
    expect(row).to_contain_text("East China")
