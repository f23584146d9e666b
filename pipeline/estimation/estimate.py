"""From counts to the published rates of one part of a funnel."""

from typing import NamedTuple

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen, shared_ages
from pipeline.estimation.arrays import Floats
from pipeline.estimation.chain import Fates, eventual_fates
from pipeline.estimation.counts import EventCounts, count_stays
from pipeline.estimation.cube import CountCube
from pipeline.estimation.dwell import dwell_quantile
from pipeline.estimation.intervals import certain_is_one, log_log_band, success_band
from pipeline.estimation.jackknife import log_sd
from pipeline.estimation.level import Level, Recency, adjust
from pipeline.estimation.margins import Margins
from pipeline.estimation.rates import Promotion, Rates, StageRates, Success, ValueLaw
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays, Wins
from pipeline.estimation.value import (
    AmountCounts,
    Refusal,
    count_amounts,
    outcomes,
    refusal,
)
from pipeline.estimation.win_probability import win_probability


class WonAmount(NamedTuple):
    """Mean amount of a win and its coefficient of variation; None where none is known."""

    mean: float | None
    cv: float | None


def rates_of_stays(stays: Stays, *, half_censoring: bool = True) -> Rates:
    """Rates straight from a history's stays."""
    return estimate_rates(
        count_stays(stays),
        stays.stages,
        count_amounts(stays),
        half_censoring=half_censoring,
        won=_won_amount_of(stays.wins),
    )


def rates_of_margins(margins: Margins, *, half_life_days: float | None = None) -> Rates:
    """Rates from kept counts; deals won without any stay count in the mean won amount.

    With a half-life their level is that of late, their shape that of all history.
    """
    return estimate_rates(
        margins.counts,
        margins.stages,
        margins.money,
        won=WonAmount(margins.won.mean_amount, margins.won.amount_cv),
        recency=recency_of(margins, half_life_days),
    )


def recency_of(margins: Margins, half_life_days: float | None) -> Recency | None:
    """What the levels of `margins` are to be measured by; None where all history counts alike."""
    if half_life_days is None:
        return None
    return Recency(half_life_days, margins.as_of, margins.calendar, margins.calendar_money)


def rates_of_cube(cube: CountCube, wins: Wins | None = None) -> Rates:
    """Rates from a count cube that includes the open stays.

    Without `wins` the mean won amount misses the deals that were won without any stay.
    """
    money = AmountCounts(cube.amounts(), cube.priced())
    won = None if wins is None else _won_amount_of(wins)
    return estimate_rates(cube.counts(), cube.stages, money, won=won)


def estimate_rates(
    counts: EventCounts,
    stages: StageList,
    money: AmountCounts | None = None,
    *,
    half_censoring: bool = True,
    won: WonAmount | None = None,
    recency: Recency | None = None,
) -> Rates:
    """Rates from counts float[64, ...], and by value where `money` allows it.

    The mean won amount is that of the moves into won where `won` is not given; `recency` sets
    the level of the hazards.
    """
    whole = counts.total()
    shapes = aalen_johansen(
        counts.leave_one_out(), half_censoring=half_censoring, together=shared_ages(whole)
    )
    level = Level.of(shapes.at(0), recency.levels, stages) if recency else None
    replicates = level.adjust(shapes) if level else shapes
    estimate = replicates.at(0)
    fates = eventual_fates(replicates, stages)
    refused = _refused(counts, money, stages)
    value = None
    if money is not None and not refused:
        value = _value_law(money, stages, half_censoring, recency)
    success = success_rates(whole, estimate, fates, value, refused, level)
    promotion = _promotion(whole, estimate, stages, level)
    by_stage = [
        _stage_rates(whole, estimate, stages, int(stage), promotion[stage], success[stage])
        for stage in stages.open
    ]
    amount, spread = won or _won_amount(money, stages)
    return Rates(
        stages,
        tuple(by_stage),
        estimate,
        replicates,
        fates,
        win_probability(replicates, fates.won),
        outcomes(counts, stages),
        amount,
        spread,
        value,
        refused,
    )


def information(counts: EventCounts, estimate: AalenJohansen) -> Floats:
    """float[S]: as how many closed stays the stays of each stage count.

    A closed stay tells all; an open one what its age has ruled out, 1 − S(age).
    """
    told = counts.censored * (1.0 - estimate.survival[..., :-1])
    return np.asarray(counts.events.sum(axis=(-2, -1)) + told.sum(axis=-1))


