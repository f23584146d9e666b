"""What deals add to the counts that rates are made of, and those counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db.models import Max, Min

from pipeline.among import Among
from pipeline.climbing import Climb, ClimbCounts, climb_of_history
from pipeline.estimation import (
    DAY,
    NOBODY,
    Cells,
    Deals,
    Ended,
    Margins,
    MonthOf,
    Standing,
    deals_of,
    ended_stays,
    find_stays,
    kept_cells,
    months_in,
    openings,
    recent_month,
    standing_stays,
)
from pipeline.estimation.arrays import Floats, Ints
from pipeline.histories import DealHistory, microseconds, read_deals
from pipeline.models import Opportunity, Pipeline, Stage

DEALS_AT_ONCE = 50_000


@dataclass(frozen=True)
class CountedDeals:
    """What some deals add, one row a deal: deal int64[n], sorted; ``opened``, who opened it and
    when; amount float[n], NaN where unknown. Their cells and the stays that have not ended are one
    row each. Stages by place in the funnel."""

    deal: Ints
    opened: Deals
    amount: Floats
    ended: Ended
    standing: Standing
    currencies: frozenset[str]

    def __len__(self) -> int:
        return len(self.deal)


@dataclass(frozen=True)
class DealCounts:
    """All that a pipeline's rates are made of, as known at an instant.

    ``rows`` are the stages in the order of ``margins.stages``. ``deals`` have a history,
    ``undated`` have none; ``read_opened`` gives every deal. ``climb`` are the counts of the
    customers on the ladder that leads to the pipeline, None where there are none.
    """

    rows: tuple[Stage, ...]
    margins: Margins
    deals: int
    undated: int
    read_opened: Callable[[], Deals]
    climb: ClimbCounts | None


def count_deals(history: DealHistory, *, as_of: datetime, month_of: MonthOf) -> CountedDeals:
    """What the deals of ``history`` add, by what was known at ``as_of``."""
    stays = find_stays(
        history.moves,
        history.stages,
        as_of=microseconds(as_of),
        amount=history.amount_per_move,
        watched_until=history.watched_until,
    )
    return CountedDeals(
        history.subject,
        opened_deals(history),
        history.amount,
        ended_stays(stays, month_of),
        standing_stays(stays),
        history.worth.currencies,
    )


def opened_deals(history: DealHistory) -> Deals:
    """Who opened each deal of ``history``, and when."""
    customer = history.customer[np.searchsorted(history.subject, history.moves.subject)]
    customer = np.where(customer == 0, NOBODY, customer)
    return deals_of(history.moves, history.stages, customer)


def count_among(
    pipeline: Pipeline, *, as_of: datetime, among: Among, stages_now: Sequence[Stage]
) -> CountedDeals:
    """The same of some deals, read from their histories."""
    history = read_deals(pipeline, as_of=as_of, among=among, stages_now=stages_now)
    return count_deals(history, as_of=as_of, month_of=company_months())


def company_months() -> MonthOf:
    """The company's calendar."""
    return months_in(settings.COMPANY_TIME_ZONE)


def counts_of_history(pipeline: Pipeline, *, as_of: datetime, month_of: MonthOf) -> DealCounts:
    """Counts straight from the history, read and counted in parts."""
    by_month = by_bucket = Cells.none()
    recent: list[Standing] = []
    opened: list[Deals] = []
    undated, instant = 0, microseconds(as_of)
    for history in read_in_parts(pipeline, as_of=as_of):
        part = count_deals(history, as_of=as_of, month_of=month_of)
        months, buckets = kept_cells(part.ended, part.standing, month_of)
        by_month, by_bucket = Cells.add([by_month, months]), Cells.add([by_bucket, buckets])
        recent.append(part.standing.begun_from(recent_month(instant, month_of), month_of))
        opened.append(part.opened)
        undated += history.undated
    every = Deals.join(opened)
    margins = Margins(
        history.stages,
        instant,
        Cells.add([by_month, openings(every, every.is_repeat(), month_of)]),
        by_bucket,
        Standing.join(recent),
        int(every.opened.min()) if len(every) else None,
        month_of,
    )
    climb = None
    if pipeline.ladder:
        lead = Climb(pipeline, history.rows)
        climb = climb_of_history(lead, every, as_of=as_of, month_of=month_of)
    return DealCounts(history.rows, margins, len(every), undated, lambda: every, climb)


@dataclass(frozen=True)
class OpenDeals:
    """Deals that stood open: stage int[n], a place in ``rows``; age_days and amount float[n]."""

    rows: tuple[Stage, ...]
    stage: Ints
    age_days: Floats
    amount: Floats


def open_deals(pipeline: Pipeline, *, as_of: datetime, among: Among) -> OpenDeals:
    """Some of the deals that were open at ``as_of``, by what was known then."""
    history = read_deals(pipeline, as_of=as_of, among=among)
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    standing = count_deals(history, as_of=as_of, month_of=month_of).standing
    here = standing.at_rows(standing.stage != history.stages.lost)
    age = (microseconds(as_of) - here.since) / DAY
    return OpenDeals(history.rows, here.stage, age, here.amount)


def read_in_parts(pipeline: Pipeline, *, as_of: datetime) -> Iterator[DealHistory]:
    """The history of all deals, so many at once that memory stays small; at least one part."""
    stages_now = list(pipeline.stages.all())
    for among in parts_of(pipeline):
        yield read_deals(pipeline, as_of=as_of, among=among, stages_now=stages_now)


def parts_of(pipeline: Pipeline) -> list[Among]:
    """Ranges of ids that hold all deals there are now, and all to come."""
    deals = Opportunity.objects.filter(pipeline=pipeline).order_by("pk")
    ends = deals.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return [Among()]
    edges = range(ends["first"], ends["last"] + 1, DEALS_AT_ONCE)
    return [Among(first, None if first == edges[-1] else first + DEALS_AT_ONCE) for first in edges]
