"""A pipeline's estimate from end to end: its deals, the ladder that leads to it, and the join."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.estimation import (
    NOBODY,
    Deals,
    FunnelCurves,
    Join,
    MonthOf,
    Rates,
    count_cube,
    deals_of,
    estimate_join,
    find_stays,
    funnel_curves,
    join_histories,
    ladder_rates,
    monthly_origins,
    rates_of_cube,
    starts_per_month,
    track_record,
)
from pipeline.estimation.arrays import Floats, Ints
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
    deals: DealHistory, customers: CustomerHistory | None, *, as_of: datetime, month_of: MonthOf
) -> FunnelEstimate:
    """Rates, join and curves of a funnel by what was known at ``as_of``."""
    instant = microseconds(as_of)
    stays = find_stays(
        deals.moves,
        deals.stages,
        as_of=instant,
        amount=deals.amount_per_move,
        watched_until=deals.watched_until,
    )
    rates = rates_of_cube(count_cube(stays, month_of), stays.wins)
    opened = deals_of(deals.moves, deals.stages, _customer_per_move(deals))
    is_repeat = opened.is_repeat()
    ladder = join = None
    parts, subjects = [stays], len(opened)
    if customers is None or not len(customers.moves):
        curves = funnel_curves(rates, starts=_starts(opened.at_rows(~is_repeat), deals, instant))
    else:
        joined, handover = join_histories(
            customers.moves,
            customers.stages,
            opened,
            as_of=instant,
            pipeline_stages=len(deals.stages),
        )
        watched_until = customers.archive.watched_until(joined.subject)
        climbing = find_stays(joined, customers.stages, as_of=instant, watched_until=watched_until)
        join = estimate_join(handover, deals.stages)
        ladder = ladder_rates(climbing, join)
        begun = deals_of(joined, customers.stages, joined.subject)
        curves = funnel_curves(
            rates, ladder=ladder, join=join, ladder_starts=_starts(begun, customers, instant)
        )
        parts, subjects = [climbing, stays], subjects + len(begun)
    return FunnelEstimate(
        deals=rates,
        ladder=ladder,
        join=join,
        curves=curves,
        repeat_per_month=_starts(opened.at_rows(is_repeat), deals, instant),
        dispersion=_dispersion(deals, instant),
        present=look_around(parts, amount_per_win=rates.amount_per_win or 0.0, month_of=month_of),
        subjects=subjects,
        wins=len(stays.wins),
    )


def _customer_per_move(deals: DealHistory) -> Ints:
    place = np.searchsorted(deals.subject, deals.moves.subject)
    customer = deals.customer[place]
    return np.where(customer == 0, NOBODY, customer)


def _starts(begun: Deals, history: DealHistory | CustomerHistory, as_of: int) -> Floats:
    return starts_per_month(
        begun.first_stage, begun.opened, as_of=as_of, stages=len(history.stages)
    )


def _dispersion(deals: DealHistory, as_of: int) -> float:
    origins = monthly_origins(deals.moves, as_of=as_of)
    record = track_record(
        deals.moves,
        deals.stages,
        as_of=as_of,
        origins=origins,
        watched_until=deals.watched_until,
    )
    return record.dispersion