def _refused(counts: EventCounts, money: AmountCounts | None, stages: StageList) -> Refusal | None:
    return Refusal.NO_AMOUNTS if money is None else refusal(counts, money.priced, stages)


def _value_law(
    money: AmountCounts, stages: StageList, half_censoring: bool, recency: Recency | None
) -> ValueLaw:
    replicates = aalen_johansen(
        money.amounts.leave_one_out(),
        half_censoring=half_censoring,
        together=shared_ages(money.priced.total()),
    )
    if recency:
        replicates = adjust(replicates, recency.money_levels(replicates.at(0)).theta)
    fates = eventual_fates(replicates, stages)
    deals, total = outcomes(money.priced, stages), outcomes(money.amounts, stages)
    return ValueLaw(
        replicates.at(0),
        fates,
        win_probability(replicates, fates.won),
        total.total / deals.total,
    )


def _won_amount(money: AmountCounts | None, stages: StageList) -> WonAmount:
    if money is None or not (deals := outcomes(money.priced, stages).won):
        return WonAmount(None, None)
    mean = outcomes(money.amounts, stages).won / deals
    square = outcomes(money.amounts, stages, squared=True).won / deals
    return WonAmount(mean, float(np.sqrt(max(square / mean**2 - 1.0, 0.0))))


def _won_amount_of(wins: Wins) -> WonAmount:
    known = wins.amount[np.isfinite(wins.amount)]
    mean = float(known.mean()) if len(known) else None
    return WonAmount(mean, float(known.std()) / mean if mean else None)


def _promotion(
    counts: EventCounts, estimate: AalenJohansen, stages: StageList, level: Level | None
) -> list[Promotion]:
    ahead = np.array([stages.forward(stage) for stage in range(len(stages))])
    rate = certain_is_one(np.minimum(estimate.expected(ahead), 1.0))
    variance, told = estimate.variance(ahead), information(counts, estimate)
    if level:
        variance = variance + level.variance(ahead)
    low80, high80 = log_log_band(rate, variance, told, 0.8)
    low90, high90 = log_log_band(rate, variance, told, 0.9)
    scatter = rate * (1 - rate)
    usable = (scatter > 0) & (variance > 0)
    n_eff = np.where(usable, scatter / np.where(usable, variance, 1.0), told)
    columns = np.column_stack([rate, low80, high80, low90, high90, n_eff])
    entered = _entered(counts)
    return [Promotion(*(_or_none(row, entered[s]))) for s, row in enumerate(columns)]


def success_rates(
    counts: EventCounts,
    estimate: AalenJohansen,
    fates: Fates,
    value: ValueLaw | None,
    refused: Refusal | None,
    level: Level | None = None,
) -> list[Success]:
    told, won = information(counts, estimate), certain_is_one(fates.won)
    added = level.log_sd if level else np.zeros(len(told))
    band = success_band(won[0], won[1:], told, 0.8, added)
    by_value = np.full(len(told), np.nan) if value is None else value.fates.won[0]
    sd = np.hypot(log_sd(won, told), added)
    columns = np.column_stack([won[0], *band, by_value, fates.unresolved[0], sd])
    entered = _entered(counts)
    rows = [_or_none(row, entered[s]) for s, row in enumerate(columns)]
    return [
        Success(rate, low, high, value_rate, unresolved, refused, sd)
        for rate, low, high, value_rate, unresolved, sd in rows
    ]


def _stage_rates(
    counts: EventCounts,
    estimate: AalenJohansen,
    stages: StageList,
    stage: int,
    promotion: Promotion,
    success: Success,
) -> StageRates:
    left = counts.events[stage].sum(axis=-1)
    still = counts.censored[stage].sum()
    survival = estimate.survival[stage]
    seen = _entered(counts)[stage] > 0
    return StageRates(
        stage=stage,
        name=stages.names[stage],
        entered=round(left.sum() + still),
        advanced=round(left[stages.forward(stage)].sum()),
        moved_back=round(left[stages.backward(stage)].sum()),
        lost=round(left[stages.lost]),
        open=round(still),
        promotion=promotion,
        success=success,
        dwell_median=dwell_quantile(survival, 0.5),
        dwell_p90=dwell_quantile(survival, 0.9),
        unresolved=float(survival[-1]) if seen else None,
    )


def _entered(counts: EventCounts) -> Floats:
    return np.asarray(counts.events.sum(axis=(-2, -1)) + counts.censored.sum(axis=-1))


def _or_none(row: Floats, entered: float) -> list[float | None]:
    return [float(x) if entered > 0 and np.isfinite(x) else None for x in row]
