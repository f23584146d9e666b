"""Taking back an import: its rows are voided, and what they had voided holds again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.derived import derived_from
from core.models import AuditEntry, ImportBatch
from crm.models import LeadImport
from crm.models.imported_leads import LEADS
from crm.services.lead_imports import take_back_now
from crm.services.purchases import Withdrawn, withdraw_purchases
from pipeline.models import AmountChange, Opportunity, Stage, StageChange
from pipeline.services.importing.purchases import KIND as PURCHASES
from pipeline.services.requests import request_refresh
from pipeline.services.standing import standing_of

DEALS_AT_ONCE = 500
RESTORED = (
    "stage",
    "stage_entered_at",
    "created_at",
    "closed_at",
    "lost_reason",
    "amount",
    "currency",
    "archived_at",
    "external_id",
    "search_key",
    "version",
    "updated_at",
)


@dataclass
class Undone:
    """Deals set back to what was known without the import, and of them those it had made.

    Of an import of purchases: those it had made, and those that it had corrected. Of leads: the
    import, which says how many stay.
    """

    deals: int = 0
    archived: int = 0
    purchases: Withdrawn | None = None
    leads: LeadImport | None = None


def undo_import(batch: ImportBatch, *, by: User | None) -> Undone:
    """Take back the moves and amounts, or the purchases, that ``batch`` told.

    Deals that it made are archived and give up their external id, so that a better file makes them
    anew; of others, names and the like stay as they are. Customers, products and people stay. May
    be run again after a crash. Raises ValidationError for a batch that is running or taken back.
    """
    if batch.state in (ImportBatch.State.RUNNING, ImportBatch.State.VOIDED):
        raise ValidationError(_("This import is still running, or was taken back already."))
    undone, pipelines = Undone(), set()
    if batch.kind == LEADS:
        undone.leads = take_back_now(batch, by=by)
        return undone
    if batch.kind == PURCHASES:
        undone.purchases = withdraw_purchases(batch, by=by)
    deals = _touched(batch)
    for start in range(0, len(deals), DEALS_AT_ONCE):
        with transaction.atomic():
            pipelines |= _undo_some(batch, deals[start : start + DEALS_AT_ONCE], undone, by)
    batch.state, batch.finished_at = ImportBatch.State.VOIDED, timezone.now()
    batch.save(update_fields=["state", "finished_at"])
    for pipeline in pipelines:
        request_refresh(pipeline)
    return undone


def _touched(batch: ImportBatch) -> list[int]:
    made = Opportunity.objects.filter(import_batch=batch, archived_at__isnull=True)
    found = set(made.values_list("pk", flat=True))
    for history in (StageChange, AmountChange):
        rows = history.objects.live().filter(import_batch=batch).order_by()
        found |= set(rows.values_list("opportunity_id", flat=True).distinct())
    return sorted(found)


def _undo_some(batch: ImportBatch, ids: Sequence[int], undone: Undone, by: User | None) -> set[int]:
    deals = Opportunity.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    found = list(deals.select_related(None))
    for history in (StageChange, AmountChange):
        rows = history.objects.filter(opportunity__in=ids).order_by()
        rows.filter(voided_by__import_batch=batch, voided_at__isnull=True).exclude(
            import_batch=batch
        ).update(voided_by=None)
        rows.live().filter(import_batch=batch).update(voided_by=F("pk"))
    moves, amounts = _live_moves(ids), _live_amounts(ids)
    at = clock.now()
    for deal in found:
        _set_back(
            deal, moves[deal.pk], amounts.get(deal.pk), made=deal.import_batch_id == batch.pk, at=at
        )
        undone.archived += deal.archived_at == at
    undone.deals += len(found)
    Opportunity.objects.bulk_update(found, RESTORED)
    _audit(found, batch, by=by, at=at)
    return {deal.pipeline_id for deal in found}


def _live_moves(ids: Sequence[int]) -> dict[int, list[StageChange]]:
    moves: dict[int, list[StageChange]] = defaultdict(list)
    live = StageChange.objects.live().filter(opportunity__in=ids)
    for move in live.select_related("to_stage__merged_into").order_by("at", "id"):
        moves[move.opportunity_id].append(move)
    return moves


def _live_amounts(ids: Sequence[int]) -> dict[int, AmountChange]:
    """The last amount of each deal."""
    live = AmountChange.objects.live().filter(opportunity__in=ids).order_by("at", "id")
    return {amount.opportunity_id: amount for amount in live}


def _set_back(
    deal: Opportunity,
    moves: Sequence[StageChange],
    amount: AmountChange | None,
    *,
    made: bool,
    at: datetime,
) -> None:
    deal.version += 1
    deal.updated_at = timezone.now()
    deal.amount = amount.amount if amount else None
    if amount:
        deal.currency = amount.currency
    history: list[tuple[Stage, datetime]] = [(move.to_stage, move.at) for move in moves]
    standing = standing_of(history)
    if standing is None:
        deal.stage_entered_at = deal.created_at = deal.closed_at = None
        deal.lost_reason = None
        if made and deal.archived_at is None:
            deal.archived_at, deal.external_id = at, None
            for field in derived_from(Opportunity, ["external_id"]):
                field.pre_save(deal, False)
        return
    deal.stage, deal.stage_entered_at = standing
    deal.created_at = moves[0].at
    deal.closed_at = None if deal.stage.is_open else moves[-1].at
    deal.lost_reason = moves[-1].lost_reason if deal.stage.is_lost else None


def _audit(
    deals: Sequence[Opportunity], batch: ImportBatch, *, by: User | None, at: datetime
) -> None:
    label = Opportunity._meta.label_lower
    entries: list[Any] = [
        AuditEntry(
            actor=by,
            action="undo_import",
            object_type=label,
            object_id=deal.pk,
            changes={"import": [batch.pk, None]},
            at=at,
        )
        for deal in deals
    ]
    AuditEntry.objects.bulk_create(entries)
