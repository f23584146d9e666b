"""Whether conversion has shifted, since when and by how much."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.calendar import CalendarCounts

SLACK = 0.5
"""Standard deviations a month may be off without being held against it,"""

THRESHOLD = 6.0
"""and their sum from which on it is a shift; Page, Biometrika 41 (1954), 100-115."""

LEARNING_MONTHS = 6
LEARNING_ADVANCES = 20
"""What a chart has to see before it can say what to expect."""


@dataclass(frozen=True)
class Drift:
    """Conversion has shifted: `since` a month number, by `change` of what was expected (−.25 is
    a quarter less), in open stage `stage`, or None where it cannot be told to be in only one."""

    since: int
    change: float
    stage: int | None


@dataclass(frozen=True)
class DriftChart:
    """Advances of each open stage, in funnel order, by calendar month, float[S, T] each.

    observed; expected, from the hazards of the months before; and the variance of that
    expectation. `first_month` is the month number of column 0; the first columns have little
    or nothing to expect from.
    """

    first_month: int
    observed: Floats
    expected: Floats
    uncertain: Floats

    def scores(self) -> Floats:
        """float[S, T]: standardised differences of each stage."""
        return _standardised(self.observed, self.expected, self.uncertain)

    def pooled(self) -> Floats:
        """float[T]: standardised differences of all stages together."""
        parts = (self.observed, self.expected, self.uncertain)
        return _standardised(*(part.sum(axis=0) for part in parts))


@dataclass(frozen=True)
class _Months:
    """Advances and stays at risk float[S, T, A] by open stage (int[S]), calendar month, age."""

    first_month: int
    stages: Ints
    advances: Floats
    at_risk: Floats


@dataclass(frozen=True)
class _Alarm:
    """A shift upwards (+1) or downwards (−1) that began in month `since` of the chart."""

    since: int
    direction: int


def find_drift(calendar: CalendarCounts, *, as_of: int) -> Drift | None:
    """The latest shift of conversion, None where the pooled chart is quiet.

    After a shift the chart begins anew with its first month, so that what is expected follows
    what has become usual. `as_of` in microseconds; the month it lies in counts as far as it
    has gone.
    """
    months = _by_calendar_month(calendar, as_of)
    start, drift = 0, None
    while alarm := _first_alarm(_chart(months, start).pooled()):
        since = start + alarm.since
        drift = _describe(months, start, since, alarm)
        start = since
    return drift


def drift_chart(calendar: CalendarCounts, *, as_of: int) -> DriftChart:
    """The chart of the whole history, for a page that draws it."""
    return _chart(_by_calendar_month(calendar, as_of), 0)


def _by_calendar_month(calendar: CalendarCounts, as_of: int) -> _Months:
    months, stages = calendar.by_month(as_of), calendar.stages
    ahead = np.array([stages.forward(stage) for stage in range(len(stages))])
    advances = np.einsum("skta,sk->sta", months.events, ahead.astype(float))
    here = stages.open
    return _Months(months.first_month, here, advances[here], months.at_risk[here])


def _chart(months: _Months, start: int) -> DriftChart:
    """Each month from `start` on against the hazards of those since `start` before it.

    One-step-ahead errors of a constant rate are uncorrelated (Brown, Durbin and Evans, Journal
    of the Royal Statistical Society B 37, 1975), and what is expected never knows what it is
    held against. Ages nobody had been seen at before are left out on both sides, and so are
    months before which too little had happened.
    """
    advances, at_risk = months.advances[:, start:], months.at_risk[:, start:]
    before, moved = (np.cumsum(part, axis=1) - part for part in (at_risk, advances))
    enough = moved.sum(axis=(0, 2)) >= LEARNING_ADVANCES
    known = (before > 0) & enough[:, None]
    hazards = _ratio(moved, before) * known
    uncertain = _ratio(at_risk**2 * hazards, before)
    parts = (advances * known, at_risk * hazards, uncertain)
    return DriftChart(months.first_month + start, *(part.sum(axis=-1) for part in parts))


def _first_alarm(scores: Floats) -> _Alarm | None:
    up = down = 0.0
    for month in range(LEARNING_MONTHS, len(scores)):
        up = max(up + scores[month] - SLACK, 0.0)
        down = max(down - scores[month] - SLACK, 0.0)
        if max(up, down) > THRESHOLD:
            direction = 1 if up > down else -1
            return _Alarm(_onset(direction * scores[: month + 1]), direction)
    return None


def _onset(scores: Floats) -> int:
    """Month from which on the scores, up to the last, are the furthest from their mean of 0.

    Nearer to the shift than the month in which the sum of a chart last left 0.
    """
    backwards = np.cumsum(scores[: LEARNING_MONTHS - 1 : -1])
    furthest = int((backwards / np.sqrt(np.arange(1, len(backwards) + 1))).argmax())
    return len(scores) - 1 - furthest


def _describe(months: _Months, start: int, since: int, alarm: _Alarm) -> Drift:
    """Size of a shift, against the hazards from `start` until it began.

    Something is always expected: the month in which a shift begins has a score, and so has
    hazards before it that speak for it.
    """
    past, now = slice(start, since), slice(since, None)
    before = months.at_risk[:, past].sum(axis=1)
    hazards = _ratio(months.advances[:, past].sum(axis=1), before)
    expected = (months.at_risk[:, now].sum(axis=1) * hazards).sum()
    observed = (months.advances[:, now].sum(axis=1) * (before > 0)).sum()
    rang = [_first_alarm(scores) for scores in _chart(months, start).scores()]
    same = [own is not None and own.direction == alarm.direction for own in rang]
    only = int(months.stages[same.index(True)]) if sum(same) == 1 else None
    return Drift(months.first_month + since, float(observed / expected - 1), only)


def _standardised(observed: Floats, expected: Floats, uncertain: Floats) -> Floats:
    """(O − E) / √(E + Var E), and less where months scatter by more than luck.

    Where quarter ends and holidays make months differ, two bad ones in a row are no shift. The
    mean square of successive differences knows that scatter, and a shift enters it only once;
    its variance of 3 / n is von Neumann's, Annals of Mathematical Statistics 12 (1941).
    """
    scores = _ratio(observed - expected, np.sqrt(expected + uncertain))
    steps = np.diff(scores[..., LEARNING_MONTHS:])
    months = max(steps.shape[-1], 1)
    scatter = (steps**2).sum(axis=-1, keepdims=True) / 2 / months
    by_luck = 1 + 2 * np.sqrt(3 / months)
    return np.asarray(scores / np.where(scatter > by_luck, np.sqrt(scatter), 1.0))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
