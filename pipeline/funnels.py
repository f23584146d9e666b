"""A pipeline's estimate from end to end: its deals, the ladder that leads to it, and the join."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.counting import DealCounts
from pipeline.estimation import (
    FunnelCurves,
    Join,
    Margins,
    MonthOf,
    Rates,
    deals_of,
    estimate_join,
    find_stays,
    funnel_curves,
    join_histories,
    ladder_rates,
    margins_of,
    monthly_origins,
    rates_of_margins,
    starts_per_month,
    track_record,
)
from pipeline.estimation.arrays import Floats
from pipeline.histories import CustomerHistory, DealHistory, microseconds
from pipeline.present import Present, look_around


@dataclass(frozen=True)
class FunnelEstimate:
    """``ladder`` and ``join`` are None where customers have no ladder before their first deal.

    ``repeat_per_month`` float[K] are deals a month, by first stage, of customers who have bought
    before; ``dispersion`` is how far earlier forecasts missed (τ of the forecast band); ``wins``
    are the deals that stand won.
    """

    deals: Rates
    ladder: Rates | None
    join: Join | None
    curves: FunnelCurves
    repeat_per_month: Floats
    dispersion: float
    present: Present
    subjects: int
    wins: int


def estimate_funnel(
    deals: DealCounts, customers: CustomerHistory | None, *, dispersion: float, month_of: MonthOf
) -> FunnelEstimate:
    """Rates, join and curves of a funnel by what was known at one instant."""
    rates = rates_of_margins(deals.margins)
    ladder = join = None
    parts, subjects = [deals.margins], deals.deals
    if customers is None or not len(customers.moves):
        curves = funnel_curves(rates, starts=deals.margins.starts_per_month)
    else:
        climb = _climb(customers, deals, month_of)
        join, ladder = climb.join, climb.rates
        curves = funnel_curves(rates, ladder=ladder, join=join, ladder_starts=climb.starts)
        parts, subjects = [climb.margins, deals.margins], subjects + climb.customers
    return FunnelEstimate(
        deals=rates,
        ladder=ladder,
        join=join,
        curves=curves,
        repeat_per_month=deals.margins.repeats_per_month,
        dispersion=dispersion,
        present=look_around(parts),
        subjects=subjects,
        wins=int(deals.margins.won.wins.sum()),
    )


@dataclass(frozen=True)
class _Climb:
    """The ladder's part: ``starts`` float[K] customers a month by the stage they begin in."""

    rates: Rates
    join: Join
    margins: Margins
    starts: Floats
    customers: int


def _climb(customers: CustomerHistory, deals: DealCounts, month_of: MonthOf) -> _Climb:
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
    return _Climb(ladder_rates(stays, join), join, margins_of(stays, month_of), starts, len(begun))


def dispersion_of_history(deals: DealHistory, *, as_of: datetime) -> float:
    """τ of the forecast band: how far off the forecasts at earlier origins were."""
    instant = microseconds(as_of)
    record = track_record(
        deals.moves,
        deals.stages,
        as_of=instant,
        origins=monthly_origins(deals.moves, as_of=instant),
        watched_until=deals.watched_until,
    )
    return record.dispersion
