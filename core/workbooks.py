"""Excel workbooks of tables, written row by row so that large ones need little memory."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from core.api.csv import STARTS_A_FORMULA
from core.tables import CENT, Cell, Figure, Kind, Table
from core.templatetags.figures import currency_symbol

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A4 = 9
LONGEST_NAME = 31
NARROWEST, WIDEST = 11, 44
WIDE_LETTERS = re.compile(r"[\u2e80-\uffef]")

TITLE = Font(bold=True, size=14)
HEAD = Font(bold=True)
GROUND = PatternFill("solid", fgColor="E8E6E0")
UNDERLINE = Border(bottom=Side(style="thin", color="8A8F98"))
RIGHT = Alignment(horizontal="right", vertical="top")
LEFT = Alignment(vertical="top")


@dataclass(frozen=True)
class Sheet:
    """Tables below each other; the heads of the first stay in sight."""

    name: str
    tables: Sequence[Table]


def workbook_file(sheets: Sequence[Sheet], *, title: str, currency: str) -> bytes:
    """``currency`` is that of all money in it. Text stays text, whatever it begins with."""
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = _clean(title), "Stepwise"
    book.calculation.fullCalcOnLoad = True
    formats, taken = _formats(currency), set[str]()
    for sheet in sheets:
        _write(book.create_sheet(_sheet_name(sheet.name, taken)), sheet, formats, title)
    out = io.BytesIO()
    book.save(out)
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


def _sheet_name(name: str, taken: set[str]) -> str:
    """One that Excel allows and that no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", _clean(name)).strip("' ") or "-"
    found, n = plain[:LONGEST_NAME], 1
    while found.casefold() in taken:
        n += 1
        found = f"{plain[: LONGEST_NAME - 4]} {n}"
    taken.add(found.casefold())
    return found


def _write(page: Any, sheet: Sheet, formats: dict[Kind, str], title: str) -> None:
    """What concerns the whole sheet has to be said before its first row."""
    first = sheet.tables[0]
    head = len(_above(first)) + 1
    page.freeze_panes = f"{get_column_letter(first.labels + 1)}{head + 1}"
    for column, width in enumerate(_widths(sheet.tables), start=1):
        page.column_dimensions[get_column_letter(column)].width = width
    if len(sheet.tables) == 1:
        page.print_title_rows = f"{head}:{head}"
    _set_up_print(page, title)
    pen = _Pen(page, formats)
    for place, table in enumerate(sheet.tables):
        pen.table(table, apart=place > 0)


def _above(table: Table) -> list[str]:
    return [table.title, *table.lead]


def _set_up_print(page: Any, title: str) -> None:
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddHeader.left.text = _clean(title).replace("&", "&&")
    page.oddFooter.left.text, page.oddFooter.right.text = "&A", "&P / &N"


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
    formats: dict[Kind, str]
    row: int = field(default=0)

    def table(self, table: Table, *, apart: bool) -> None:
        if apart:
            self._append([])
        for place, text in enumerate(_above(table)):
            self._append([self._styled(text, font=TITLE if place == 0 else None)])
        self._append(self._heads(table))
        for row in table.rows:
            self._append([self._cell(value, column) for column, value in enumerate(row, start=1)])

    def _append(self, cells: Iterable[Any]) -> None:
        self.row += 1
        self.page.append(cells)

    def _heads(self, table: Table) -> Iterator[Any]:
        for place, head in enumerate(table.heads):
            found = self._cell(head, place + 1)
            found.font, found.fill, found.border = HEAD, GROUND, UNDERLINE
            found.alignment = LEFT if place < table.labels else RIGHT
            yield found

    def _cell(self, value: Cell, column: int) -> Any:
        if not isinstance(value, Figure):
            return self._styled(value or "")
        found = WriteOnlyCell(self.page, self._formula(value, column) or _number(value))
        found.number_format = self.formats[value.kind]
        if value.left or value.above:
            found.font = HEAD
        return found

    def _formula(self, value: Figure, column: int) -> str | None:
        at = self.row + 1
        if value.left:
            first, last = get_column_letter(column - value.left), get_column_letter(column - 1)
            return f"=SUM({first}{at}:{last}{at})"
        if value.above:
            letter = get_column_letter(column)
            return f"=SUM({letter}{at - value.above}:{letter}{at - 1})"
        return None

    def _styled(self, text: str, *, font: Font | None = None) -> Any:
        """Text, even where it looks like a formula; Excel keeps it so when it is edited."""
        found = WriteOnlyCell(self.page, _clean(text))
        found.data_type = "s"
        found.alignment = LEFT
        if text.startswith(STARTS_A_FORMULA):
            found.quotePrefix = True
        if font:
            found.font = font
        return found


def _clean(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def _number(value: Figure) -> Any:
    if value.value is None or isinstance(value.value, date):
        return value.value
    return Decimal(value.value).quantize(CENT) if value.kind == "money" else value.value
