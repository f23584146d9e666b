"""What an administrator wrote outlives a session that expired meanwhile."""

import re

from playwright.sync_api import expect


def sign_in_again(page):
    page.wait_for_url(re.compile("/accounts/login/"))
    page.fill("input[name=login]", "manager@billion.example")
    page.fill("input[name=password]", "stepwise-demo")
    page.click("form[action*=login] button.btn-primary")


def test_a_play_with_new_lines_and_templates_outlives_the_session(open_as):
    page = open_as("manager", path="/playbook/")
    page.get_by_role("link", name="Write the play of Lost").click()
    lines = page.locator("#play-form [name=line]").count()
    page.locator("[name=advice]").fill("Ask who was chosen, and why.")
    page.get_by_role("button", name="Add a line").click()
    page.locator("#play-form [name=line]").last.fill("Thank them all the same")
    page.get_by_role("button", name="Add a template").click()
    page.locator("#play-form [name=script_name]").last.fill("A last letter")
    page.locator("#play-form [name=script_text]").last.fill("Dear {contact}, until next time.")
    page.context.clear_cookies(name="sessionid")
    page.locator("#play-form [data-plain-submit]").click()
    sign_in_again(page)

    expect(page.locator("[name=advice]")).to_have_value("Ask who was chosen, and why.")
    expect(page.locator("#play-form [name=line]")).to_have_count(lines + 1)
    expect(page.locator("#play-form [name=line]").last).to_have_value("Thank them all the same")
    text = page.locator("#play-form [name=script_text]").last
    expect(text).to_have_value("Dear {contact}, until next time.")
    page.locator("#play-form [data-plain-submit]").click()
    expect(page.locator(".toast-box")).to_contain_text("Lost")
    page.get_by_role("link", name="Write the play of Lost").click()
    expect(page.locator("#play-form [name=line]").last).to_have_value("Thank them all the same")
    expect(page.locator(".draft-note")).to_have_count(0)
