"""A customer that is here twice is merged, and parted again, on a screen and on a phone."""

import re
import uuid

import pytest
from playwright.sync_api import expect

WORDS = {
    "en": {
        "compare": "Compare",
        "merge": "Merge",
        "with": "Merge with…",
        "undo": "Undo the merge",
        "own": "customer of its own again",
    },
    "zh-hans": {
        "compare": "比较",
        "merge": "合并",
        "with": "合并…",
        "undo": "撤销合并",
        "own": "已重新成为独立客户",
    },
}


def some_phone():
    return f"021 {uuid.uuid4().int % 10**8:08d}"


def make(page, name, phone):
    page.goto("/customers/new/")
    page.fill("[name=name]", name)
    page.fill("[name=phone]", phone)
    page.locator("[name=phone]").press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    return page.url


@pytest.mark.parametrize(("width", "language"), [("wide", "en"), ("phone", "zh-hans")])
def test_a_double_is_compared_merged_and_parted_again(open_as, width, language):
    say, name = WORDS[language], f"Quarry {uuid.uuid4().hex[:8]}"
    page = open_as("rep", path="/customers/", width=width, language=language)
    phone, other_phone = some_phone(), some_phone()
    double = make(page, f"{name} Ltd", other_phone)
    survivor = make(page, name, phone)

    page.get_by_role("link", name=say["with"]).click()
    page.locator(".near").get_by_role("link").first.click()
    expect(page.locator("[name=phone][value=other]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("[name=phone][value=other]").check()
    page.locator(".merge").get_by_role("button", name=say["merge"], exact=True).click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".facts")).to_contain_text(other_phone)
    page.goto(double)
    expect(page).to_have_url(survivor)

    page.get_by_role("button", name=say["undo"]).click()
    expect(page.locator("#toasts")).to_contain_text(say["own"])
    expect(page.locator(".facts")).to_contain_text(phone)
    page.goto(double)
    expect(page.locator("h1")).to_have_text(f"{name} Ltd")


def test_a_pair_of_the_list_is_merged_and_the_toast_takes_it_back(open_as):
    name = f"Quarry {uuid.uuid4().hex[:8]}"
    page = open_as("rep", path="/customers/")
    for ending in ("", " Ltd"):
        make(page, f"{name}{ending}", "")
    page.goto("/customers/merges/")
    page.get_by_role("link", name=f"Compare {name} and {name} Ltd").click()
    page.locator(".merge").get_by_role("button", name="Merge", exact=True).click()
    page.locator(".toast-box").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text(WORDS["en"]["own"])
    page.goto("/customers/merges/")
    expect(page.locator(".pairs li", has_text=f"{name} Ltd →")).to_contain_text("Undone")
