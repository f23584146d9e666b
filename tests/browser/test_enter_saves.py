"""Enter in a field of a dialog saves, also where the dialog can put away what it shows."""

from playwright.sync_api import expect


def test_a_contact_is_saved_and_not_archived(open_as):
    page = open_as("admin", path="/customers/")
    page.locator("tbody tr a").nth(5).click()
    page.wait_for_url("**/customers/*/")
    contacts = page.locator(".contacts a[href*='/contacts/']")
    contacts.first.click()
    name = page.locator("#dialog [name=name]")
    renamed = f"{name.input_value()} Jr"
    name.fill(renamed)
    name.press("Enter")
    expect(contacts.filter(has_text=renamed)).to_be_visible()
    expect(page.locator("#toasts")).not_to_contain_text("archived")


def test_who_works_here_is_saved_and_not_deleted(open_as):
    page = open_as("manager", path="/plans/people/")
    people = page.locator("[hx-get*='/people/staff/']:not([hx-get$='/new/'])")
    before = people.count()
    people.first.click()
    page.locator("#dialog input[type=text], #dialog input[type=number]").first.press("Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    page.reload()
    expect(people).to_have_count(before)
