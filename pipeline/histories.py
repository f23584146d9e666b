"""The histories of deals and customers as arrays, the border to ``pipeline.estimation``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from django.db.models import F, QuerySet
from numpy.typing import NDArray

from core.db import Microseconds
from core.money import RateTable
from crm.models import Ladder, LifecycleChange, LifecycleStage
from pipeline.estimation import Moves, StageList, amount_per_move
from pipeline.models import AmountChange, Opportunity, Pipeline, Stage, StageChange

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Microseconds since 1970, exact where a float of seconds would not be."""
    passed = at - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


@dataclass(frozen=True)
class DealHistory:
    """What was known of a pipeline's deals at ``as_of``.

    ``rows`` are the stages in the order of ``stages``; ``customer`` int64[n], one per subject of
    ``subject``, is 0 for a deal without one; ``amount`` float[n] likewise, NaN where unknown.
    """

    rows: tuple[Stage, ...]
    stages: StageList
    moves: Moves
    subject: Ints
    customer: Ints
    amount: Floats
    undated: int

    @cached_property
    def amount_per_move(self) -> Floats:
        return amount_per_move(self.moves, self.subject, self.amount)


@dataclass(frozen=True)
class CustomerHistory:
    """What was known of customers on a ladder; ``rows`` in the order of ``stages``, without an
    outcome that the ladder does not have."""

    rows: tuple[LifecycleStage, ...]
    stages: StageList
    moves: Moves


def read_deals(pipeline: Pipeline, *, as_of: datetime) -> DealHistory:
    """The live history of a pipeline before ``as_of``, with a fixed number of queries.

    Raises MissingExchangeRate for an amount in a currency without a rate.
    """
    rows = ordered_stages(pipeline)
    stages = StageList.of(tuple(row.name for row in rows[:-2]))
    changes = StageChange.objects.known_at(as_of).filter(pipeline=pipeline)
    moves = _moves(changes, "opportunity_id", [row.pk for row in rows])
    found = Opportunity.objects.filter(pipeline=pipeline).order_by("pk")
    deals = _array(found.values_list("pk", "customer_id"), 2)
    subject = deals[:, 0]
    return DealHistory(
        rows=rows,
        stages=stages,
        moves=moves,
        subject=subject,
        customer=deals[:, 1],
        amount=_amounts(pipeline, subject, as_of),
        undated=found.filter(stage_entered_at__isnull=True).count(),
    )


def read_customers(ladder: Ladder, *, as_of: datetime) -> CustomerHistory:
    """The live history of a ladder before ``as_of``, up to the stage that hands over.

    Later stages stand for leaving the ladder by a deal, which the join measures itself.
    """
    rows = tuple(ladder.stages.order_by("order", "pk"))
    climbing = [row for row in rows if not row.is_lost]
    handing = next((i for i, row in enumerate(climbing) if row.hands_over), len(climbing) - 1)
    before, after = climbing[: handing + 1], climbing[handing + 1 :]
    stages = StageList.of(tuple(row.name for row in before))
    index = {row.pk: i for i, row in enumerate(before)}
    index |= {row.pk: stages.won for row in after}
    index |= {row.pk: stages.lost for row in rows if row.is_lost}
    changes = LifecycleChange.objects.known_at(as_of).filter(ladder=ladder)
    return CustomerHistory(tuple(before), stages, _moves(changes, "customer_id", index))


def ordered_stages(pipeline: Pipeline) -> tuple[Stage, ...]:
    """Open stages in order, then won, then lost."""
    rows = sorted(pipeline.stages.all(), key=lambda s: (s.is_lost, s.is_won, s.order, s.pk))
    return tuple(rows)


def _moves(changes: QuerySet[Any], subject: str, index: Sequence[int] | dict[int, int]) -> Moves:
    if not isinstance(index, dict):
        index = {pk: i for i, pk in enumerate(index)}
    found = _array(
        changes.order_by(subject, "at", "pk").values_list(
            subject, "to_stage_id", Microseconds(F("at"))
        ),
        3,
    )
    keys = np.array(sorted(index), np.int64)
    places = np.array([index[key] for key in keys], np.int32)
    stage = places[np.searchsorted(keys, found[:, 1])] if len(found) else np.empty(0, np.int32)
    return Moves(found[:, 0], stage, found[:, 2])


def _amounts(pipeline: Pipeline, subject: Ints, as_of: datetime) -> Floats:
    """float[n]: the amount known at ``as_of``, before that the list price, else NaN."""
    rates = RateTable(pipeline.currency)
    known = np.full(len(subject), np.nan)
    priced = Opportunity.objects.filter(pipeline=pipeline, product__price__isnull=False)
    for pk, price, currency, created in priced.values_list(
        "pk", "product__price", "product__currency", "created_at"
    ):
        if price is None:
            continue
        day = (created or as_of).date()
        known[np.searchsorted(subject, pk)] = price * rates.rate(currency, day)
    changes = AmountChange.objects.known_at(as_of).filter(pipeline=pipeline)
    for pk, amount, currency, at in changes.order_by("at", "pk").values_list(
        "opportunity_id", "amount", "currency", "at"
    ):
        worth = np.nan if amount is None else amount * rates.rate(currency, at.date())
        known[np.searchsorted(subject, pk)] = worth
    return known


def _array(rows: QuerySet[Any], columns: int) -> Ints:
    """int64[n, columns]; NULL becomes 0."""
    flat: Iterable[Any] = chain.from_iterable(rows.iterator(chunk_size=10_000))
    found = np.fromiter((value or 0 for value in flat), np.int64)
    return found.reshape(-1, columns)
