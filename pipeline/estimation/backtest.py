"""The backtest: what this method would have forecast in the past, and what came.

Rolling origins, everything known at each and nothing after. Hyndman and Athanasopoulos,
Forecasting: Principles and Practice (2021), 5.10.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipeline.estimation.arrays import Ints
from pipeline.estimation.bins import DAY
from pipeline.estimation.card import Card, Chances, compare, with_chances
from pipeline.estimation.forecast import UNKNOWN_DISPERSION, dispersion_of
from pipeline.estimation.foresight import LawOf, law_of_history
from pipeline.estimation.handover import MONTH_DAYS
from pipeline.estimation.hindcast import AmountAt, History, Things, Told, amounts_refused, tell
from pipeline.estimation.months import MonthOf
from pipeline.estimation.moves import Moves
from pipeline.estimation.origins import (
    FEWEST_ORIGINS,
    FEWEST_WINS,
    SHORTEST_KNOWN_DAYS,
    SHORTEST_STEP_DAYS,
    common_horizon,
    had_resolved,
)
from pipeline.estimation.reliability import ReliabilityBin
from pipeline.estimation.stages import StageList
from pipeline.estimation.value import Refusal

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Missing:
    """What a history is too short of: months, wins, or origins; what it has and needs."""

    code: str
    has: float
    needs: float


@dataclass(frozen=True)
class Backtest:
    """The model card's figures; JSON by dataclasses.asdict, None where nothing can be said.

    `unit` of a step (month, 30_days, 15_days) and `horizon` in steps, that of the headline
    sums, see common_horizon. `origins` in microseconds. Without `enough`, `missing` says why,
    and there are no scores. `value` is None too where amounts are refused, or were at all but
    the last two origins. `reliability` is of the chances to be won within the
    horizon. `dispersion` is τ of forecasts made now, as track_record has it.
    """

    as_of: int
    unit: str
    horizon: int | None
    origins: tuple[int, ...]
    enough: bool
    missing: tuple[Missing, ...]
    wins: Card | None = None
    value: Card | None = None
    value_refused: Refusal | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    dispersion: float = UNKNOWN_DISPERSION


def backtest(
    moves: Moves,
    stages: StageList,
    *,
    as_of: int,
    month_of: MonthOf,
    amount_at: AmountAt | None = None,
    watched_until: Ints | None = None,
    law_of: LawOf = law_of_history,
    progress: Progress | None = None,
) -> Backtest:
    """Forecast wins, and money where amounts allow, at up to 24 origins before `as_of`.

    `amount_at` gives the amounts known at an origin, and at `as_of` those that what came is
    judged by; watched_until int64[n] is one a move, as find_stays has it. `law_of` is the
    estimator judged. `progress` is told the share done after each origin. Raises UnsortedMoves.
    """
    history = History.of(moves, stages, as_of, month_of, amount_at, watched_until)
    steps = history.steps
    places = steps.origins(history.known.wins.at)
    missing = _missing(history, len(places))
    origins = steps.edges[places]
    horizon = common_horizon(len(steps.edges) - 1 - places)
    result = Backtest(
        as_of, steps.unit, horizon or None, tuple(origins.tolist()), not missing, missing
    )
    if missing:
        return result
    told = []
    for count, place in enumerate(places, start=1):
        told.append(tell(history, int(place), horizon, law_of))
        if progress is not None:
            progress(count / len(places))
    return _judged(result, history, told)


def _judged(result: Backtest, history: History, told: list[Told]) -> Backtest:
    origins, horizon = np.array(result.origins, np.int64), result.horizon or 1
    begun = history.steps.begun
    chances = Chances.together([each.chances for each in told if each.chances is not None])
    wins = _card([each.wins for each in told], origins, begun, horizon)
    refused = amounts_refused(history.known)
    value = None if refused else _value_card(told, origins, begun, horizon)
    return replace(
        result,
        wins=replace(wins, open=with_chances(wins.open, chances)),
        value=value,
        value_refused=refused,
        reliability=chances.reliability(),
        dispersion=_dispersion(told, origins, begun, result.as_of),
    )


def _value_card(told: list[Told], origins: Ints, begun: int, horizon: int) -> Card | None:
    """Of the latest origins in a row that could tell money."""
    refused = [place for place, each in enumerate(told) if each.value is None]
    first = refused[-1] + 1 if refused else 0
    things = [each.value for each in told[first:] if each.value is not None]
    enough = len(things) >= FEWEST_ORIGINS
    return _card(things, origins[first:], begun, horizon) if enough else None


def _card(told: list[Things], origins: Ints, begun: int, horizon: int) -> Card:
    resolved = had_resolved(origins, begun)
    return Card(
        compare([each.open for each in told], origins, resolved, horizon),
        compare([each.given_leads for each in told], origins, resolved, horizon),
        compare([each.forecast_leads for each in told], origins, resolved, horizon),
    )


def _dispersion(told: list[Told], origins: Ints, begun: int, as_of: int) -> float:
    now = had_resolved(np.append(origins, as_of), begun)[-1, :-1]
    counted = [each for each, usable in zip(told, now, strict=True) if usable]
    return dispersion_of([each.came for each in counted], [each.foreseen for each in counted])


def _missing(history: History, origins: int) -> tuple[Missing, ...]:
    shortest = (SHORTEST_KNOWN_DAYS + FEWEST_ORIGINS * SHORTEST_STEP_DAYS) / MONTH_DAYS
    months = (history.known.as_of - history.steps.begun) / DAY / MONTH_DAYS
    wanted = (
        Missing("months", round(months, 1), round(shortest, 1)),
        Missing("wins", len(history.wins), FEWEST_WINS),
        Missing("origins", origins, FEWEST_ORIGINS),
    )
    return tuple(each for each in wanted if each.has < each.needs)
