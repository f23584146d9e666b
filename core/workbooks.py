"""Excel workbooks of tables, written row by row so that large ones need little memory."""

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import translation
from xlsxwriter.utility import xl_range

from core.api.csv import STARTS_A_FORMULA
from core.tables import CENT, Cell, Figure, Kind, Table
from core.templatetags.figures import currency_symbol

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A4 = 9
LONGEST_NAME = 31
LONGEST_TEXT = 32_767
LONGEST_MARGIN = 100
NARROWEST, WIDEST = 11, 44
WIDE_LETTERS = re.compile(r"[\u2e80-\uffef]")
REFUSED_LETTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

HEAD = {"bold": True, "bg_color": "#E8E6E0", "bottom": 1, "bottom_color": "#8A8F98"}
TITLE = {"bold": True, "font_size": 14}


@dataclass(frozen=True)
class Sheet:
    """Tables below each other; the heads of the first stay in sight."""

    name: str
    tables: Sequence[Table]


def workbook_file(sheets: Sequence[Sheet], *, title: str, currency: str) -> bytes:
    """``currency`` is that of all money in it. Text stays text, whatever it begins with."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    book.set_properties({"title": _clean(title), "author": "Stepwise"})
    styles, taken = _Styles(book, _formats(currency)), set[str]()
    for sheet in sheets:
        _write(book.add_worksheet(_sheet_name(sheet.name, taken)), sheet, styles, title)
    book.close()
    return out.getvalue()


def _formats(currency: str) -> dict[Kind, str]:
    is_chinese = (translation.get_language() or "").startswith("zh")
    symbol = currency_symbol(currency).replace('"', "")
    return {
        "count": "#,##0",
        "money": f'"{symbol}"#,##0.00' if symbol else "#,##0.00",
        "share": "0.0%",
        "decimal": "#,##0.0##",
        "month": 'yyyy"年"m"月"' if is_chinese else "mmm yyyy",
        "day": 'yyyy"年"m"月"d"日"' if is_chinese else "d mmm yyyy",
    }


@dataclass
class _Styles:
    """Looks of cells, each made once: a workbook holds only so many."""

    book: Any
    formats: dict[Kind, str]
    made: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def of(self, **look: Any) -> Any:
        look = {"valign": "top"} | look
        key = tuple(sorted(look.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(look)
        return self.made[key]

    def figure(self, value: Figure, **look: Any) -> Any:
        return self.of(num_format=self.formats[value.kind], **look)

    def text(self, text: str, **look: Any) -> Any:
        """Of what looks like a formula, one that keeps it text when it is edited, too."""
        return self.of(**look, **({"quote_prefix": True} if _looks_like_a_formula(text) else {}))


def _sheet_name(name: str, taken: set[str]) -> str:
    """One that Excel allows and that no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", _clean(name)).strip("' ") or "-"
    found, n = plain[:LONGEST_NAME].rstrip("' "), 1
    while found.casefold() in taken:
        n += 1
        found = f"{plain[: LONGEST_NAME - 4]} {n}"
    taken.add(found.casefold())
    return found


def _write(page: Any, sheet: Sheet, styles: _Styles, title: str) -> None:
    """What concerns the whole sheet has to be said before its first row."""
    first = sheet.tables[0]
    head = len(_above(first))
    page.freeze_panes(head + 1, first.labels)
    for column, width in enumerate(_widths(sheet.tables)):
        page.set_column(column, column, width)
    if len(sheet.tables) == 1:
        page.repeat_rows(head)
    _set_up_print(page, title)
    pen = _Pen(page, styles)
    for place, table in enumerate(sheet.tables):
        pen.table(table, apart=place > 0)


def _above(table: Table) -> list[str]:
    return [table.title, *table.lead]


def _set_up_print(page: Any, title: str) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_header("&L" + _clean(title)[:LONGEST_MARGIN].replace("&", "&&"))
    page.set_footer("&L&A&R&P / &N")


def _widths(tables: Sequence[Table]) -> list[float]:
    """By the longest text of each column, where Chinese letters take the room of two."""
    widths: dict[int, float] = {}
    for table in tables:
        for row in (table.heads, *table.rows):
            for column, value in enumerate(row):
                widths[column] = max(widths.get(column, NARROWEST), _width(value))
    return [min(widths[column] + 1, WIDEST) for column in sorted(widths)]


def _width(value: Cell) -> float:
    if isinstance(value, str):
        return len(value) + len(WIDE_LETTERS.findall(value))
    return 15 if isinstance(value, Figure) and value.kind == "money" else NARROWEST


@dataclass
class _Pen:
    """Writes tables onto a sheet, and knows the row that it is at."""

    page: Any
    styles: _Styles
    row: int = 0

    def table(self, table: Table, *, apart: bool) -> None:
        self.row += apart
        for place, text in enumerate(_above(table)):
            self._text(0, text, **(TITLE if place == 0 else {}))
            self.row += 1
        for column, head in enumerate(table.heads):
            side = "left" if column < table.labels else "right"
            self._cell(column, head, **HEAD, align=side)
        self.row += 1
        for row in table.rows:
            for column, value in enumerate(row):
                self._cell(column, value)
            self.row += 1

    def _cell(self, column: int, value: Cell, **look: Any) -> None:
        if not isinstance(value, Figure):
            self._text(column, value or "", **look)
        elif value.left or value.above:
            self._sum(column, value)
        elif _is_unknown(value):
            self.page.write_blank(self.row, column, None, self.styles.figure(value, **look))
        elif isinstance(value.value, date):
            shown = self.styles.figure(value, **look)
            self.page.write_datetime(self.row, column, value.value, shown)
        else:
            shown = self.styles.figure(value, **look)
            self.page.write_number(self.row, column, _number(value.value, value.kind), shown)

    def _sum(self, column: int, value: Figure) -> None:
        """Its amount beside the formula, for whoever shows a workbook without reckoning."""
        if value.left:
            summed = xl_range(self.row, column - value.left, self.row, column - 1)
        else:
            summed = xl_range(self.row - value.above, column, self.row - 1, column)
        shown = self.styles.figure(value, bold=True)
        known = "" if _is_unknown(value) else _number(value.value, value.kind)
        self.page.write_formula(self.row, column, f"=SUM({summed})", shown, known)

    def _text(self, column: int, text: str, **look: Any) -> None:
        """Text, even where it looks like a formula."""
        clean = _clean(text)[:LONGEST_TEXT]
        if clean:
            self.page.write_string(self.row, column, clean, self.styles.text(clean, **look))
        elif look:
            self.page.write_blank(self.row, column, None, self.styles.of(**look))


def _looks_like_a_formula(text: str) -> bool:
    return text.startswith(STARTS_A_FORMULA)


def _clean(text: str) -> str:
    return REFUSED_LETTERS.sub("", text)


def _is_unknown(value: Figure) -> bool:
    return value.value is None or (isinstance(value.value, float) and math.isnan(value.value))


def _number(value: Any, kind: Kind) -> Any:
    """Money to the cent."""
    return Decimal(value).quantize(CENT) if kind == "money" else value
