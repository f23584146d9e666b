"""A manager brings a fair's list into the inbox, and takes it back."""

import pytest
from playwright.sync_api import expect


def chosen(page, tmp_path, text):
    """The dialog with a file chosen in it."""
    file = tmp_path / "fair.csv"
    file.write_text(text, encoding="utf-8-sig")
    page.keyboard.press("i")
    dialog = page.locator("#dialog")
    dialog.locator("[type=file]").set_input_files(file)
    return dialog


@pytest.mark.parametrize("width", ["wide", "phone"])
def test_a_list_is_looked_at_imported_and_taken_back(open_as, tmp_path, width):
    page = open_as("manager", path="/customers/", width=width)
    known = page.locator("tbody tr a").nth(2).inner_text()
    page.goto("/inbox/")
    text = (
        f"Firm,Person,Mail of {width},Memo\n"
        f"Ice Cream of {width},Zhao Min,zhao@{width}.example,Wants a filler\n"
        f"{known},Qian Lei,qian@{width}.example,Met before\n"
        f"Tea of {width},Li Na,li na,\n"
    )
    dialog = chosen(page, tmp_path, text)
    expect(dialog.get_by_text("3 rows: 2 new leads, 1 here already")).to_be_visible()
    row = dialog.locator(".lead-rows").last.locator("tr", has_text=known).first
    expect(row.get_by_role("link", name=known)).to_be_visible()

    # The heading of a column says nothing; it is chosen by hand, and then tells what is wrong.
    dialog.get_by_label("Email", exact=True).select_option(label=f"Mail of {width}")
    expect(dialog.get_by_text("Enter a valid email address.").first).to_be_visible()
    expect(dialog.get_by_text("1 with an error")).to_be_visible()
    expect(dialog.get_by_role("button", name="Import 1 lead")).to_be_enabled()
    tick = dialog.get_by_label("Import all the same")
    tick.focus()
    tick.press("Space")
    button = dialog.get_by_role("button", name="Import 2 leads")
    expect(button).to_be_enabled()
    expect(tick).to_be_focused()
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0

    button.click()
    expect(dialog.get_by_text("2 new leads are in the inbox.")).to_be_visible(timeout=30_000)
    dialog.get_by_text("1 row was left out").click()
    expect(dialog.get_by_text("Line 4:")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("#leads").get_by_text(f"Ice Cream of {width}")).to_be_visible()

    again = chosen(page, tmp_path, text)
    expect(again.get_by_text("This row was imported before.").first).to_be_visible()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("i")
    page.locator(".lead-imports").get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("2 leads are taken back")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="To the inbox").click()
    expect(page.locator("#leads")).to_be_visible()
    expect(page.locator("#leads").get_by_text(f"Ice Cream of {width}")).to_have_count(0)
