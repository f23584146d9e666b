"""A table of leads as people save it from a spreadsheet, in whatever encoding that came out."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.csv_rows import Unclosed, csv_rows

MOST_BYTES = 5 * 2**20
MOST_ROWS = 2_000
DELIMITERS = ",;\t|"
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "gb18030": gettext_lazy("Chinese (GB 18030)"),
    "cp1252": gettext_lazy("Western European (Windows-1252)"),
    "utf-16": "UTF-16",
}


class LeadFileRefused(Exception):
    """The file as a whole cannot be read, with the reason for people."""


@dataclass(frozen=True)
class TableRow:
    """The cells of a row, as many as the header has; ``error`` says why there are none."""

    line: int
    cells: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True)
class LeadTable:
    header: tuple[str, ...]
    rows: list[TableRow]
    encoding: str


def read_table(content: bytes, *, encoding: str = "", fallback: str = "cp1252") -> LeadTable:
    """The rows of a CSV file under its header; blank ones are left out.

    ``fallback`` is what text is taken for that is no UTF-8 where no ``encoding`` is said. Raises
    LeadFileRefused for a file that is none, or too large.
    """
    if len(content) > MOST_BYTES:
        limit = {"limit": MOST_BYTES // 2**20}
        raise LeadFileRefused(_("A file may have up to %(limit)s MB.") % limit)
    encoding = encoding or _encoding_of(content, fallback)
    text = _decoded(content, encoding)
    lines = list(io.StringIO(text, newline=""))
    width = 0
    found = csv_rows(iter(lines), _delimiter(lines), lambda cells: not width or _fits(cells, width))
    _line, first = next(found, (1, ()))
    header = tuple(cell.strip() for cell in first)
    if isinstance(first, Unclosed) or not any(header):
        raise LeadFileRefused(_("The first line must name the columns, such as company and email."))
    width = len(header)
    rows = [_row(line, cells, width) for line, cells in found if any(map(str.strip, cells))]
    if not rows:
        raise LeadFileRefused(_("This file has no rows under its header."))
    if len(rows) > MOST_ROWS:
        counts = {"most": MOST_ROWS, "n": len(rows)}
        raise LeadFileRefused(
            _("This file has %(n)s rows; up to %(most)s are taken at once. Split it.") % counts
        )
    return LeadTable(header, rows, encoding)


def _encoding_of(content: bytes, fallback: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return fallback
    return "utf-8-sig"


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        name = {"encoding": ENCODINGS.get(encoding, encoding)}
        raise LeadFileRefused(
            _("This file is not written in %(encoding)s; choose another encoding.") % name
        ) from error
    if "\0" in text:
        raise LeadFileRefused(_("This is no CSV file. Save the table as CSV and choose that."))
    return text


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that parts the header into the most cells."""
    first = lines[0] if lines else ""
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


def _fits(cells: Sequence[Any], width: int) -> bool:
    return not any(str(cell).strip() for cell in cells[width:])


def _row(line: int, cells: Sequence[str], width: int) -> TableRow:
    if isinstance(cells, Unclosed):
        return TableRow(line, ("",) * width, _("The quotes of this row do not close."))
    if not _fits(cells, width):
        return TableRow(line, ("",) * width, _("This row has more cells than the header."))
    padded = [*cells[:width], *[""] * (width - len(cells))]
    return TableRow(line, tuple(cell.strip() for cell in padded))
