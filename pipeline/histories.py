"""The histories of deals and customers as arrays, the border to ``pipeline.estimation``."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any

import numpy as np
from django.db.models import F, Q, QuerySet

from core.bulk import read_columns
from core.db import Microseconds
from crm.models import Customer, Ladder, LifecycleChange, LifecycleStage
from pipeline.among import EVERY, Among
from pipeline.amounts import AmountHistory, Worth, read_amounts
from pipeline.deal_facts import Archive, archive_of, read_facts
from pipeline.estimation import Moves, StageList, amount_per_move, standing_wins
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.moves import without_misclicks
from pipeline.models import Opportunity, Pipeline, Stage, StageChange

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Microseconds since 1970, exact where a float of seconds would not be."""
    passed = at - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


@dataclass(frozen=True)
class DealHistory:
    """What was known of a pipeline's deals at ``as_of``.

    ``rows`` are the stages in the order of ``stages``; ``subject`` int64[n] are the deals that
    had moved by then, sorted; ``customer`` int64[n], one per subject, is 0 for a deal without
    one; ``worth`` likewise, in the pipeline's currency, and ``amounts`` is what it was told by.
    """

    rows: tuple[Stage, ...]
    stages: StageList
    moves: Moves
    subject: Ints
    customer: Ints
    amounts: AmountHistory
    worth: Worth
    archive: Archive
    count_undated: Callable[[], int]

    @cached_property
    def undated(self) -> int:
        """Deals that had not moved, as far as anybody knows."""
        return self.count_undated()

    @property
    def amount(self) -> Floats:
        """float[n]: what each deal is worth, NaN where unknown."""
        return self.worth.amount

    @cached_property
    def amount_per_move(self) -> Floats:
        return amount_per_move(self.moves, self.subject, self.amount)

    def amount_per_move_at(self, instant: int) -> Floats:
        """The same by what was known at an ``instant`` (microseconds) up to that of the history.

        Raises MissingExchangeRate.
        """
        wins = standing_wins(self.moves.before(instant), self.stages)
        return amount_per_move(self.moves, self.subject, self.amounts.at(instant, wins).amount)

    @cached_property
    def watched_until(self) -> Ints:
        """int64[m], one a move."""
        return self.archive.watched_until(self.moves.subject)


@dataclass(frozen=True)
class CustomerHistory:
    """What was known of customers on a ladder; ``rows`` in the order of ``stages``, without an
    outcome that the ladder does not have."""

    rows: tuple[LifecycleStage, ...]
    stages: StageList
    moves: Moves
    archive: Archive


class UnknownStageError(RuntimeError):
    """A move into a stage that was made after the reading began; another one will know it."""


def read_deals(
    pipeline: Pipeline,
    *,
    as_of: datetime,
    among: Among = EVERY,
    stages_now: Sequence[Stage] | None = None,
) -> DealHistory:
    """The live history of a pipeline before ``as_of``, with a fixed number of queries.

    ``stages_now`` are all its stages, where several readings must see them alike. Raises
    MissingExchangeRate for an amount in a currency without a rate, UnknownStageError.
    """
    every = list(pipeline.stages.all()) if stages_now is None else list(stages_now)
    rows = ordered_stages(every)
    stages = StageList.of(tuple(row.name for row in rows[:-2]))
    known = StageChange.objects.known_at(as_of)
    changes = known.filter(among.by("opportunity"), pipeline=pipeline)
    index = places_of(rows, every)
    moves = _moves(changes, "opportunity_id", index, misclick=pipeline.misclick_window)
    # Deals may be added between two queries: the moves alone say who is there.
    subject = np.unique(moves.subject)
    deals = Opportunity.objects.filter(among.by("pk"), pipeline=pipeline)
    facts = read_facts(deals, subject)
    amounts = read_amounts(pipeline, subject, facts.product, as_of=as_of, among=among)
    return DealHistory(
        rows=rows,
        stages=stages,
        moves=moves,
        subject=subject,
        customer=facts.customer,
        amounts=amounts,
        worth=amounts.at(microseconds(as_of), standing_wins(moves, stages)),
        archive=facts.archive_at(microseconds(as_of)),
        count_undated=partial(undated_deals, deals, as_of),
    )


def read_customers(
    ladder: Ladder,
    *,
    as_of: datetime,
    misclick: timedelta = timedelta(),
    among: Among = EVERY,
) -> CustomerHistory:
    """The live history of a ladder before ``as_of``, up to the stage that hands over.

    Later stages stand for leaving the ladder by a deal, which the join measures itself. Moves
    taken back within ``misclick`` are none.
    """
    steps = steps_of(ladder)
    known = LifecycleChange.objects.known_at(as_of)
    changes = known.filter(among.by("customer"), ladder=ladder)
    moves = _moves(changes, "customer_id", steps.places, misclick=misclick)
    archive = archive_of(Customer.objects.filter(among.by("pk")), as_of)
    return CustomerHistory(steps.rows, steps.stages, moves, archive)


@dataclass(frozen=True)
class Steps:
    """The stages of a ladder as a funnel sees them; ``places`` in ``stages`` by id of a row."""

    rows: tuple[LifecycleStage, ...]
    stages: StageList
    places: dict[int, int]


def steps_of(ladder: Ladder) -> Steps:
    """The stages up to the one that hands over; those beyond it stand for won."""
    rows = tuple(ladder.stages.order_by("order", "pk"))
    climbing = [row for row in rows if not row.is_lost]
    handing = next((i for i, row in enumerate(climbing) if row.hands_over), len(climbing) - 1)
    before, after = climbing[: handing + 1], climbing[handing + 1 :]
    stages = StageList.of(tuple(row.name for row in before))
    places = {row.pk: i for i, row in enumerate(before)}
    places |= {row.pk: stages.won for row in after}
    places |= {row.pk: stages.lost for row in rows if row.is_lost}
    return Steps(tuple(before), stages, places)


def ordered_stages(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Open stages in order, then won, then lost; none that was merged into another."""
    rows = [stage for stage in stages if stage.merged_into_id is None]
    return tuple(sorted(rows, key=lambda s: (s.is_lost, s.is_won, s.order, s.pk)))


def places_of(rows: Iterable[Stage], stages: Iterable[Stage]) -> dict[int, int]:
    """Place in ``rows`` by stage; a merged stage has the place of what it was merged into."""
    place = {row.pk: i for i, row in enumerate(rows)}
    return {stage.pk: place[stage.merged_into_id or stage.pk] for stage in stages}


def _moves(
    changes: QuerySet[Any], subject: str, index: dict[int, int], *, misclick: timedelta
) -> Moves:
    ordered = changes.order_by(subject, "at", "pk")
    who, where, at = read_columns(
        ordered.values_list(subject, "to_stage_id", Microseconds(F("at"))), "iii"
    )
    keys = np.array(sorted(index), np.int64)
    if not np.isin(where, keys).all():
        raise UnknownStageError("a stage was added while the history was read")
    places = np.array([index[key] for key in keys], np.int32)
    stage = places[np.searchsorted(keys, where)] if len(where) else np.empty(0, np.int32)
    return without_misclicks(Moves(who, stage, at), misclick // timedelta(microseconds=1))


def undated_deals(deals: QuerySet[Opportunity], as_of: datetime) -> int:
    """How many of ``deals`` are in a stage of which nobody knows since when."""
    known = Q(created_at__isnull=True) | Q(created_at__lt=as_of)
    there = Q(archived_at__isnull=True) | Q(archived_at__gte=as_of)
    return deals.filter(known, there, stage_entered_at__isnull=True).count()
