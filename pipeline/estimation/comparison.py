"""Whether the rates of two groups of stays differ, and by how much."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen, speaking_ages
from pipeline.estimation.arrays import Bools, Floats
from pipeline.estimation.bins import AGE_EDGES
from pipeline.estimation.calendar import CalendarCounts
from pipeline.estimation.counts import EventCounts
from pipeline.estimation.estimate import information
from pipeline.estimation.intervals import certain_is_one, log_log_band
from pipeline.estimation.stages import StageList

FEWEST = 10
"""Stays, on either side, without which two rates are not compared."""

Verdict = Literal["more", "less", "no difference", "too few"]


@dataclass(frozen=True)
class Measured:
    """A rate with its 80 % band, and as how many closed stays it counts."""

    rate: float
    low80: float
    high80: float
    n: float


@dataclass(frozen=True)
class Difference:
    """Second rate less the first, with its 80 % interval."""

    points: float
    low80: float
    high80: float


@dataclass(frozen=True)
class Contrast:
    """Two rates side by side; None where a side has nothing."""

    first: Measured | None
    second: Measured | None

    @property
    def difference(self) -> Difference | None:
        if self.first is None or self.second is None:
            return None
        return difference(self.first, self.second)

    @property
    def verdict(self) -> Verdict:
        """Of the second rate, seen from the first."""
        if self.first is None or self.second is None or min(self.first.n, self.second.n) < FEWEST:
            return "too few"
        found = difference(self.first, self.second)
        if found.low80 > 0:
            return "more"
        return "less" if found.high80 < 0 else "no difference"


@dataclass(frozen=True)
class Tally:
    """Stays in a stage: how many entered, of which some have advanced at whatever age, some are
    still open."""

    entered: int
    advanced: int
    open: int


@dataclass(frozen=True)
class StageContrast:
    """One open stage: the part that has advanced by `days`, by number and by money.

    `sides` are the stays on either; `by_value` is None where no amounts are known.
    """

    stage: int
    days: float
    sides: tuple[Tally, Tally]
    by_number: Contrast
    by_value: Contrast | None

    @property
    def entered(self) -> tuple[int, int]:
        return self.sides[0].entered, self.sides[1].entered


Months = tuple[int, int]
"""Months of entry, from the first month number to the last, both included."""


def difference(first: Measured, second: Measured) -> Difference:
    """Interval of a difference from the intervals of two independent rates.

    The square-and-add method: Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10;
    for any intervals Zou and Donner, Statistics in Medicine 27 (2008), 1693-1702.
    """
    points = second.rate - first.rate
    below = np.hypot(second.rate - second.low80, first.high80 - first.rate)
    above = np.hypot(second.high80 - second.rate, first.rate - first.low80)
    return Difference(points, float(points - below), float(points + above))


def compare_months(
    calendar: CalendarCounts, first: Months, second: Months, *, money: CalendarCounts | None = None
) -> list[StageContrast]:
    """What entered in `first` beside what entered in `second`, for every open stage.

    Stays of late have not been seen for as long, so both sides are taken to the oldest age at
    which the stays of both still speak for all of them.
    """
    stages = calendar.stages
    sides = [calendar.entered_in(*months) for months in (first, second)]
    worth = [money.entered_in(*months) for months in (first, second)] if money else []
    within = speaking_ages(sides[0]) & speaking_ages(sides[1]) & _seen(sides[0]) & _seen(sides[1])
    rates = [_advanced(side, side, within, stages) for side in sides]
    values = [
        _advanced(each, side, within, stages)
        for each, side in zip(worth, sides, strict=bool(worth))
    ]
    return [
        StageContrast(
            stage,
            float(AGE_EDGES[int(within[stage].sum())]),
            (_tally(sides[0], stage, stages), _tally(sides[1], stage, stages)),
            Contrast(rates[0][place], rates[1][place]),
            Contrast(values[0][place], values[1][place]) if values else None,
        )
        for place, stage in enumerate(stages.open.tolist())
    ]


def _seen(counts: EventCounts) -> Bools:
    """bool[S, A]: ages at which somebody was at risk."""
    return np.asarray(aalen_johansen(counts).at_risk > 0)


def _tally(counts: EventCounts, stage: int, stages: StageList) -> Tally:
    gone, still = counts.events[stage].sum(axis=-1), float(counts.censored[stage].sum())
    advanced = float(gone[stages.forward(stage)].sum())
    return Tally(round(float(gone.sum()) + still), round(advanced), round(still))


def _advanced(
    counts: EventCounts, stays: EventCounts, within: Bools, stages: StageList
) -> list[Measured | None]:
    """By open stage; `counts` may be money, of which `stays` are the numbers."""
    found = aalen_johansen(counts, within=within)
    ahead = np.array([stages.forward(stage) for stage in range(len(stages))])
    rate = certain_is_one(np.minimum(found.expected(ahead), 1.0))
    told = np.minimum(information(stays, aalen_johansen(stays, within=within)), _weight(found))
    low, high = log_log_band(rate, found.variance(ahead), told, 0.8)
    return [
        Measured(float(rate[s]), float(low[s]), float(high[s]), float(told[s]))
        if found.at_risk[s, 0] > 0
        else None
        for s in stages.open.tolist()
    ]


def _weight(found: AalenJohansen) -> Floats:
    """float[S]: as how many stays those at the start count, fewer where some weigh more."""
    return np.asarray(found.effective[:, 0])
