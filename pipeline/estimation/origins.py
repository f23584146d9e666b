"""The origins of a backtest: from when to when a history can be forecast and judged."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Ints
from pipeline.estimation.bins import DAY
from pipeline.estimation.months import MonthOf

SHORTEST_KNOWN_DAYS = 28
FEWEST_WINS = 30
"""Before the first origin: with fewer, luck alone moves a rate by a fifth."""

FEWEST_ORIGINS = 3
MOST_ORIGINS = 24
MOST_STEPS = 12
"""Steps that an origin forecasts, at most."""

YEAR_DAYS = 365
HALF_YEAR_DAYS = 180
SHORT_STEP_DAYS = 30
SHORTEST_STEP_DAYS = 15


@dataclass(frozen=True)
class Steps:
    """The complete steps of a history: calendar months, or so many days for a short one.

    unit: "month", "30_days" or "15_days"; edges int64[m + 1] in microseconds, oldest first:
    step i is [edges[i], edges[i + 1]); `begun` is the first move.
    """

    unit: str
    edges: Ints
    begun: int

    def of(self, at: Ints) -> Ints:
        """Step of each instant; −1 before the first and m after the last."""
        return np.searchsorted(self.edges, at, side="right") - 1

    def origins(self, won_at: Ints) -> Ints:
        """Places in `edges` of up to 24 origins, the latest; one step at least follows each.

        Each had seen four weeks and thirty of the wins at `won_at` int64[w].
        """
        before = self.edges[:-1]
        wins = np.searchsorted(np.sort(won_at), before)
        seen = before - self.begun >= SHORTEST_KNOWN_DAYS * DAY
        return np.flatnonzero(seen & (wins >= FEWEST_WINS))[-MOST_ORIGINS:]


def steps_of(begun: int, as_of: int, month_of: MonthOf) -> Steps:
    """Steps of a history from its first move to `as_of` (microseconds).

    Months from a year on; below it 30 days, below half a year 15, counted back from `as_of`.
    """
    days = (as_of - begun) / DAY
    if days >= YEAR_DAYS:
        return Steps("month", month_starts(begun, as_of, month_of), begun)
    width = SHORT_STEP_DAYS if days >= HALF_YEAR_DAYS else SHORTEST_STEP_DAYS
    back = np.arange(int(max(days, 0) // width), -1, -1, dtype=np.int64)
    return Steps(f"{width}_days", as_of - back * width * DAY, begun)


def month_starts(begin: int, end: int, month_of: MonthOf) -> Ints:
    """int64[m]: first instants of the months that start in (begin, end], by bisection."""
    first, last = month_of(np.array([begin, end]))
    months = np.arange(first + 1, last + 1)
    early = np.full(len(months), begin, np.int64)
    late = np.full(len(months), end, np.int64)
    while (late - early > 1).any():
        middle = (early + late) // 2
        reached = month_of(middle) >= months
        early, late = np.where(reached, early, middle), np.where(reached, middle, late)
    return late


def common_horizon(steps_left: Ints) -> int:
    """The horizon, in steps, that the origins are judged by, none judging it alone.

    steps_left int[m]: complete steps after each origin. Twelve where a third of the origins
    (and three) have them, else the longest that half of them have: a longer one would be that
    of the oldest origins only, which knew least.
    """
    longest = np.sort(np.minimum(steps_left, MOST_STEPS))[::-1]
    if len(longest) < FEWEST_ORIGINS:
        return 0
    third, half = (max(FEWEST_ORIGINS, -(-len(longest) // part)) for part in (3, 2))
    return int(longest[third - 1] if longest[third - 1] == MOST_STEPS else longest[half - 1])


def had_resolved(origins: Ints, begun: int) -> Bools:
    """bool[m, m]: [i, j] whether origin j told at origin i how far off forecasts are.

    origins int64[m], one step apart. Those of the year before i that had seen half of the
    history then and four weeks; see track_record.
    """
    early = begun + np.maximum(SHORTEST_KNOWN_DAYS * DAY, (origins - begun) // 2)
    place = np.arange(len(origins))
    ago = place[:, None] - place
    return np.asarray((ago > 0) & (ago <= MOST_STEPS) & (origins >= early[:, None]))
