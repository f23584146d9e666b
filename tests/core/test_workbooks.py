"""Tables as sheets of a workbook, and as CSV."""

import io
from datetime import date
from decimal import Decimal

import pandas
import pytest
from django.utils import translation
from openpyxl import load_workbook

from core.tables import Figure, Table, counts, table_csv
from core.workbooks import Sheet, workbook_file

DANGEROUS = ['=HYPERLINK("http://x.example","y")', "+1+1", "-2+3", "@SUM(A1)", "\tx"]


def opened(*sheets, title="T", currency="CNY", **how):
    return load_workbook(io.BytesIO(workbook_file(sheets, title=title, currency=currency)), **how)


def table(rows, heads=("What", "Value"), **fields):
    return Table(slug="t", title="Title", heads=heads, rows=rows, **fields)


def below_heads(page, heads_at=2):
    return list(page.iter_rows(min_row=heads_at + 1, values_only=True))


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_stays_text_whatever_it_begins_with(text):
    book = opened(Sheet(text, [table([[text, text]], heads=(text, "x"), lead=[text])]), title=text)
    for row in book.worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in row)
    assert below_heads(book.worksheets[0], 3)[0] == (text, text)
    assert f"'{text}" in table_csv(table([[text, "x"]])).replace('""', '"')


def test_letters_that_excel_refuses_are_left_out():
    book = opened(Sheet("a:b/c?*[]\\" + "x" * 40, [table([["a\x00b\x1f", None]])]))
    assert below_heads(book.worksheets[0])[0][0] == "ab"
    assert len(book.sheetnames[0]) <= 31
    cut = opened(Sheet("x" * 30 + "'y", [table([])])).sheetnames
    assert cut == ["x" * 30]


def test_sheets_of_one_name_are_told_apart():
    page = Sheet("Same", [table([])])
    assert opened(page, Sheet("same", [table([])])).sheetnames == ["Same", "same 2"]


def test_numbers_are_numbers_in_the_currency_and_the_readers_way_of_dates():
    rows = [
        [Figure(Decimal("1234.567"), "money"), Figure(0.25, "share")],
        [Figure(date(2002, 1, 1), "month"), Figure(None, "count")],
    ]
    for language, pattern in (("en", "mmm yyyy"), ("zh-hans", 'yyyy"年"m"月"')):
        with translation.override(language):
            page = opened(Sheet("S", [table(rows)])).worksheets[0]
        money, share, month, nothing = (cell for row in page["A3:B4"] for cell in row)
        assert (money.value, money.number_format) == (1234.57, '"¥"#,##0.00')
        assert (share.value, share.number_format) == (0.25, "0.0%")
        assert (month.value.date(), month.number_format) == (date(2002, 1, 1), pattern)
        assert nothing.value is None


def test_sums_that_are_exact_are_formulas():
    page = opened(Sheet("S", [table([["a", *counts([3, 4])]], heads=("x", "J", "F", "Y"))]))
    assert page.worksheets[0]["D3"].value == "=SUM(B3:C3)"


def test_sums_stand_in_the_file_for_viewers_that_do_not_reckon():
    money = [Figure(Decimal(text), "money") for text in ("0.10", "0.20")]
    rows = [["a", money[0]], ["b", money[1]], ["all", Figure(Decimal("0.30"), "money", above=2)]]
    rows.append(["counts", *counts([3, 4])])
    page = opened(Sheet("S", [table(rows, heads=("x", "y", "z", "all"))]), data_only=True)["S"]
    assert (page["B5"].value, page["D6"].value) == (0.3, 7)
    content = workbook_file([Sheet("S", [table(rows)])], title="T", currency="CNY")
    frame = pandas.read_excel(io.BytesIO(content), header=1)
    assert frame.iloc[2, 1] == 0.3


def test_what_is_unknown_is_an_empty_cell():
    row = [Figure(float("nan"), "money"), Figure(None, "share"), Figure(None, "month")]
    assert below_heads(opened(Sheet("S", [table([row])])).worksheets[0]) == [(None, None, None)]


def test_heads_stay_in_sight_and_print_on_every_page():
    page = opened(Sheet("S", [table([["a", "b"]], lead=["Said."])])).worksheets[0]
    assert page.freeze_panes == "B4"
    assert page.print_title_rows == "$3:$3"
    assert page.page_setup.orientation == "landscape"
    # One page wide, which is what Excel takes where nothing is said, and as long as need be.
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth in (None, 1), page.page_setup.fitToHeight) == (True, 0)


def test_csv_has_months_and_unrounded_shares_as_machines_read_them():
    rows = [[Figure(date(2002, 3, 1), "month"), Figure(1 / 3, "share"), Figure(2.5, "money")]]
    lines = table_csv(table(rows, heads=("Month", "Share", "Money"))).splitlines()
    assert lines == ["\ufeffMonth,Share,Money", "2002-03,0.3333333333333333,2.50"]
