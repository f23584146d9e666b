"""Past moves brought from elsewhere, each with its instant, into the history of existing deals.

A correction never rewrites: rows of the history that no longer fit between their neighbours are
voided by new ones, so that every live row starts from where the row before it ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.models import AuditEntry, ImportBatch
from pipeline.models import LostReason, Opportunity, Stage, StageChange
from pipeline.services.requests import request_refresh
from pipeline.services.standing import standing_of

BATCH_KIND = "past_moves"
END = (
    "stage",
    "stage_entered_at",
    "closed_at",
    "lost_reason",
    "created_at",
    "updated_at",
    "version",
)


@dataclass(frozen=True)
class PastMove:
    """A move that a caller tells of; ``row`` is its place in what the caller sent."""

    row: int
    deal: Opportunity
    stage: Stage
    at: datetime
    lost_reason: LostReason | None = None


class RefusedMoves(Exception):
    """Some of the moves cannot be: ``errors`` maps row to {field: message}."""

    def __init__(self, errors: dict[int, dict[str, str]]) -> None:
        super().__init__(f"{len(errors)} moves refused")
        self.errors = errors


@dataclass
class Recorded:
    """What became of the moves: written, there already, and older rows voided by new ones."""

    created: int = 0
    unchanged: int = 0
    voided: int = 0


@dataclass
class _Plan:
    """The history of one deal as it will be."""

    deal: Opportunity
    told: int = 0
    new: list[StageChange] = field(default_factory=list)
    voided: list[tuple[StageChange, StageChange]] = field(default_factory=list)


@transaction.atomic
def record_past_moves(moves: Sequence[PastMove], *, by: User | None) -> Recorded:
    """Write the moves that are not there yet, all of them or none.

    A move into the stage a deal is in already is one stay with it. Raises RefusedMoves. A fixed
    number of queries; customers are not moved on their ladders by the past of their deals.
    """
    told: dict[int, list[PastMove]] = {}
    for move in moves:
        told.setdefault(move.deal.pk, []).append(move)
    deals = Opportunity.objects.select_for_update(of=("self",)).order_by("pk").in_bulk(list(told))
    histories: dict[int, list[StageChange]] = {pk: [] for pk in told}
    live = StageChange.objects.live().filter(opportunity__in=told)
    live = live.select_related("to_stage__merged_into")
    for change in live.order_by("at", "id"):
        histories[change.opportunity_id].append(change)
    _refuse(told, histories)
    plans = [_merge(deals[pk], histories[pk], told[pk], by=by) for pk in told]
    changed = [plan for plan in plans if plan.new]
    _write(changed, by=by)
    for pipeline in {plan.deal.pipeline_id for plan in changed}:
        request_refresh(pipeline)
    created = sum(plan.told for plan in changed)
    voided = sum(len(plan.voided) for plan in changed)
    return Recorded(created, len(moves) - created, voided)


def _refuse(told: dict[int, list[PastMove]], histories: dict[int, list[StageChange]]) -> None:
    now = clock.now()
    errors: dict[int, dict[str, str]] = {}
    for pk, moves in told.items():
        for move in moves:
            created = move.deal.created_at
            if move.stage.pipeline_id != move.deal.pipeline_id:
                errors[move.row] = {"stage": _("This stage belongs to another pipeline.")}
            elif move.at > now:
                errors[move.row] = {"at": _("A move cannot lie in the future.")}
            elif created and move.at < created and not _is_placeholder(histories[pk], move.at):
                errors[move.row] = {"at": _("This is before the deal was created.")}
    if errors:
        raise RefusedMoves(errors)


def _merge(
    deal: Opportunity, history: list[StageChange], moves: list[PastMove], *, by: User | None
) -> _Plan:
    plan = _Plan(deal)
    known = {(change.at, change.to_stage.read_as.pk) for change in history}
    fresh = [move for move in moves if (move.at, move.stage.pk) not in known]
    if not fresh:
        return plan
    begins = min(move.at for move in fresh)
    dropped = history if _is_placeholder(history, begins) else []
    stands: list[StageChange] = []
    for row in _in_order([] if dropped else history, fresh):
        change = _fit(deal, row, stands[-1].to_stage if stands else None, by=by)
        if change is not row and isinstance(row, StageChange):
            plan.voided.append((row, change or plan.new[-1]))
        if change is None:
            continue
        if change is not row:
            plan.new.append(change)
            plan.told += isinstance(row, PastMove)
        stands.append(change)
    plan.voided += [(row, plan.new[0]) for row in dropped]
    _set_end(deal, stands, begins)
    return plan


def _is_placeholder(history: list[StageChange], begins: datetime) -> bool:
    """Whether a deal was entered only today and its past is told now: it replaces that entry."""
    only = history[0] if len(history) == 1 else None
    return only is not None and only.import_batch_id is None and begins < only.at


def _in_order(history: list[StageChange], fresh: list[PastMove]) -> list[StageChange | PastMove]:
    """By instant; at equal instants what is known first, then stage order, then as told."""
    rows: list[tuple[datetime, int, int, int, StageChange | PastMove]] = []
    rows += [(change.at, 0, 0, place, change) for place, change in enumerate(history)]
    rows += [(move.at, 1, move.stage.order, move.row, move) for move in fresh]
    return [row[-1] for row in sorted(rows, key=lambda row: row[:-1])]


def _fit(
    deal: Opportunity, row: PastMove | StageChange, standing: Stage | None, *, by: User | None
) -> StageChange | None:
    """The history row that ``row`` becomes after ``standing``; None where it moves nothing."""
    stage = row.stage if isinstance(row, PastMove) else row.to_stage
    if stage == standing or (isinstance(row, PastMove) and standing and stage == standing.read_as):
        return None
    if isinstance(row, StageChange) and row.from_stage_id == (standing and standing.pk):
        return row
    return StageChange(
        opportunity=deal,
        pipeline_id=deal.pipeline_id,
        from_stage=standing,
        to_stage=stage,
        at=row.at,
        known_from=row.known_from if isinstance(row, StageChange) else None,
        by=row.by if isinstance(row, StageChange) else by,
        lost_reason=row.lost_reason,
    )


def _set_end(deal: Opportunity, history: Sequence[StageChange], begins: datetime) -> None:
    standing, last = standing_of((row.to_stage, row.at) for row in history), history[-1]
    assert standing is not None
    deal.stage, deal.stage_entered_at = standing
    deal.closed_at = None if last.to_stage.is_open else last.at
    deal.lost_reason = last.lost_reason if last.to_stage.is_lost else None
    deal.created_at = min(deal.created_at or begins, begins)


def _write(plans: Iterable[_Plan], *, by: User | None) -> None:
    plans = list(plans)
    new = [row for plan in plans for row in plan.new]
    if not new:
        return
    batch = ImportBatch.objects.create(
        kind=BATCH_KIND,
        state=ImportBatch.State.DONE,
        created=len(new),
        requested_by=by,
        finished_at=timezone.now(),
    )
    for row in new:
        row.import_batch = batch
    StageChange.objects.bulk_create(new)
    voided = [pair for plan in plans for pair in plan.voided]
    for row, successor in voided:
        row.voided_by = successor
    StageChange.objects.bulk_update([row for row, _new in voided], ["voided_by"])
    for plan in plans:
        plan.deal.version += 1
        plan.deal.updated_at = timezone.now()
    Opportunity.objects.bulk_update([plan.deal for plan in plans], END)
    _audit(plans, by=by)


def _audit(plans: Iterable[_Plan], *, by: User | None) -> None:
    at, label = clock.now(), Opportunity._meta.label_lower
    entries: list[Any] = [
        AuditEntry(
            actor=by,
            action="record_past_moves",
            object_type=label,
            object_id=plan.deal.pk,
            changes={"moves": [None, len(plan.new)]},
            at=at,
        )
        for plan in plans
    ]
    AuditEntry.objects.bulk_create(entries)
