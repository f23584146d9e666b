"""For how long the past speaks for the level of the present: chosen by what it foretold."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_BINS, AGE_EDGES, DAY, age_bin_between
from pipeline.estimation.calendar import CalendarCounts, month_starts
from pipeline.estimation.level import level_of
from pipeline.estimation.months import MonthOf
from pipeline.estimation.stays import OPEN, Stays

YEAR_DAYS = 365.25
WEEK_DAYS = 7.0
CANDIDATE_YEARS = (4.0, 2.0, 1.0, 0.5)
CANDIDATE_WEEKS = (26.0, 13.0, 6.0, 3.0)
"""Of histories shorter than a year."""

NATS_TO_WIN = 10.0
"""A half-life is chosen where it beats none at all by as much as this."""

FORGOTTEN_IN_DAYS = 3 * YEAR_DAYS
"""Half-life of what an origin says about the candidates."""

MONTHS_AHEAD = 3
WEEKS_AHEAD = 4
QUARTER_HOUR = DAY // 96
"""Months begin on a quarter of an hour in every time zone."""


@dataclass(frozen=True)
class HalfLife:
    """The half-life chosen, None where all of history counts alike.

    nats: candidates in days with what each gained over none in log-loss, longest first;
    origins: number of instants at which they were put to the test.
    """

    days: float | None
    nats: tuple[tuple[float, float], ...]
    origins: int


@dataclass(frozen=True)
class _Periods:
    """What came to be known between one border and the next.

    ends int64[P]: instants at which the periods end; middles float[P]: days; events float[P, S,
    K, A]; exposure float[P, S, A]: stays at risk, in parts where they saw part of a bin.
    """

    ends: Ints
    middles: Floats
    events: Floats
    exposure: Floats


def choose_half_life(stays: Stays, month_of: MonthOf, *, as_of: int) -> HalfLife:
    """Half-life whose levels best foretold the quarter after each of many rolling origins.

    Origins are the starts of months (of weeks, four ahead, for histories under a year), and
    each uses only what was known by then. A quarter with O moves where the shape expects E
    gains Σ O log θ − (θ − 1) E nats over θ = 1, the Poisson likelihood of hazards that are
    constant inside an age bin; quarters overlap, so every move is foretold as often as there
    are periods in one, and counts that much less. Quarters of long ago count less, too.
    """
    begun = int(stays.entered.min(initial=as_of))
    young = as_of - begun < YEAR_DAYS * DAY
    ends = _weeks(begun, as_of) if young else _months(begun, as_of, month_of)
    return _choose(_count_periods(stays, ends, begun), as_of, begun)


def half_life_of_calendar(calendar: CalendarCounts, *, as_of: int) -> HalfLife:
    """The same from monthly counts, whose moves are known to half a month.

    Histories under a year, for which months are too coarse, have none.
    """
    months = calendar.by_month(as_of)
    borders = month_starts(months.first_month + np.arange(months.at_risk.shape[1] + 1))
    ends = (borders[1:] * DAY).astype(np.int64)
    over = ends <= as_of
    if as_of - borders[0] * DAY < YEAR_DAYS * DAY:
        return HalfLife(None, (), 0)
    by_month = _Periods(
        ends[over],
        ((borders[1:] + borders[:-1]) / 2)[over],
        np.moveaxis(months.events, 2, 0)[over],
        np.moveaxis(months.at_risk, 1, 0)[over],
    )
    return _choose(by_month, as_of, int(borders[0] * DAY))


def _choose(periods: _Periods, as_of: int, begun: int) -> HalfLife:
    age = (as_of - begun) / DAY
    young = age < YEAR_DAYS
    years, weeks = YEAR_DAYS * np.array(CANDIDATE_YEARS), WEEK_DAYS * np.array(CANDIDATE_WEEKS)
    candidates = weeks if young else years
    candidates = candidates[candidates <= age]
    ahead = WEEKS_AHEAD if young else MONTHS_AHEAD
    # An origin has seen as much as it foretells.
    origins = np.arange(ahead - 1, len(periods.ends) - ahead)
    if not len(origins) or not len(candidates):
        return HalfLife(None, tuple((float(days), 0.0) for days in candidates), 0)
    forgotten = np.exp2((periods.ends[origins] - as_of) / DAY / FORGOTTEN_IN_DAYS)
    nats = forgotten @ _gains(periods, origins, ahead, candidates) / ahead
    best = int(nats.argmax())
    chosen = float(candidates[best]) if nats[best] >= NATS_TO_WIN else None
    gained = tuple(zip(candidates.tolist(), nats.tolist(), strict=True))
    return HalfLife(chosen, gained, len(origins))


def _gains(periods: _Periods, origins: Ints, ahead: int, candidates: Floats) -> Floats:
    """float[origins, candidates]: nats gained over no half-life in the `ahead` next periods."""
    events, exposure = np.cumsum(periods.events, axis=0), np.cumsum(periods.exposure, axis=0)
    seen = exposure[origins]
    hazards = _ratio(events[origins], seen[:, :, None])
    coming = (events[origins + ahead] - events[origins]) * (seen > 0)[:, :, None]
    observed = coming.sum(axis=-1)
    expected = _expected(hazards, exposure[origins + ahead] - seen)
    moves = periods.events.sum(axis=-1)
    gains = np.empty((len(origins), len(candidates)))
    for place, days in enumerate(candidates):
        recent = _recency(periods, origins, float(days))
        theta = level_of(
            np.tensordot(recent, moves, axes=1),
            _expected(hazards, np.tensordot(recent, periods.exposure, axes=1)),
        )
        gains[:, place] = (observed * np.log(theta) - (theta - 1) * expected).sum(axis=(1, 2))
    return gains


def _recency(periods: _Periods, origins: Ints, half_life_days: float) -> Floats:
    """float[origins, P]: weight of each period at each origin, 0 of those to come."""
    past = periods.ends[origins, None] / DAY - periods.middles
    known = np.arange(len(periods.ends)) <= origins[:, None]
    return np.exp2(-np.maximum(past, 0.0) / half_life_days) * known


def _expected(hazards: Floats, exposure: Floats) -> Floats:
    return np.asarray(np.einsum("tska,tsa->tsk", hazards, exposure))


def _weeks(begun: int, as_of: int) -> Ints:
    weeks = (as_of - begun - 1) // (7 * DAY) + 1
    return as_of - 7 * DAY * np.arange(max(weeks, 1), dtype=np.int64)[::-1]


def _months(begun: int, as_of: int, month_of: MonthOf) -> Ints:
    """Starts of the months after `begun`, up to `as_of`."""
    first = begun - begun % QUARTER_HOUR
    instants = np.arange(first, as_of + 1, QUARTER_HOUR, dtype=np.int64)
    return np.asarray(instants[1:][np.diff(month_of(instants)) > 0])


def _count_periods(stays: Stays, ends: Ints, begun: int) -> _Periods:
    """What was known at each end, less what was known at the one before."""
    shape = (len(ends), len(stays.stages), len(stays.stages), AGE_BINS)
    period = np.searchsorted(ends, stays.left, side="right")
    moved = (period < len(ends)) & (stays.destination != OPEN)
    age = age_bin_between(stays.entered, stays.left)
    cells = (period, stays.stage, stays.destination, age)
    events = _sums(tuple(axis[moved] for axis in cells), shape)
    known = np.stack([_exposure_until(stays, int(end)) for end in ends])
    starts = np.concatenate([[begun], ends[:-1]])
    exposure = np.diff(known, axis=0, prepend=0.0)
    return _Periods(ends, (starts + ends) / 2 / DAY, events, exposure)


def _exposure_until(stays: Stays, instant: int) -> Floats:
    """float[S, A]: stays at risk as known at `instant`.

    As for aalen_johansen a stay that has moved was at risk in all of its last bin; one that
    has not in the part of it that was seen, where that takes one half.
    """
    begun = stays.entered < instant
    entered, stage = stays.entered[begun], stays.stage[begun]
    left = np.minimum(stays.left[begun], instant)
    moved = (stays.left[begun] < instant) & (stays.destination[begun] != OPEN)
    last = age_bin_between(entered, left)
    shape = (len(stays.stages), AGE_BINS)
    part = _sums((stage, last), shape, _part_of_bin(last, (left - entered) / DAY, moved))
    reached = _sums((stage, last), shape)
    beyond = np.flip(np.cumsum(np.flip(reached, -1), axis=-1), -1) - reached
    return beyond + part


def _part_of_bin(last: Ints, days: Floats, moved: Bools) -> Floats:
    seen = (days - AGE_EDGES[last]) / (AGE_EDGES[last + 1] - AGE_EDGES[last])
    return np.where(moved, 1.0, np.minimum(seen, 1.0))


def _sums(axes: tuple[Ints, ...], shape: tuple[int, ...], weight: Floats | None = None) -> Floats:
    key = np.ravel_multi_index(axes, shape)
    sums = np.bincount(key, weights=weight, minlength=int(np.prod(shape)))
    return sums.astype(np.float64, copy=False).reshape(shape)


def _ratio(above: Floats, below: Floats) -> Floats:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.divide(above, below, out=np.zeros(shape), where=below > 0)
