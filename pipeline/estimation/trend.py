"""How the rates of each stage have moved from one quarter of entry to the next."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.estimation.aalen_johansen import (
    AalenJohansen,
    aalen_johansen,
    shared_ages,
    speaking_ages,
)
from pipeline.estimation.arrays import Floats
from pipeline.estimation.calendar import CalendarCounts
from pipeline.estimation.counts import EventCounts
from pipeline.estimation.estimate import information
from pipeline.estimation.intervals import certain_is_one, log_log_band
from pipeline.estimation.level import adjust, level_of
from pipeline.estimation.stages import StageList

Period = Literal["month", "quarter", "year"]
MONTHS_IN: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class TrendPoint:
    """The stays that entered one stage in the period from `first_month` (a month number) on.

    entered = advanced + moved_back + lost + open. `rate`, with its 80 % band, is the part that
    has advanced by the oldest age at which these stays were seen, and `unresolved` the part
    that was still there: in a young period it may yet go anywhere. `shape_rate` is what the
    rate comes to if they go on as stays of that age always have, at the level of this period.
    All None where nothing entered.
    """

    first_month: int
    stage: int
    entered: int
    advanced: int
    moved_back: int
    lost: int
    open: int
    rate: float | None
    low80: float | None
    high80: float | None
    unresolved: float | None
    shape_rate: float | None


def trend(calendar: CalendarCounts, *, by: Period = "quarter") -> list[TrendPoint]:
    """A point for every period of entry, from the first to the last, and every open stage.

    `calendar` holds plain counts; quarters and years are those of the calendar.
    """
    months, whole = MONTHS_IN[by], calendar.total()
    shape = aalen_johansen(whole, together=shared_ages(whole))
    first = calendar.first_month - calendar.first_month % months
    points: list[TrendPoint] = []
    for month in range(first, calendar.first_month + calendar.months, months):
        counts = calendar.entered_in(month, month + months - 1)
        points += _points(month, counts, shape, calendar.stages)
    return points


def _points(
    month: int, counts: EventCounts, shape: AalenJohansen, stages: StageList
) -> list[TrendPoint]:
    curves = _curves(counts, shape, stages)
    return [_point(month, int(stage), counts, curves[stage], stages) for stage in stages.open]


def _point(
    month: int, stage: int, counts: EventCounts, curves: Floats, stages: StageList
) -> TrendPoint:
    left, still = counts.events[stage].sum(axis=-1), counts.censored[stage].sum()
    entered = round(left.sum() + still)
    return TrendPoint(
        month,
        stage,
        entered,
        round(left[stages.forward(stage)].sum()),
        round(left[stages.backward(stage)].sum()),
        round(left[stages.lost]),
        round(still),
        *(float(value) if entered else None for value in curves),
    )


def _curves(counts: EventCounts, shape: AalenJohansen, stages: StageList) -> Floats:
    """float[S, 5]: rate, its band, unresolved and the rate by the shape."""
    ahead = np.array([stages.forward(stage) for stage in range(len(stages))])
    seen = aalen_johansen(counts, within=speaking_ages(counts))
    rate = certain_is_one(np.minimum(seen.expected(ahead), 1.0))
    band = log_log_band(rate, seen.variance(ahead), information(counts, seen), 0.8)
    by_shape = adjust(shape, _levels(counts, shape)).expected(ahead)
    return np.column_stack([rate, *band, seen.unresolved, by_shape])


def _levels(counts: EventCounts, shape: AalenJohansen) -> Floats:
    """float[S, K]: levels at which the shape gives what these stays did."""
    at_risk = aalen_johansen(counts).at_risk
    observed = (counts.events * (shape.at_risk > 0)[:, None]).sum(axis=-1)
    expected = (shape.hazards * at_risk[:, None]).sum(axis=-1)
    return level_of(observed, expected)
