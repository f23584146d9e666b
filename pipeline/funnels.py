"""A pipeline's estimate from end to end: its deals, the ladder that leads to it, and the join."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.counting import DealCounts
from pipeline.estimation import (
    Drift,
    FunnelCurves,
    HalfLife,
    Join,
    Margins,
    MonthOf,
    Rates,
    choose_half_life,
    find_drift,
    find_stays,
    funnel_curves,
    law_at_level,
    monthly_origins,
    rates_of_margins,
    recency_of,
    track_record,
)
from pipeline.estimation.arrays import Floats
from pipeline.estimation.climb import ClimbMargins
from pipeline.estimation.join import join_of_counts
from pipeline.estimation.ladder import ladder_rates_of_counts
from pipeline.histories import DealHistory, microseconds
from pipeline.present import Present, look_around


@dataclass(frozen=True)
class Tuning:
    """What is measured now and then: ``dispersion``, how far earlier forecasts missed (τ of the
    forecast band), and the half-life of levels; on one deal in ``sample``."""

    dispersion: float
    half_life: HalfLife
    sample: int

    @property
    def half_life_days(self) -> float | None:
        return self.half_life.days


@dataclass(frozen=True)
class FunnelEstimate:
    """``ladder`` and ``join`` are None where customers have no ladder before their first deal.

    ``repeat_per_month`` float[K] are deals a month, by first stage, of customers who have bought
    before; ``drift`` says whether their conversion, and ``ladder_drift`` whether that of customers
    on the ladder, has shifted; ``wins`` are the deals that stand won.
    """

    deals: Rates
    ladder: Rates | None
    join: Join | None
    curves: FunnelCurves
    repeat_per_month: Floats
    tuning: Tuning
    drift: Drift | None
    ladder_drift: Drift | None
    present: Present
    subjects: int
    wins: int


def estimate_funnel(deals: DealCounts, *, tuning: Tuning) -> FunnelEstimate:
    """Rates, join and curves of a funnel by what was known at one instant."""
    margins = deals.margins
    rates = rates_of_margins(margins, half_life_days=tuning.half_life_days)
    ladder = join = ladder_drift = None
    parts, subjects = [margins], deals.deals
    if deals.climb is None:
        curves = funnel_curves(rates, starts=margins.starts_per_month)
    else:
        climb = _climb(deals.climb.margins, margins, tuning)
        join, ladder = climb.join, climb.rates
        ladder_drift = find_drift(climb.margins.calendar, as_of=margins.as_of)
        curves = funnel_curves(rates, ladder=ladder, join=join, ladder_starts=climb.starts)
        parts, subjects = [climb.margins, margins], subjects + climb.customers
    return FunnelEstimate(
        deals=rates,
        ladder=ladder,
        join=join,
        curves=curves,
        repeat_per_month=margins.repeats_per_month,
        tuning=tuning,
        drift=find_drift(margins.calendar, as_of=margins.as_of),
        ladder_drift=ladder_drift,
        present=look_around(parts),
        subjects=subjects,
        wins=int(margins.won.wins.sum()),
    )


@dataclass(frozen=True)
class _Climb:
    """The ladder's part: ``starts`` float[K] customers a month by the stage they begin in."""

    rates: Rates
    join: Join
    margins: Margins
    starts: Floats
    customers: int


def _climb(customers: ClimbMargins, deals: Margins, tuning: Tuning) -> _Climb:
    margins = customers.ladder
    join = join_of_counts(customers.join_counts(deals))
    recency = recency_of(margins, tuning.half_life_days)
    rates = ladder_rates_of_counts(margins.counts, margins.stages, join, recency=recency)
    return _Climb(rates, join, margins, margins.starts_per_month, customers.customers)


def tune_history(
    deals: DealHistory,
    *,
    as_of: datetime,
    month_of: MonthOf,
    sample: int = 1,
    half_life: HalfLife | None = None,
) -> Tuning:
    """What is measured on a history, or on one deal in ``sample`` of it.

    ``half_life`` where it is given and not to be chosen.
    """
    instant = microseconds(as_of)
    if half_life is None:
        stays = find_stays(
            deals.moves, deals.stages, as_of=instant, watched_until=deals.watched_until
        )
        half_life = choose_half_life(stays, month_of, as_of=instant)
    record = track_record(
        deals.moves,
        deals.stages,
        as_of=instant,
        origins=monthly_origins(deals.moves, as_of=instant),
        watched_until=deals.watched_until,
        law_of=law_at_level(half_life.days, month_of),
    )
    return Tuning(record.dispersion, half_life, sample)
