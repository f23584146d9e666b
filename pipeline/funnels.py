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
    deals_of,
    estimate_join,
    find_drift,
    find_stays,
    funnel_curves,
    join_histories,
    ladder_rates,
    law_of_late,
    margins_of,
    monthly_origins,
    rates_of_margins,
    recency_of,
    starts_per_month,
    track_record,
)
from pipeline.estimation.arrays import Floats
from pipeline.histories import CustomerHistory, DealHistory, microseconds
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


def estimate_funnel(
    deals: DealCounts, customers: CustomerHistory | None, *, tuning: Tuning, month_of: MonthOf
) -> FunnelEstimate:
    """Rates, join and curves of a funnel by what was known at one instant."""
    margins = deals.margins
    rates = rates_of_margins(margins, half_life_days=tuning.half_life_days)
    ladder = join = ladder_drift = None
    parts, subjects = [margins], deals.deals
    if customers is None or not len(customers.moves):
        curves = funnel_curves(rates, starts=margins.starts_per_month)
    else:
        climb = _climb(customers, deals, tuning, month_of)
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


def _climb(
    customers: CustomerHistory, deals: DealCounts, tuning: Tuning, month_of: MonthOf
) -> _Climb:
    as_of = deals.margins.as_of
    joined, handover = join_histories(
        customers.moves,
        customers.stages,
        deals.read_opened(),
        as_of=as_of,
        pipeline_stages=len(deals.rows),
    )
    watched_until = customers.archive.watched_until(joined.subject)
    stays = find_stays(joined, customers.stages, as_of=as_of, watched_until=watched_until)
    join = estimate_join(handover, deals.margins.stages)
    begun = deals_of(joined, customers.stages, joined.subject)
    starts = starts_per_month(
        begun.first_stage, begun.opened, as_of=as_of, stages=len(customers.stages)
    )
    margins = margins_of(stays, month_of)
    rates = ladder_rates(stays, join, recency=recency_of(margins, tuning.half_life_days))
    return _Climb(rates, join, margins, starts, len(begun))


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
        law_of=law_of_late(half_life.days, month_of),
    )
    return Tuning(record.dispersion, half_life, sample)
