"""How far off earlier forecasts of the same history were: where the dispersion comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.estimation.aalen_johansen import aalen_johansen, speaking_ages
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import DAY
from pipeline.estimation.counts import count_stays
from pipeline.estimation.forecast import dispersion_of
from pipeline.estimation.moves import Moves
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays, find_stays
from pipeline.estimation.timing import expected_wins_by_day

SHORTEST_HISTORY_DAYS = 28
MOST_ORIGINS = 12


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
    """Up to a year of origins 30 days apart before `as_of`, in the later half of the history.

    An origin that had seen less than half of it, or less than four weeks, says how far off a
    beginner is, not how far off this history's forecasts are now.
    """
    if not len(moves):
        return np.empty(0, np.int64)
    back = as_of - 30 * DAY * np.arange(1, MOST_ORIGINS + 1, dtype=np.int64)
    begun = int(moves.at.min())
    early = begun + max(SHORTEST_HISTORY_DAYS * DAY, (as_of - begun) // 2)
    return np.asarray(back[back >= early][::-1])


def track_record(
    moves: Moves,
    stages: StageList,
    *,
    as_of: int,
    origins: Iterable[int],
    watched_until: Ints | None = None,
) -> TrackRecord:
    """Forecast at each origin, from what was known then, the wins of its open deals until
    `as_of`, the longest horizon that has resolved, and count those that came.

    `watched_until` int64[n] is one a move, as find_stays has it.
    """
    later = find_stays(moves, stages, as_of=as_of)
    before = np.array([origin for origin in origins if origin < as_of], np.int64)
    pairs = [_forecast_and_actual(moves, later, int(at), watched_until) for at in before]
    forecast, actual = np.array(pairs, float).reshape(-1, 2).T
    return TrackRecord(before, forecast, actual)


def _forecast_and_actual(
    moves: Moves, later: Stays, origin: int, watched_until: Ints | None
) -> tuple[float, float]:
    stages = later.stages
    stays = find_stays(moves, stages, as_of=origin, watched_until=watched_until)
    counts = count_stays(stays).total()
    estimate = aalen_johansen(counts, within=speaking_ages(counts))
    open_now = stays.is_open_deal()
    days = -(-(later.as_of - origin) // DAY)
    by_day = expected_wins_by_day(
        estimate, stages, stays.stage[open_now], stays.age_days()[open_now], days=days
    )
    came = np.isin(stays.subject[open_now], later.wins.subject)
    return float(by_day.sum()), float(came.sum())
