"""The stays of all customers of a ladder in memory at once, and what came of those handed over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import numpy as np

from crm.models import LifecycleChange, LifecycleStage
from pipeline.among import EVERY, Among
from pipeline.counting import opened_deals
from pipeline.deal_stays import DealStays
from pipeline.estimation import Deals, Handover, Stays, find_stays, join_histories
from pipeline.estimation.arrays import Ints
from pipeline.histories import microseconds, read_customers, read_deals
from pipeline.models import Opportunity, Pipeline

MOST_MOVES = 1_000_000
"""They are in memory beside the stays of deals; of longer ladders a fair sample is taken."""


@dataclass(frozen=True)
class CustomerStays:
    """The stays of one customer in ``one_in`` before the first deal, as the rates count them:
    customer int64[n], sorted, are all whom the funnel sees on the ladder. ``rows`` are the stages
    in the order of ``stays.stages``, without outcomes."""

    rows: tuple[LifecycleStage, ...]
    stays: Stays
    handover: Handover
    customer: Ints
    one_in: int = 1

    @property
    def among(self) -> Among:
        return Among(every=self.one_in) if self.one_in > 1 else EVERY


def read_ladder(pipeline: Pipeline, deals: DealStays, *, as_of: datetime) -> CustomerStays | None:
    """Customers on the ladder of ``pipeline``, with the deals that were read of it already.

    None where no ladder leads to it, or nobody was ever on it. A sample is no larger than that of
    the deals; it has all deals of its customers.
    """
    if pipeline.ladder_id is None:
        return None
    moves = LifecycleChange.objects.filter(ladder=pipeline.ladder_id).count()
    if not moves:
        return None
    one_in = max(ceil(moves / MOST_MOVES), deals.one_in)
    if deals.one_in == 1:
        return customers_on(pipeline, lambda _customers: deals.opened, as_of=as_of, one_in=one_in)

    def theirs(_customers: Ints) -> Deals:
        among = Among(every=one_in)
        rows = Opportunity.objects.filter(among.by("customer"), pipeline=pipeline)
        history = read_deals(
            pipeline, as_of=as_of, among=Among(ids=rows.values_list("pk", flat=True))
        )
        return opened_deals(history)

    return customers_on(pipeline, theirs, as_of=as_of, one_in=one_in)


def customers_on(
    pipeline: Pipeline,
    deals_of: Callable[[Ints], Deals],
    *,
    as_of: datetime,
    one_in: int = 1,
) -> CustomerStays | None:
    """Customers on the ladder of ``pipeline``; ``deals_of`` gives at least all deals of some
    customers int64[n], sorted."""
    if pipeline.ladder is None:
        return None
    misclick, among = pipeline.misclick_window, Among(every=one_in) if one_in > 1 else EVERY
    history = read_customers(pipeline.ladder, as_of=as_of, misclick=misclick, among=among)
    if not len(history.moves):
        return None
    instant, customers = microseconds(as_of), np.unique(history.moves.subject)
    deals = deals_of(customers)
    joined, handover = join_histories(
        history.moves,
        history.stages,
        deals.at_rows(np.isin(deals.customer, customers)),
        as_of=instant,
        pipeline_stages=pipeline.stages.unmerged().count(),
    )
    watched_until = history.archive.watched_until(joined.subject)
    stays = find_stays(joined, history.stages, as_of=instant, watched_until=watched_until)
    return CustomerStays(history.rows, stays, handover, np.unique(joined.subject), one_in)
