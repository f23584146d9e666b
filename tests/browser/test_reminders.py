"""What is due rings the bell, is put off there by keys, and goes out by mail: with real workers."""

import time
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

# The demo company's clock stands at nine on the first day of 2002.
JUST_NOW = "2002-01-01T08:59"


@pytest.fixture
def told(open_as):
    """A page whose bell has rung for a call, and the subject of the call."""
    page = open_as("rep", path="/customers/")
    subject = f"Ring about {uuid.uuid4().hex[:8]}"
    customer = page.locator("tbody tr a").first.get_attribute("href").strip("/").split("/")[-1]
    page.goto(f"/activities/new/?customer={customer}")
    page.locator("main [name=subject]").fill(subject)
    page.locator("main [name=due_at]").fill(JUST_NOW)
    page.locator("main form button.btn-primary").click()
    expect(page.locator(".toast-box", has_text="Planned.")).to_be_visible()
    return page, wait_for(page, subject)


def wait_for(page, subject, seconds=75):
    """The worker is woken at once; were the message lost, it comes every minute."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.goto("/notices/")
        if page.locator("main .notice.is-unread", has_text=subject).count():
            return subject
        time.sleep(0.5)
    raise AssertionError(f"nobody was told of {subject!r}")


def test_a_call_that_is_due_rings_and_is_snoozed_and_taken_back_by_keys(told):
    page, subject = told
    expect(page.locator("#bell .bell-count")).to_be_visible()
    before = page.locator("#bell .bell-count").inner_text()
    page.locator("h1").click()
    page.keyboard.press("b")
    row = page.locator("#notices .notice", has_text=subject)
    expect(row.get_by_role("link")).to_be_visible()
    expect(page.locator("#notices .notices-head a")).to_be_focused()
    summary = row.locator("summary")
    for _ in range(40):
        page.keyboard.press("Tab")
        if summary.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(row.get_by_role("button", name="15 minutes")).to_be_focused()
    page.keyboard.press("Enter")
    toast = page.locator(".toast-box", has_text="You will be reminded at 1 Jan 2002, 09:15.")
    expect(toast).to_be_visible()
    expect(row.locator("summary")).to_have_count(0)
    expect(page.locator("#bell .bell-count", has_text=before)).to_have_count(0)
    with page.expect_navigation():
        toast.get_by_role("button", name="Undo").click()
    page.goto("/notices/?show=unread")
    expect(page.locator("main .notice", has_text=subject)).to_be_visible()


def test_opening_a_notice_reads_it_and_leads_to_the_customer(told):
    page, subject = told
    page.locator("main .notice", has_text=subject).get_by_role("link").click()
    page.wait_for_url("**/customers/*/")
    expect(page.locator("main")).to_contain_text(subject)
    page.goto("/notices/?show=unread")
    expect(page.locator("main .notice", has_text=subject)).to_have_count(0)


def test_without_mail_settings_the_worker_writes_the_letter_to_a_file(told, stack):
    _page, subject = told
    folder, until = Path(stack.env["DATA_DIR"]) / "mail", time.monotonic() + 75
    while time.monotonic() < until:
        if any(f"\nCall: {subject}\n" in each.read_text() for each in folder.glob("*")):
            return
        time.sleep(0.5)
    raise AssertionError("no letter was written")


@pytest.mark.parametrize("width", ["wide", "phone"])
def test_the_calendar_address_is_copied_and_renewed(open_as, width):
    page = open_as("rep", path="/me/", width=width)
    address = page.locator("#calendar-url")
    old = address.input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator(".toast-box", has_text="Copied.")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Make a new address").click()
    expect(page.locator(".toast-box", has_text="new address")).to_be_visible()
    assert address.input_value() != old
    assert page.locator("html").evaluate("e => e.scrollWidth <= window.innerWidth")
