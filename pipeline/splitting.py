"""The rates of a pipeline's parts by segment, of what was read of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.conf import settings

from crm.models import Customer
from pipeline.customer_stays import CustomerStays
from pipeline.deal_stays import DealStays
from pipeline.estimation import (
    Margins,
    Rates,
    StageList,
    Stays,
    estimate_join,
    margins_of,
    months_in,
)
from pipeline.estimation.arrays import Floats
from pipeline.estimation.estimate import rates_of_margins, recency_of
from pipeline.estimation.join import Join
from pipeline.estimation.ladder import ladder_rates_of_counts
from pipeline.estimation.segment_chances import chances_by_segment, gain_by_segment
from pipeline.estimation.segment_wins import wins_by_segment
from pipeline.estimation.segments import rates_by_segment
from pipeline.models import Opportunity, Pipeline
from pipeline.segment_publishing import LadderSplit, Split, publish_chances
from pipeline.segmentation import Segmentation
from pipeline.segmenting import TOLD_BY, Members, segment_deals

MOST_TABLES = 100
"""Segments whose chances are kept: each is a table of its own, by stage and age."""


@dataclass(frozen=True)
class Whole:
    """Rates of all ``now``, at the level ``theta`` float[S, K] that they are at, and their
    ``shape``, at that of all history."""

    shape: Rates
    now: Rates
    theta: Floats | None


def whole_of(stays: Stays, half_life_days: float | None) -> Whole:
    """Of deals."""
    margins = _margins(stays)
    shape, recency = rates_of_margins(margins), recency_of(margins, half_life_days)
    if recency is None:
        return Whole(shape, shape, None)
    now = rates_of_margins(margins, half_life_days=half_life_days)
    return Whole(shape, now, recency.levels(shape.estimate).theta)


def _whole_of_ladder(stays: Stays, join: Join, half_life_days: float | None) -> Whole:
    margins = _margins(stays)
    counts, recency = margins.counts, recency_of(margins, half_life_days)
    shape = ladder_rates_of_counts(counts, stays.stages, join)
    if recency is None:
        return Whole(shape, shape, None)
    now = ladder_rates_of_counts(counts, stays.stages, join, recency=recency)
    return Whole(shape, now, recency.levels(shape.estimate).theta)


def _margins(stays: Stays) -> Margins:
    return margins_of(stays, months_in(settings.COMPANY_TIME_ZONE))


def find_segments(
    pipeline: Pipeline, fields: Sequence[str], deals: DealStays, ladder: CustomerStays | None
) -> Segmentation:
    """Which segment each deal is in, and each customer of a ``ladder``."""
    opportunities = Opportunity.objects.filter(deals.among.by("pk"), pipeline=pipeline)
    customers = None
    if ladder is not None:
        of = Customer.objects.filter(ladder.among.by("pk"))
        customers = Members(of, ladder.customer)
    members = Members(opportunities, deals.deal)
    return segment_deals(fields, members, amount=deals.amount, customers=customers)


def split_deals(
    read: DealStays, chosen: tuple[str, ...], found: Segmentation, whole: Whole
) -> Split:
    refused = whole.now.value_refused if "amount_band" in chosen else None
    if refused:
        found = found.only(np.empty(0, np.int64))
    rates = rates_by_segment(
        read.stays,
        read.segment_of(found),
        segments=len(found.segments),
        whole=whole.now,
        theta=whole.theta,
    )
    return Split(chosen, read.rows, found, rates, read.one_in, refused and str(refused))


def split_ladder(
    read: CustomerStays, found: Segmentation, *, stages: StageList, half_life_days: float | None
) -> LadderSplit:
    """``stages`` are those of the pipeline that the ladder leads to."""
    join, segments = estimate_join(read.handover, stages), len(found.segments)
    whole = _whole_of_ladder(read.stays, join, half_life_days)
    of_entry = found.climbing[np.searchsorted(read.customer, read.handover.customer)]
    rates = rates_by_segment(
        read.stays,
        found.climbing[np.searchsorted(read.customer, read.stays.subject)],
        segments=segments,
        whole=whole.now,
        theta=whole.theta,
        after=wins_by_segment(read.handover, of_entry, segments=segments, join=join),
    )
    return LadderSplit(read.rows, rates, read.one_in)


def chances_of(read: DealStays, split: Split, whole: Whole) -> dict[str, Any]:
    """The chances of open deals by segment, where they have been better than those of all."""
    kept = np.flatnonzero(split.found.deals)
    found, fields = split.found.only(kept), split.fields
    if len(fields) > 1 or fields[0] not in TOLD_BY or not 1 < len(kept) <= MOST_TABLES:
        return {}
    code, count = read.segment_of(found), len(kept)
    gain = gain_by_segment(read.stays, code, segments=count)
    published = {"gain": asdict(gain) | {"used": gain.is_real}}
    if not gain.is_real:
        return published
    table = chances_by_segment(read.stays, code, segments=count, shape=whole.shape, now=whole.now)
    return published | {"nats": gain.nats} | publish_chances(split, kept, table)
