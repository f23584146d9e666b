"""A manager tries what would be otherwise, keeps it as a scenario and compares the two."""

import re

from playwright.sync_api import expect


def set_slider(page, key, position):
    slider = page.locator(f"#slider-{key}")
    slider.fill(str(position))
    return slider


def test_a_slider_is_tried_saved_as_a_scenario_and_compared(open_as):
    page = open_as("manager", path="/plans/1/")
    leads = page.locator("[data-tried=leads]")
    with page.expect_response(lambda r: "what-if" in r.url) as answer:
        set_slider(page, "amount", 150)
    # A ceiling for people on a busy machine; bench.what_if measures it.
    assert answer.value.request.timing["responseEnd"] < 2_000
    expect(leads).not_to_have_text("–")
    assert page.locator("input[name=amount]").input_value() == "150"
    expect(page.locator(".what-if-changes")).to_contain_text("Deal size")
    page.get_by_text("Save as a scenario…").click()
    page.locator("#scenario-name").fill("Dearer")
    save = page.get_by_role("button", name="Save as a scenario", exact=True)
    save.click()
    expect(page.locator("#what-if-problem")).to_contain_text("Say why")
    page.locator("#what-if-reason").fill("New price list")
    save.click()
    page.wait_for_url(re.compile("/scenarios/"))
    head = page.locator(".comparison thead th")
    expect(head.nth(2)).to_have_text("Dearer")
    expect(page.locator(".comparison")).to_contain_text("1.50 times")
    expect(page.locator("[data-chart=scenarios] canvas")).to_be_visible()
    page.goto("/plans/")
    expect(page.locator(".plan-scenario").first).to_contain_text("Dearer")
    page.goto("/plans/1/")
    expect(page.locator(".assumed-badge")).to_have_count(0)


def test_what_it_takes_is_tried_and_kept_as_an_assumption(open_as):
    page = open_as("manager", path="/plans/1/")
    button = page.locator("[data-try=win]")
    button.click()
    assert float(page.locator("input[name=win]").input_value()) > 100
    chance = page.locator("[data-tried=chance]")
    # As of the plan: what it takes of the rates may be more than these people can serve.
    expect(chance).to_have_text(re.compile(r"\d\u202f%"))
    page.locator("[data-reset-sliders]").click()
    set_slider(page, "pace", 80)
    page.locator("#what-if-reason").fill("Quotes within a day")
    page.get_by_role("button", name="Keep as an assumption").click()
    badge = page.locator(".assumed-badge")
    expect(badge).to_contain_text("1 thing")
    expect(page.locator("#assumed")).to_contain_text("Quotes within a day")
    page.locator("#assumed").get_by_role("button", name="Take back").click()
    expect(badge).to_have_count(0)
