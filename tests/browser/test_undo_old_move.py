"""A move that was not made just now is withdrawn after a question, and brought back."""

import re

import pytest
from playwright.sync_api import expect

QUESTION = re.compile(r"Withdraw the move “.+ → .+” of \d+ \w+ \d{4}\?")


@pytest.fixture
def answer():
    """``answer(page, accept=False)``: how the next questions are answered; what was asked."""

    def on(page, *, accept):
        asked = []

        def reply(dialog):
            asked.append(dialog.message)
            dialog.accept() if accept else dialog.dismiss()

        page.once("dialog", reply)
        return asked

    return on


def test_a_deals_old_move_is_asked_about_and_comes_back(open_as, answer):
    page = open_as("admin", path="/deals/list/?status=won")
    page.locator("tbody tr a[href^='/deals/']").last.click()
    undo = page.get_by_role("button", name="Undo last move")
    here = page.locator("[aria-current='step']").first
    won = here.inner_text()
    asked = answer(page, accept=False)
    undo.click()
    assert QUESTION.fullmatch(asked[0]), asked
    expect(here).to_have_text(won)
    answer(page, accept=True)
    undo.click()
    message = page.locator(".toast-box", has_text="is back in")
    message.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast-box", has_text="Won: ")).to_be_visible()
    expect(here).to_have_text(won)


def test_a_customers_old_move_is_asked_about_and_comes_back(open_as, answer):
    page = open_as("admin")
    page.goto(f"/customers/{moved_long_ago(page)}/")
    undo = page.locator(".timeline-entry form button", has_text="Undo")
    here = page.locator(".rung.is-here")
    stood = here.inner_text()
    asked = answer(page, accept=False)
    undo.click()
    assert QUESTION.fullmatch(asked[0]), asked
    expect(here).to_have_text(stood)
    answer(page, accept=True)
    undo.click()
    expect(here).not_to_have_text(stood)
    message = page.locator(".toast-box", has_text="The move is withdrawn.")
    message.get_by_role("button", name="Undo").click()
    expect(here).to_have_text(stood)


def moved_long_ago(page):
    """A customer whose last move is old and stands on the first page of its timeline."""
    query = {"ordering": "at", "page_size": 200}
    rows = page.request.get("/api/v1/lifecycle-changes/", params=query).json()["results"]
    for row in rows:
        query = {"customer": row["customer"], "ordering": "-at"}
        found = page.request.get("/api/v1/lifecycle-changes/", params=query).json()["results"]
        page.goto(f"/customers/{row['customer']}/")
        if found[0]["from_stage"] and page.locator(".timeline-entry form button").count() == 1:
            return row["customer"]
    raise AssertionError("nobody has moved long ago")
