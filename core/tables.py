"""Tables that people take away: the same rows as CSV and as sheets of a workbook."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from core.api.csv import BYTE_ORDER_MARK, cell

Kind = Literal["count", "money", "share", "decimal", "month", "day"]
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Figure:
    """A number or date of a table; None where it is unknown.

    ``left``, ``above``: it is exactly the sum of so many cells before it, so that a workbook can
    sum them itself. Shares are of 1; months are their first days.
    """

    value: float | Decimal | date | None
    kind: Kind
    left: int = 0
    above: int = 0


Cell = str | Figure | None


@dataclass(frozen=True)
class Table:
    """``lead``: sentences above it; ``labels``: how many of the first columns name a row."""

    slug: str
    title: str
    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    lead: Sequence[str] = ()
    labels: int = 1


def counts(values: Sequence[int], *, summed: bool = True) -> list[Cell]:
    """Whole numbers, and their sum behind them."""
    cells: list[Cell] = [Figure(value, "count") for value in values]
    return [*cells, Figure(sum(values), "count", left=len(values))] if summed else cells


def figures(values: Sequence[float | None], kind: Kind) -> list[Cell]:
    return [Figure(value, kind) for value in values]


def table_csv(table: Table) -> str:
    """Heads and rows of a table; its sentences are left to people."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([cell(_plain(value)) for value in row] for row in (table.heads, *table.rows))
    return BYTE_ORDER_MARK + out.getvalue()


def _plain(value: Cell) -> Any:
    if not isinstance(value, Figure):
        return value
    if isinstance(value.value, date):
        return f"{value.value:%Y-%m}" if value.kind == "month" else value.value.isoformat()
    if value.value is not None and value.kind == "money":
        return Decimal(value.value).quantize(CENT)
    return value.value
