"""Rows of CSV, gzipped CSV and Excel files, one at a time, with their line numbers."""

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.csv_rows import Unclosed, csv_rows
from pipeline.services.importing.refusals import ImportRefused, RowRefused

DELIMITERS = (",", ";", "\t", "|")
# Bytes that are none of the encoding's, and what no database text may hold.
BROKEN = re.compile("[\x00\ud800-\udfff]")
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, InvalidFileException, KeyError)

Cells = Sequence[Any]


def _mark_broken(error: UnicodeError) -> tuple[str, int]:
    """Broken bytes become lone surrogates, so that they cost one row and not the file.

    Python's "surrogateescape" does so too, but gives up where a part of the broken bytes is ASCII.
    """
    assert isinstance(error, UnicodeDecodeError)
    broken = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in broken), error.end


MARK_BROKEN = "stepwise-mark-broken"
codecs.register_error(MARK_BROKEN, _mark_broken)


class Sheet:
    """A file of rows under a header, read once from start to end.

    Raises ImportRefused where the file cannot be read or lacks one of the ``columns``.
    """

    def __init__(
        self, path: Path, columns: Sequence[str], *, encoding: str = "", delimiter: str = ""
    ) -> None:
        self.path, self.name = path, path.name
        self.columns = list(columns)
        self.rows_read = 0
        self._width = 0
        self._encoding, self._delimiter = encoding, delimiter
        self._stack = ExitStack()
        self._raw: BinaryIO | None = None

    def __enter__(self) -> "Sheet":
        try:
            self._raw = self._stack.enter_context(self.path.open("rb"))
            self.is_excel = self.path.suffix.lower() in (".xlsx", ".xlsm")
            self._lines = self._excel() if self.is_excel else self._csv()
            _line, header = next(self._lines, (1, []))
        except UNREADABLE as error:
            self._stack.close()
            raise ImportRefused(self._unreadable(error)) from error
        try:
            self._find_columns([str(cell or "").strip() for cell in header or []])
        except ImportRefused:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Line number and cells of each row that is not blank."""
        try:
            for line, cells in self._lines:
                if any(cell not in (None, "") for cell in cells):
                    self.rows_read += 1
                    yield line, cells
        except UNREADABLE as error:
            raise ImportRefused(self._unreadable(error)) from error

    def pick(self, cells: Cells) -> tuple[Any, ...]:
        """The cells of the wanted columns in their order; raises RowRefused for a bad row."""
        if isinstance(cells, Unclosed):
            message = _(
                "The quotes of this row do not close, or it has line breaks and not as many "
                "cells as the header."
            )
            raise RowRefused("malformed", message)
        if len(cells) != self._width:
            cells = self._fit(cells)
        picked = self._pick(cells)
        text = "".join(cell for cell in picked if isinstance(cell, str))
        if not text.isascii() or "\x00" in text:
            self._check_text(text)
        return picked

    def share_read(self) -> float:
        """How much of the file is read, 0 to 1."""
        if self._raw is None or self._raw.closed:
            return 1.0
        return self._raw.tell() / max(self.path.stat().st_size, 1)

    def _fit(self, cells: Cells) -> Cells:
        """Spreadsheets leave out empty cells at the end, or add some."""
        if self._fits(cells):
            missing = [None] * (self._width - len(cells))
            return [*cells[: self._width], *missing]
        message = _("This row has %(found)s cells where the header has %(wanted)s.")
        raise RowRefused("cell_count", message % {"found": len(cells), "wanted": self._width})

    def _fits(self, cells: Cells) -> bool:
        extra = cells[self._width :]
        has_room = self.is_excel or extra or len(cells) == self._width
        return bool(has_room) and not any(cell not in (None, "") for cell in extra)

    @staticmethod
    def _check_text(text: str) -> None:
        if BROKEN.search(text):
            message = _("This row has characters that are not in the encoding of the file.")
            raise RowRefused("broken_encoding", message)

    def _find_columns(self, header: list[str]) -> None:
        missing = [column for column in self.columns if column not in header]
        if missing:
            message = _("%(file)s has no column %(missing)s. Its columns are: %(found)s.")
            found = ", ".join(header) or _("none")
            names = {"file": self.name, "missing": ", ".join(missing), "found": found}
            raise ImportRefused(BROKEN.sub("\N{REPLACEMENT CHARACTER}", message % names))
        twice = [column for column in self.columns if header.count(column) > 1]
        if twice:
            message = _("%(file)s has more than one column %(twice)s.")
            raise ImportRefused(message % {"file": self.name, "twice": ", ".join(twice)})
        self._width = len(header)
        places = [header.index(column) for column in self.columns]
        get = itemgetter(*places)
        self._pick = cast(Any, get) if len(places) > 1 else lambda cells: (get(cells),)

    def _csv(self) -> Iterator[tuple[int, Cells]]:
        lines = self._text()
        first = next(lines, "")
        delimiter = self._delimiter or _guess_delimiter(first, self.columns)
        # No header yet, no width: any row fits.
        return csv_rows(
            chain([first], lines), delimiter, lambda cells: not self._width or self._fits(cells)
        )

    def _text(self) -> Iterator[str]:
        raw = self._raw
        assert raw is not None
        stream: Any = gzip.GzipFile(fileobj=raw) if self.path.suffix.lower() == ".gz" else raw
        encoding = self._encoding or _guess_encoding(stream)
        return io.TextIOWrapper(stream, encoding, errors=MARK_BROKEN, newline="")

    def _excel(self) -> Iterator[tuple[int, Cells]]:
        book = load_workbook(cast(Any, self._raw), read_only=True, data_only=True)
        sheet: Any = book.worksheets[0]
        # Some programs write a wrong size into the file; without it all rows are read.
        sheet.reset_dimensions()
        yield from enumerate(sheet.iter_rows(values_only=True), start=1)

    def _unreadable(self, error: BaseException) -> str:
        message = _("%(file)s cannot be read: %(error)s")
        return message % {"file": self.name, "error": error or type(error).__name__}


def _guess_encoding(stream: Any) -> str:
    start = stream.read(2)
    stream.seek(0)
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _guess_delimiter(header: str, columns: Collection[str]) -> str:
    """The delimiter under which most of the wanted columns are found."""

    def found(delimiter: str) -> int:
        cells = next(csv.reader([header], delimiter=delimiter), [])
        return len({cell.strip() for cell in cells} & set(columns))

    return max(DELIMITERS, key=found)
