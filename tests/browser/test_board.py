"""A rep moves deals with the mouse, by touch and with the keyboard; the worker learns from it."""

import re

from playwright.sync_api import expect


def column(page, name):
    return page.locator(".board-column", has=page.get_by_role("heading", name=re.compile(name)))


def cards(page, name):
    return column(page, name).locator(".deal-card")


def count_of(page, name):
    return int(column(page, name).locator(".column-count").inner_text())


def drag(page, card, target):
    start, end = card.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 60, steps=12)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 70, steps=2)
    page.mouse.up()


def test_a_deal_is_dragged_to_won_and_the_move_is_undone(open_as):
    page = open_as("rep", path="/deals/")
    won, negotiating = count_of(page, "Won"), count_of(page, "Negotiation")
    card = cards(page, "Negotiation").first
    deal = card.get_attribute("id")
    drag(page, card, column(page, "Won").locator(".cards"))

    expect(column(page, "Won").locator(f"#{deal}")).to_be_visible()
    expect(column(page, "Won").locator(".column-count")).to_have_text(str(won + 1))
    expect(column(page, "Negotiation").locator(".column-count")).to_have_text(str(negotiating - 1))
    page.get_by_role("button", name="Undo").click()
    expect(column(page, "Negotiation").locator(f"#{deal}")).to_be_visible()
    page.reload()
    assert (count_of(page, "Won"), count_of(page, "Negotiation")) == (won, negotiating)


def test_a_deal_is_moved_with_the_keyboard_alone(open_as):
    page = open_as("rep", path="/deals/")
    proposals = count_of(page, "Proposal")
    card = cards(page, "Project").nth(1)
    deal = card.get_attribute("id")
    card.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(column(page, "Proposal").locator(f"#{deal}")).to_be_focused()
    expect(column(page, "Proposal").locator(".column-count")).to_have_text(str(proposals + 1))
    expect(page.locator("#board-live")).to_contain_text("Proposal")
    page.reload()
    expect(column(page, "Proposal").locator(f"#{deal}")).to_be_visible()


def test_lost_asks_why_and_escape_puts_the_card_back(open_as):
    page = open_as("rep", path="/deals/")
    lost = count_of(page, "Lost")
    card = cards(page, "Proposal").first
    deal = card.get_attribute("id")
    drag(page, card, column(page, "Lost").locator(".cards"))
    dialog = page.locator("#lost-dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(column(page, "Proposal").locator(f"#{deal}")).to_be_visible()
    assert count_of(page, "Lost") == lost

    drag(page, page.locator(f"#{deal}"), column(page, "Lost").locator(".cards"))
    dialog.locator("[name=lost_reason]").first.wait_for(state="attached")
    choose_reason(dialog)
    dialog.locator("button.btn-primary, button.btn-danger").first.click()
    expect(column(page, "Lost").locator(f"#{deal}")).to_be_visible()
    expect(column(page, "Lost").locator(".column-count")).to_have_text(str(lost + 1))


def choose_reason(dialog):
    field = dialog.locator("[name=lost_reason]").first
    if field.evaluate("e => e.tagName") == "SELECT":
        field.select_option(index=1)
    else:
        field.check(force=True)


def test_by_touch_one_column_at_a_time(open_as):
    page = open_as("rep", path="/deals/", width="phone", touch=True)
    expect(page.locator(".board-tabs")).to_be_visible()
    page.locator(".board-tabs > *").nth(1).tap()
    expect(cards(page, "Proposal").first).to_be_in_viewport()
    menu = cards(page, "Proposal").first.locator("[data-move-menu]")
    menu.tap()
    expect(page.locator("#move-dialog")).to_be_visible()


def test_after_a_win_the_worker_changes_the_rates(open_as):
    page = open_as("rep", path="/deals/")
    before = advanced(page)
    page.goto("/deals/")
    card = cards(page, "Negotiation").first
    card.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    for _ in range(60):
        if advanced(page) == before + 1:
            break
        page.wait_for_timeout(500)
    assert advanced(page) == before + 1
    page.goto("/funnel/")
    expect(page.locator("table")).to_contain_text(f"{before + 1}")


def advanced(page):
    answer = page.request.get("/api/v1/estimates/latest/?pipeline=1")
    assert answer.ok, answer.text()
    return next(s for s in answer.json()["stages"] if s["name"] == "Negotiation")["advanced"]


def test_a_new_deal_is_typed_without_leaving_the_keyboard(open_as):
    page = open_as("rep", path="/deals/")
    projects = count_of(page, "Project")
    page.get_by_role("link", name="New deal").first.click()
    expect(page.locator("#dialog [name=customer_name]")).to_be_focused()
    page.keyboard.type("Ocean Spring Beverages", delay=5)
    page.locator("#dialog [data-create]").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog [name=amount]")).to_be_focused()
    page.keyboard.type("250000")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog [name=amount]")).to_be_hidden()
    page.goto("/deals/")
    assert count_of(page, "Project") == projects + 1
    expect(cards(page, "Project").filter(has_text="Ocean Spring Beverages")).to_contain_text(
        "250,000"
    )


def test_a_deal_without_its_customer_is_refused_beside_the_field(open_as):
    page = open_as("rep", path="/deals/")
    page.get_by_role("link", name="New deal").first.click()
    page.locator("#dialog [name=name]").fill("A line for nobody")
    page.locator("#dialog [name=amount]").fill("12000")
    page.locator("#dialog button.btn-primary").last.click()
    expect(page.locator("#dialog .invalid-feedback").first).to_be_visible()
    expect(page.locator("#dialog [name=name]")).to_have_value("A line for nobody")


def test_the_days_on_a_card_stand_in_one_line(open_as):
    page = open_as("manager", path="/deals/")
    heights = page.locator(".deal-age").evaluate_all("all => all.map((e) => e.offsetHeight)")
    assert len(heights) > 10
    assert max(heights) < 1.5 * min(heights)
