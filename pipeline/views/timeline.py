"""What happened to a deal, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst

from core.models import AuditEntry
from pipeline.models import Opportunity, StageChange

# Told by the stage and amount changes themselves.
TOLD_ELSEWHERE = {"stage", "amount", "currency", "archived_at", "went_along"}
EDITS = ("update",)


@dataclass(frozen=True)
class Entry:
    """``kind`` is ``stage``, ``amount``, ``own``, ``edit``, ``archive`` or ``restore``."""

    kind: str
    at: datetime
    by: Any
    row: Any = None
    is_undone: bool = False
    changes: tuple[tuple[str, Any, Any], ...] = ()


def timeline(deal: Opportunity) -> list[Entry]:
    """Moves, amounts, own chances and edits with who and when; undone moves stay visible."""
    moves = deal.stage_changes.select_related("from_stage", "to_stage", "by", "lost_reason")
    amounts = deal.amount_changes.live().select_related("by")
    own = deal.own_probabilities.live().select_related("by")
    audit = AuditEntry.objects.filter(
        object_type=deal._meta.label_lower, object_id=deal.pk, action__in=EDITS
    ).select_related("actor")
    entries = [_move(row) for row in moves]
    entries += [Entry("amount", row.at, row.by, row) for row in amounts]
    entries += [Entry("own", row.at, row.by, row) for row in own]
    entries += [entry for row in audit for entry in _edit(row)]
    # A demo's clock stands still: what bears the same instant keeps the order of recording.
    return sorted(entries, key=_when, reverse=True)


def _when(entry: Entry) -> tuple[datetime, datetime]:
    return entry.at, entry.row.recorded_at


def _move(row: StageChange) -> Entry:
    return Entry("stage", row.at, row.by, row, is_undone=row.voided_by_id is not None)


def _edit(row: AuditEntry) -> list[Entry]:
    if "archived_at" in row.changes:
        kind = "archive" if row.changes["archived_at"][1] else "restore"
        return [Entry(kind, row.at, row.actor, row)]
    told = tuple(
        (_label(name), before, after)
        for name, (before, after) in row.changes.items()
        if name not in TOLD_ELSEWHERE
    )
    return [Entry("edit", row.at, row.actor, row, changes=told)] if told else []


def _label(field: str) -> str:
    """The field's name as people read it; that of a field no longer known stays as it is."""
    names = {each.name: each.verbose_name for each in Opportunity._meta.fields}
    return capfirst(str(names.get(field, field)))
