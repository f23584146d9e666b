"""A history told again: what each origin would have said of it, beside what came."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.card import Chances, Said
from pipeline.estimation.counts import count_stays
from pipeline.estimation.foresight import Foresight, Horizon, LawOf, Starts
from pipeline.estimation.months import MonthOf
from pipeline.estimation.moves import Moves
from pipeline.estimation.naive import Past, Rule, naive_forecasts
from pipeline.estimation.origins import MOST_STEPS, Steps, steps_of
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays, Wins, find_stays
from pipeline.estimation.value import (
    Refusal,
    at_the_mean,
    count_amounts,
    once_a_deal,
    refusal,
)

AmountAt = Callable[[int], Floats]
"""Of an instant in microseconds: float[n], one a move, the amount of its subject as it was known
then, and of one won by then as it was known when it was won; nan where unknown."""


@dataclass(frozen=True)
class History:
    """All that is known at as_of; what each origin may see of it is cut out by `stays_at`."""

    moves: Moves
    amount_at: AmountAt | None
    watched_until: Ints | None
    steps: Steps
    starts: Starts
    known: Stays

    @classmethod
    def of(
        cls,
        moves: Moves,
        stages: StageList,
        as_of: int,
        month_of: MonthOf,
        amount_at: AmountAt | None,
        watched_until: Ints | None,
    ) -> "History":
        begun = int(moves.at.min(initial=as_of))
        amount = None if amount_at is None else amount_at(as_of)
        return cls(
            moves,
            amount_at,
            watched_until,
            steps_of(begun, as_of, month_of),
            Starts.of(moves.before(as_of), stages),
            find_stays(moves, stages, as_of=as_of, amount=amount, watched_until=watched_until),
        )

    @property
    def wins(self) -> Wins:
        return self.known.wins

    def stays_at(self, origin: int) -> Stays:
        return find_stays(
            self.moves,
            self.known.stages,
            as_of=origin,
            amount=None if self.amount_at is None else self.amount_at(origin),
            watched_until=self.watched_until,
        )


@dataclass(frozen=True)
class Things:
    """What one origin said, in wins or in money."""

    open: Said
    given_leads: Said
    forecast_leads: Said


@dataclass(frozen=True)
class Told:
    """One origin: in wins and in money (None where amounts are refused), the chances of its
    open deals (None where the horizon is not over), and of these wins forecast and come by
    as_of."""

    wins: Things
    value: Things | None
    chances: Chances | None
    foreseen: float
    came: float


def tell(history: History, place: int, span: int, law_of: LawOf) -> Told:
    """What the origin at `place` of the steps says, judged by sums of `span` of them."""
    horizon = Horizon.of(history.steps, place, history.known.as_of)
    stays = history.stays_at(horizon.at)
    by_number = _foresight(stays, horizon, law_of, np.ones(len(stays)), np.ones(len(stays.wins)))
    open_deals = stays.subject[by_number.past.is_open]
    value = None
    if stays.amount is not None and amounts_refused(stays) is None:
        worth = at_the_mean(stays.amount, once_a_deal(stays))
        weight = np.nan_to_num(stays.amount)
        by_money = _foresight(
            stays, horizon, law_of, worth, _revenue(stays.wins.amount), weight=weight
        )
        value = _things(history, by_money, _revenue(history.wins.amount), span)
    return Told(
        _things(history, by_number, np.ones(len(history.wins)), span),
        value,
        _chances(history, by_number, span) if horizon.resolved[span - 1] else None,
        float(by_number.open_by_day.sum()),
        float(np.isin(open_deals, history.wins.subject).sum()),
    )


def _foresight(
    stays: Stays,
    horizon: Horizon,
    law_of: LawOf,
    worth: Floats,
    won_worth: Floats,
    weight: Floats | None = None,
) -> Foresight:
    step = horizon.steps.of(stays.wins.at)
    inside = step >= 0
    before = np.bincount(step[inside], weights=won_worth[inside], minlength=horizon.place)
    past = Past(stays, worth, won_worth, np.asarray(before[: horizon.place], np.float64))
    return Foresight(past, law_of(stays, weight), horizon)


def _things(history: History, foresight: Foresight, won_worth: Floats, span: int) -> Things:
    horizon, past, wins = foresight.horizon, foresight.past, history.wins
    was_open = np.isin(wins.subject, past.stays.subject[past.is_open])
    of_open = horizon.by_step(wins.at[was_open], won_worth[was_open])
    pipeline = np.full(MOST_STEPS, past.pipeline / span)
    from_open = Said(
        horizon.daily_by_step(foresight.open_by_day),
        {Rule.WEIGHTED_PIPELINE: pipeline},
        of_open,
        foresight.log_variance(),
        past.lump,
    )
    came = horizon.by_step(wins.at, won_worth)
    given, coming = (
        Said(
            horizon.daily_by_step(foresight.total_by_day(starts)),
            naive_forecasts(past, horizon.daily_by_step(starts.sum(axis=0)), span=span),
            came,
            foresight.log_variance(starts),
            past.lump,
        )
        for starts in (history.starts.after(horizon), history.starts.expected(horizon))
    )
    return Things(from_open, given, coming)


def _chances(history: History, foresight: Foresight, span: int) -> Chances:
    horizon, past = foresight.horizon, foresight.past
    deal = past.stays.subject[past.is_open]
    in_time = history.wins.at < horizon.steps.edges[horizon.place + span]
    return Chances(
        foresight.chance_within(span),
        past.stage_rates[past.stays.stage[past.is_open]],
        np.isin(deal, history.wins.subject[in_time]),
        deal,
    )


def _revenue(won: Floats) -> Floats:
    """Of amounts won, float[w]: as the months before now are shown."""
    return at_the_mean(won, won)


def amounts_refused(stays: Stays) -> Refusal | None:
    """Why the amounts of these stays can carry no forecast in money."""
    money = count_amounts(stays)
    if money is None:
        return Refusal.NO_AMOUNTS
    return refusal(count_stays(stays), money.priced, stays.stages)
