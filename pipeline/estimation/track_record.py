"""How far off earlier forecasts of the same history were: where the dispersion comes from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen, shared_ages
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import DAY
from pipeline.estimation.calendar import calendar_counts
from pipeline.estimation.counts import count_stays
from pipeline.estimation.forecast import dispersion_of
from pipeline.estimation.level import adjust, levels
from pipeline.estimation.months import MonthOf
from pipeline.estimation.moves import Moves
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays, find_stays
from pipeline.estimation.timing import expected_wins_by_day

SHORTEST_HISTORY_DAYS = 28
MOST_ORIGINS = 12


Law = Callable[[Stays], AalenJohansen]


def plain_law(stays: Stays) -> AalenJohansen:
    """Aalen-Johansen over all that was known, without leading axis."""
    counts = count_stays(stays).total()
    return aalen_johansen(counts, together=shared_ages(counts))


def law_at_level(half_life_days: float | None, month_of: MonthOf) -> Law:
    """The same at the level of late."""
    if half_life_days is None:
        return plain_law

    def law(stays: Stays) -> AalenJohansen:
        shape, calendar = plain_law(stays), calendar_counts(stays, month_of)
        found = levels(calendar, shape, as_of=stays.as_of, half_life_days=half_life_days)
        return adjust(shape, found.theta)

    return law


@dataclass(frozen=True)
class TrackRecord:
    """At each of origins int64[m]: wins forecast until `as_of` and wins that came."""

    origins: Ints
    forecast: Floats
    actual: Floats

    @property
    def dispersion(self) -> float:
        """τ of the forecast band."""
        return dispersion_of(self.actual, self.forecast)


def monthly_origins(moves: Moves, *, as_of: int) -> Ints:
    """Up to twelve origins before `as_of` in the later half of the history, 30 days apart or,
    where that half is longer than a year, as far apart as fills it.

    An origin that had seen less than half of it, or less than four weeks, says how far off a
    beginner is, not how far off this history's forecasts are now; and where deals take years,
    origins of the last year alone have hardly anything to be held against.
    """
    if not len(moves):
        return np.empty(0, np.int64)
    begun = int(moves.at.min())
    early = begun + max(SHORTEST_HISTORY_DAYS * DAY, (as_of - begun) // 2)
    apart = max(30 * DAY, (as_of - early) // MOST_ORIGINS)
    back = as_of - apart * np.arange(1, MOST_ORIGINS + 1, dtype=np.int64)
    return np.asarray(back[back >= early][::-1])


def track_record(
    moves: Moves,
    stages: StageList,
    *,
    as_of: int,
    origins: Iterable[int],
    watched_until: Ints | None = None,
    law_of: Law = plain_law,
) -> TrackRecord:
    """Forecast at each origin, from what was known then, the wins of its open deals until
    `as_of`, the longest horizon that has resolved, and count those that came.

    `watched_until` int64[n] is one a move, as find_stays has it; `law_of` is the estimator.
    """
    later = find_stays(moves, stages, as_of=as_of)
    before = np.array([origin for origin in origins if origin < as_of], np.int64)
    pairs = [_forecast_and_actual(moves, later, int(at), watched_until, law_of) for at in before]
    forecast, actual = np.array(pairs, float).reshape(-1, 2).T
    return TrackRecord(before, forecast, actual)


def _forecast_and_actual(
    moves: Moves, later: Stays, origin: int, watched_until: Ints | None, law_of: Law
) -> tuple[float, float]:
    stages = later.stages
    stays = find_stays(moves, stages, as_of=origin, watched_until=watched_until)
    estimate = law_of(stays)
    open_now = stays.is_open_deal()
    days = -(-(later.as_of - origin) // DAY)
    by_day = expected_wins_by_day(
        estimate, stages, stays.stage[open_now], stays.age_days()[open_now], days=days
    )
    came = np.isin(stays.subject[open_now], later.wins.subject)
    return float(by_day.sum()), float(came.sum())
