"""What an import refuses: a whole file by an exception, a row by a line in a file of its own."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.csv_rows import Unclosed


class ImportRefused(Exception):
    """Nothing of this import can be done; says why in a sentence for people."""


class RowRefused(Exception):
    """One row cannot be taken. ``code`` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RefusedRows:
    """The refused rows of a run, as a CSV file that is made with its first row."""

    COLUMNS = ("file", "line", "code", "reason", "row")

    def __init__(self, stem: str, folder: Path | None = None) -> None:
        folder = folder or Path(settings.DATA_DIR) / "imports"
        self.path = folder / f"refused-{stem}-{timezone.now():%Y%m%d-%H%M%S-%f}.csv"
        self.count = 0
        self._file: io.TextIOWrapper | None = None

    def __enter__(self) -> "RefusedRows":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()

    @property
    def written(self) -> str:
        """The path of the file, empty where no row was refused."""
        return str(self.path) if self.count else ""

    def add(self, file: str, line: int, refusal: RowRefused, row: Sequence[Any]) -> None:
        written = row[0] if isinstance(row, Unclosed) else _written(row)
        self._writer().writerow([file, line, refusal.code, str(refusal), written])
        self.count += 1

    def _writer(self) -> Any:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # The mark lets spreadsheet programs see UTF-8; broken bytes are shown, not repeated.
            self._file = self.path.open(
                "w", encoding="utf-8-sig", errors="backslashreplace", newline=""
            )
            csv.writer(self._file).writerow(self.COLUMNS)
        return csv.writer(self._file)


def _written(row: Sequence[Any]) -> str:
    cells = io.StringIO()
    csv.writer(cells, lineterminator="").writerow(row)
    return cells.getvalue()
