"""Counts of stays by month of entry and age: when what was counted happened."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_BINS, AGE_EDGES, DAY, age_bin_between
from pipeline.estimation.cells import Cells
from pipeline.estimation.counts import EventCounts
from pipeline.estimation.cube import CountCube
from pipeline.estimation.months import MonthOf
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays

MONTHS_TO_1970 = 1970 * 12
_MIDDLE_OF_BIN = (AGE_EDGES[:-1] + AGE_EDGES[1:]) / 2


@dataclass(frozen=True)
class CalendarCounts:
    """Stays by stage, destination, month of entry and age bin; weights may stand in for counts.

    counts float[S, K + 1, M, A]: place 0 of the second axis holds those censored, 1 + k those
    that went to k; months count from the month number `first_month`; the age is that of
    leaving, or so far. `squares`, of the same shape, are sums of squared weights (not given
    for plain counts, whose squares they are themselves).
    """

    stages: StageList
    first_month: int
    counts: Floats
    squares: Floats | None = None

    @property
    def months(self) -> int:
        return int(self.counts.shape[2])

    @property
    def events(self) -> Floats:
        """float[S, K, M, A]"""
        return self.counts[:, 1:]

    @property
    def events_sq(self) -> Floats:
        """float[S, K, M, A]: sums of squared weights."""
        return self.events if self.squares is None else self.squares[:, 1:]

    @property
    def censored(self) -> Floats:
        """float[S, M, A]"""
        return self.counts[:, 0]

    @cached_property
    def at_risk(self) -> Floats:
        """float[S, M, A]: stays of each entry month at risk, those censored in half a bin.

        Their sum over months is the at_risk of aalen_johansen.
        """
        leaving = self.counts.sum(axis=1)
        return np.flip(np.cumsum(np.flip(leaving, -1), axis=-1), -1) - self.censored / 2

    def total(self) -> EventCounts:
        """Counts of all entry months together, without a leading axis."""
        return self._summed(slice(None))

    def entered_in(self, first_month: int, last_month: int) -> EventCounts:
        """Counts of the stays begun in the months from first to last, both included."""
        begin = max(first_month - self.first_month, 0)
        return self._summed(slice(begin, max(last_month + 1 - self.first_month, begin)))

    def days(self, as_of: int) -> Floats:
        """float[M, A]: when each cell happened, in days since 1970, never after `as_of`.

        The middle of the entry month plus the middle of the age bin.
        """
        starts = month_starts(self.first_month + np.arange(self.months + 1))
        entered = (starts[:-1] + starts[1:]) / 2
        return np.minimum(entered[:, None] + _MIDDLE_OF_BIN, as_of / DAY)

    def by_month(self, as_of: int) -> "MonthlyCounts":
        """Cells put from their month of entry into the one in which they happened.

        Moves and stays at risk go together, so that neither is favoured.
        """
        # The instant as_of is not known itself, and may be the first of a month.
        month = month_numbers(self.days(as_of - 1)) - self.first_month
        stages, length, ages = len(self.stages), int(month.max(initial=-1)) + 1, AGE_BINS
        events = np.zeros((stages, stages, length, ages))
        at_risk = np.zeros((stages, length, ages))
        for entered, happened in enumerate(month):
            events[:, :, happened, np.arange(ages)] += self.events[:, :, entered]
            at_risk[:, happened, np.arange(ages)] += self.at_risk[:, entered]
        return MonthlyCounts(self.first_month, events, at_risk)

    def _summed(self, months: slice) -> EventCounts:
        counts = self.counts[:, :, months].sum(axis=2)
        if self.squares is None:
            return EventCounts(counts[:, 1:], counts[:, 0], *_same(counts))
        squares = self.squares[:, :, months].sum(axis=2)
        return EventCounts(counts[:, 1:], counts[:, 0], squares[:, 1:], squares[:, 0])


@dataclass(frozen=True)
class MonthlyCounts:
    """Moves float[S, K, T, A] and stays at risk float[S, T, A] by the month in which they were,
    as far as month of entry and age tell, counted from the month number `first_month`."""

    first_month: int
    events: Floats
    at_risk: Floats


def calendar_counts(
    stays: Stays, month_of: MonthOf, *, weight: Floats | None = None
) -> CalendarCounts:
    """Counts straight from stays; `weight` is float[n], one a stay."""
    age = age_bin_between(stays.entered, stays.left)
    month = month_of(stays.entered)
    squared = None if weight is None else weight**2
    return _sum_cells(stays.stages, (stays.stage, stays.destination, month, age), weight, squared)


def calendar_of_cube(cube: CountCube, *, by_value: bool = False) -> CalendarCounts:
    """Counts of a cube that includes the open stays, in stays or (by_value) in money."""
    names = ("stage", "destination", "entry_month", "age")
    stage, destination, month, age = (cube.axis(name) for name in names)
    weight, squared = cube.sum("count"), None
    if by_value:
        weight, squared = cube.sum("amount"), cube.sum("amount_sq")
    return _sum_cells(cube.stages, (stage, destination, month, age), weight, squared)


def calendar_of_cells(stages: StageList, cells: Cells, *, by_value: bool = False) -> CalendarCounts:
    """Counts of the cells of all stays by month, in stays or (by_value) in money."""
    month, stage, destination, age = cells.keys.T
    count, _priced, amount, amount_sq = cells.sums.T
    weights = (amount, amount_sq) if by_value else (count, None)
    return _sum_cells(stages, (stage, destination, month, age), *weights)


def month_starts(month: Ints) -> Floats:
    """float[n]: first instant of each month number, in days since 1970."""
    dates = (month - MONTHS_TO_1970).astype("datetime64[M]").astype("datetime64[D]")
    return dates.astype(np.int64).astype(float)


def month_numbers(days: Floats) -> Ints:
    """int64[...]: month number of each instant in days since 1970."""
    dates = np.floor(days).astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(dates.astype(np.int64) + MONTHS_TO_1970)


def _sum_cells(
    stages: StageList,
    axes: tuple[Ints, Ints, Ints, Ints],
    weight: Floats | None,
    squared: Floats | None,
) -> CalendarCounts:
    stage, destination, month, age = axes
    first = int(month.min()) if len(month) else 0
    months = int(month.max()) - first + 1 if len(month) else 0
    shape = (len(stages), len(stages) + 1, months, AGE_BINS)
    # OPEN is -1: adding one puts the censored in front of the destinations.
    key = np.ravel_multi_index((stage, destination + 1, month - first, age), shape)
    counts = _dense(key, shape, weight)
    return CalendarCounts(
        stages, first, counts, None if squared is None else _dense(key, shape, squared)
    )


def _dense(key: Ints, shape: tuple[int, ...], weight: Floats | None) -> Floats:
    sums = np.bincount(key, weights=weight, minlength=int(np.prod(shape)))
    return sums.astype(np.float64, copy=False).reshape(shape)


def _same(counts: Floats) -> tuple[Floats, Floats]:
    return counts[:, 1:], counts[:, 0]
