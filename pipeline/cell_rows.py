"""What the tables of kept counts have in common: stages by id, cells as rows, the last days."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.bulk import add_rows, insert_rows
from pipeline.estimation import DAY, Cells, MonthOf, recent_month
from pipeline.estimation.arrays import Ints
from pipeline.estimation.calendar import month_starts
from pipeline.models import Cube, Stage
from pipeline.models.cube import Cell

HUNDREDTHS = 100
MONTH_KEY = ("cube", "entry_month", "stage", "destination", "age")
BUCKET_KEY = ("cube", "bucket", "stage", "destination", "age")
SUMS = ("count", "priced", "amount", "amount_sq")


@dataclass(frozen=True)
class StageIds:
    """Ids of the stages in funnel order, and back."""

    rows: tuple[Stage, ...]

    @cached_property
    def _ids(self) -> Ints:
        return np.array([row.pk for row in self.rows], np.int64)

    def ids(self, place: Ints) -> Ints:
        """Id by place; what stands in the place of a stage (OPEN and the like) as it is."""
        return np.where(place < 0, place, self._ids[place])

    def places(self, ids: Ints) -> Ints:
        """Place by id."""
        order = np.argsort(self._ids)
        found = np.minimum(np.searchsorted(self._ids[order], ids), len(order) - 1)
        return np.where(ids < 0, ids, order[found])


def put_cells(
    model: type[Cell], key: tuple[str, ...], cube: Cube, cells: Cells, *, is_new: bool
) -> None:
    """Add to the cells of ``cube``, stages being ids; ``is_new`` where it has none yet."""
    if is_new:
        insert_rows(model, (*key, *SUMS), _rows(cube, cells))
    else:
        add_rows(model, key, SUMS, _rows(cube, cells))


def _rows(cube: Cube, cells: Cells) -> Iterator[tuple[Any, ...]]:
    count, priced, amount, amount_sq = cells.sums.T
    hundredths = np.rint(amount * HUNDREDTHS)
    whole = (*cells.keys.T, count, priced, hundredths)
    columns = [column.astype(np.int64).tolist() for column in whole]
    for *values, square in zip(*columns, amount_sq.tolist(), strict=True):
        yield cube.pk, *values, square


def earliest_recent(as_of: int, month_of: MonthOf) -> int:
    """Instant before which nothing began that is looked at one by one, both in microseconds.

    A day before that month begins in UTC, since it may have begun earlier in the company's zone.
    """
    begin = month_starts(np.array([recent_month(as_of, month_of)]))[0]
    return int(begin - 1) * DAY
