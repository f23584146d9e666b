"""A chunk of deals with their histories: read, planned and written in one transaction.

The number of queries depends on what there is to do, not on how many deals do it (on SQLite one
INSERT holds about 1,000 values).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.derived import derived_from
from core.models import ImportBatch
from pipeline.models import AmountChange, Opportunity, StageChange
from pipeline.services.importing.amounts import KnownAmount, Told
from pipeline.services.importing.moves import KnownMove, Step
from pipeline.services.importing.plans import Known, Plan, Planner
from pipeline.services.importing.rows import DealRow
from pipeline.services.importing.staging import StagedMove, Staging
from pipeline.services.importing.tables import make_customers

Log = Mapping[str, Sequence[StagedMove]]


@dataclass
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    undated: int = 0

    def add(self, plans: Iterable[Plan]) -> None:
        for plan in plans:
            self.undated += plan.undated
            if plan.deal is None:
                self.created += 1
            elif plan.changes_something:
                self.updated += 1
            else:
                self.unchanged += 1


@dataclass(frozen=True)
class ChunkWriter:
    """Without a batch it is a dry run: everything is planned and nothing written."""

    planner: Planner
    staging: Staging
    batch: ImportBatch | None

    def write(self, rows: Sequence[DealRow], log: Log) -> list[Plan]:
        """Bring some deals to what their rows tell; returns what was done."""
        with transaction.atomic() if self.batch else nullcontext():
            self._make_references(rows, log)
            known = self._known(rows)
            nothing = Known(None)
            plans = [
                self.planner.plan(
                    row, log.get(row.external_id, ()), known.get(row.external_id, nothing)
                )
                for row in rows
            ]
            if self.batch:
                self._write(plans, self.batch)
        return plans

    def _make_references(self, rows: Sequence[DealRow], log: Log) -> None:
        refs = self.planner.refs
        refs.people.ensure(row.owner for row in rows)
        refs.people.ensure(move.by for moves in log.values() for move in moves)
        refs.sources.ensure(row.source for row in rows)
        refs.products.ensure(row.product for row in rows)
        refs.lost_reasons.ensure(row.lost_reason for row in rows)
        make_customers((row.customer for row in rows), self.staging, refs)

    def _known(self, rows: Sequence[DealRow]) -> dict[str | None, Known]:
        """Deals that exist, by external id; locked, so that no hand moves them meanwhile."""
        pipeline_id = self.planner.target.pipeline_id
        deals = Opportunity.objects.order_by().filter(
            pipeline=pipeline_id, external_id__in=[row.external_id for row in rows]
        )
        if self.batch:
            deals = deals.select_for_update()
        found = {deal.pk: deal for deal in deals}
        moves: dict[int, list[KnownMove]] = defaultdict(list)
        amounts: dict[int, list[KnownAmount]] = defaultdict(list)
        if found:
            for deal, *move in _moves_of(pipeline_id, found):
                moves[deal].append(KnownMove(*move).read_by(self.planner.target.merged))
            for deal, *amount in _amounts_of(pipeline_id, found):
                amounts[deal].append(KnownAmount(*amount))
        return {deal.external_id: Known(deal, moves[pk], amounts[pk]) for pk, deal in found.items()}

    def _write(self, plans: Sequence[Plan], batch: ImportBatch) -> None:
        deals = self._write_deals(plans, batch)
        self._write_moves(plans, deals, batch)
        self._write_amounts(plans, deals, batch)

    def _write_deals(self, plans: Sequence[Plan], batch: ImportBatch) -> list[Opportunity]:
        """The deal of each plan, new or as it was."""
        pipeline_id = self.planner.target.pipeline_id
        assert pipeline_id is not None
        deals = [
            plan.deal
            or Opportunity(
                pipeline_id=pipeline_id,
                external_id=plan.row.external_id,
                import_batch=batch,
                **plan.values,
            )
            for plan in plans
        ]
        Opportunity.objects.bulk_create([deal for deal in deals if deal.pk is None])
        _update_deals([plan for plan in plans if plan.deal and plan.changes_something])
        return deals

    def _write_moves(
        self, plans: Sequence[Plan], deals: Sequence[Opportunity], batch: ImportBatch
    ) -> None:
        made = [
            [_stage_change(deal, step, batch) for step in plan.moves.added]
            for plan, deal in zip(plans, deals, strict=True)
        ]
        StageChange.objects.bulk_create([row for rows in made for row in rows])
        voided = [
            StageChange(pk=row.pk, voided_by_id=by if place is None else rows[place].pk)
            for plan, rows in zip(plans, made, strict=True)
            for row, place, by in plan.moves.voided
        ]
        if voided:
            StageChange.objects.bulk_update(voided, ["voided_by"])

    def _write_amounts(
        self, plans: Sequence[Plan], deals: Sequence[Opportunity], batch: ImportBatch
    ) -> None:
        made = [
            plan.amounts.added and _amount_change(deal, plan.amounts.added, batch)
            for plan, deal in zip(plans, deals, strict=True)
        ]
        AmountChange.objects.bulk_create([row for row in made if row])
        voided = [
            AmountChange(pk=row.pk, voided_by_id=holds.pk)
            for plan, new in zip(plans, made, strict=True)
            for row in plan.amounts.voided
            if (holds := new or plan.amounts.kept)
        ]
        if voided:
            AmountChange.objects.bulk_update(voided, ["voided_by"])


def _stage_change(deal: Opportunity, step: Step, batch: ImportBatch) -> StageChange:
    move = step.move
    return StageChange(
        opportunity_id=deal.pk,
        pipeline_id=deal.pipeline_id,
        from_stage_id=step.before,
        to_stage_id=move.stage,
        at=move.at,
        known_from=move.known_from,
        by_id=move.by,
        lost_reason_id=move.reason,
        import_batch=None if move.by_hand else batch,
    )


def _amount_change(deal: Opportunity, told: Told, batch: ImportBatch) -> AmountChange:
    assert told.at is not None
    return AmountChange(
        opportunity_id=deal.pk,
        pipeline_id=deal.pipeline_id,
        amount=told.amount,
        currency=told.currency,
        at=told.at,
        import_batch=batch,
    )


def _moves_of(pipeline_id: int | None, deals: Iterable[int]) -> Iterable[tuple[Any, ...]]:
    move = ("from_stage_id", "to_stage_id", "at", "by_id", "lost_reason_id")
    told = ("import_batch_id", "known_from")
    rows = _live_rows(StageChange, pipeline_id, deals)
    return rows.values_list("opportunity_id", "pk", *move, *told)


def _amounts_of(pipeline_id: int | None, deals: Iterable[int]) -> Iterable[tuple[Any, ...]]:
    fields = ("at", "amount", "currency", "import_batch_id")
    return _live_rows(AmountChange, pipeline_id, deals).values_list("opportunity_id", "pk", *fields)


def _live_rows(
    model: type[StageChange] | type[AmountChange], pipeline_id: int | None, deals: Iterable[int]
) -> QuerySet[Any]:
    # Named by pipeline and left unsorted, for SQLite would else read the index of all live rows.
    rows: QuerySet[Any] = model.objects.live()
    return rows.filter(pipeline=pipeline_id, opportunity__in=list(deals)).order_by()


def _update_deals(plans: Sequence[Plan]) -> None:
    """Write changed deals with one statement; their versions rise, so that stale edits fail."""
    fields: set[str] = set()
    deals = []
    for plan in plans:
        deal = plan.deal
        assert deal is not None
        for key, value in plan.values.items():
            setattr(deal, key, value)
        deal.version += 1
        fields |= {key.removesuffix("_id") for key in plan.values}
        deals.append(deal)
    if deals:
        Opportunity.objects.bulk_create(
            deals,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=[
                *sorted(fields),
                *(field.name for field in derived_from(Opportunity, fields)),
                "version",
                "updated_at",
            ],
        )
