"""The tab bar of a phone."""

import re
import uuid

from playwright.sync_api import expect


def test_a_manager_reaches_every_part_by_touch(open_as):
    page = open_as("manager", width="phone", touch=True)
    bar = page.locator(".tabbar")
    more = bar.get_by_role("button", name="More")
    expect(bar.get_by_role("link", name="Inbox")).to_be_hidden()
    more.tap()
    expect(more).to_have_attribute("aria-expanded", "true")
    for part in ["Inbox", "Plan", "Playbook", "Me"]:
        named = bar.get_by_role("link", name=re.compile(f"^{part}"))  # Leads may wait there.
        expect(named).to_be_in_viewport(ratio=1)
    bar.get_by_role("link", name="Playbook").tap()
    page.wait_for_url("**/playbook/")
    expect(more).to_have_attribute("aria-current", "true")
    more.tap()
    page.locator("h1").tap()
    expect(bar.get_by_role("link", name="Inbox")).to_be_hidden()


def test_more_is_worked_with_keys_and_tells_what_waits(open_as):
    page = open_as("manager", path="/customers/", width="phone")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    page.request.post(
        "/inbox/new/",
        form={"name": f"Mill {uuid.uuid4().hex[:8]}", "csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
    )
    page.goto("/inbox/?whose=nobody")
    page.locator("#leads").get_by_role("button", name="Take").first.click()
    expect(page.locator("#toasts")).to_contain_text("yours")
    more = page.locator(".tabbar").get_by_role("button", name="More")
    page.goto("/customers/")
    expect(more).to_have_accessible_name(re.compile(r"More \d+ waits? for you"))
    expect(more.locator(".nav-count")).to_be_visible()
    more.press("Enter")
    page.keyboard.press("ArrowDown")
    inbox = page.locator(".tabbar").get_by_role("link", name="Inbox")
    expect(inbox).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(inbox).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/")
