"""The count cube: a history as counts that add up, to be kept and updated in a database."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import age_bin_between
from pipeline.estimation.cells import gather
from pipeline.estimation.counts import EventCounts, cell_key, sum_cells
from pipeline.estimation.months import MonthOf
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import OPEN, Stays

NO_MONTH = -1
"""Exit month of a stay that has not ended."""

AXES = ("stage", "entry_month", "exit_month", "age", "destination", "bucket")
SUMS = ("count", "priced", "amount", "amount_sq")


@dataclass(frozen=True)
class CountCube:
    """The non-empty cells of a history, one row each.

    `cells` int64[n, 6] in the order of AXES: stage, entry month and exit month (month
    numbers, NO_MONTH while open), age bin, destination (OPEN while open), bucket.
    `sums` float[n, 4] in the order of SUMS: stays, those of them with a positive amount,
    sum of amounts, sum of squared amounts. Rows of open stays hold for one `as_of` only.
    """

    stages: StageList
    cells: Ints
    sums: Floats

    def __len__(self) -> int:
        return len(self.cells)

    def __add__(self, other: "CountCube") -> "CountCube":
        return add_cubes([self, other])

    def closed(self) -> "CountCube":
        """Only the stays that have ended: the part worth keeping."""
        ended = self.axis("destination") != OPEN
        return CountCube(self.stages, self.cells[ended], self.sums[ended])

    def axis(self, name: str) -> Ints:
        return self.cells[:, AXES.index(name)]

    def sum(self, name: str) -> Floats:
        return self.sums[:, SUMS.index(name)]

    def counts(self) -> EventCounts:
        """float[64, ...]: stays by bucket, stage, destination and age bin."""
        # A cell weight by calendar month, once there is one, multiplies both sums here.
        return sum_cells(self.stages, self._key(), self.sum("count"))

    def amounts(self) -> EventCounts:
        """The same in money, with squares for the variance."""
        return sum_cells(self.stages, self._key(), self.sum("amount"), self.sum("amount_sq"))

    def priced(self) -> EventCounts:
        """The same, counting only stays with a positive amount."""
        return sum_cells(self.stages, self._key(), self.sum("priced"))

    def to_frame(self) -> pd.DataFrame:
        """One row a cell, columns AXES then SUMS."""
        axes = pd.DataFrame(self.cells, columns=list(AXES))
        return axes.join(pd.DataFrame(self.sums, columns=list(SUMS)))

    def _key(self) -> Ints:
        names = ("bucket", "stage", "destination", "age")
        return cell_key(self.stages, *(self.axis(name) for name in names))


def count_cube(stays: Stays, month_of: MonthOf) -> CountCube:
    """Cube of stays; `month_of` gives the company's month of an instant."""
    is_open = stays.destination == OPEN
    columns = (
        stays.stage,
        month_of(stays.entered),
        np.where(is_open, NO_MONTH, month_of(stays.left)),
        age_bin_between(stays.entered, stays.left),
        stays.destination,
        stays.bucket,
    )
    amount = np.zeros(len(stays)) if stays.amount is None else np.nan_to_num(stays.amount)
    sums = np.column_stack([np.ones(len(stays)), amount > 0, amount, amount**2])
    cells = np.column_stack([column.astype(np.int64, copy=False) for column in columns])
    return CountCube(stays.stages, *gather(cells, sums))


def add_cubes(cubes: Sequence[CountCube]) -> CountCube:
    """One cube of several that do not share stays; at least one, all of the same stages."""
    cells = np.concatenate([cube.cells for cube in cubes])
    sums = np.concatenate([cube.sums for cube in cubes])
    return CountCube(cubes[0].stages, *gather(cells, sums))
