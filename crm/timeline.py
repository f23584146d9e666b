"""What happened with a customer, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.models import AuditEntry
from crm.models import Activity, Contact, Customer, LifecycleChange
from crm.models.activities import ActivityQuerySet

SHOWN = 40
ICONS = {"call": "phone", "meeting": "users", "email": "mail", "task": "checkbox", "note": "note"}


@dataclass(frozen=True)
class Entry:
    at: datetime
    icon: str
    title: str
    by: str = ""
    text: str = ""
    minutes: int | None = None
    deal: Any = None
    part: str = ""
    undo_of: int | None = None


def timeline(customer: Customer, *, user: User, shown: int = SHOWN) -> tuple[list[Entry], bool]:
    """The newest ``shown`` entries, and whether there are older ones.

    Deals that ``user`` may not see stay unnamed.
    """
    entries = [
        *_moves(customer, shown + 1),
        *_activities(Activity.objects.filter(customer=customer), user, shown + 1),
        *_edits(customer, shown + 1),
    ]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[:shown], len(entries) > shown


def _moves(customer: Customer, limit: int) -> Iterator[Entry]:
    rows = (
        LifecycleChange.objects.live()
        .filter(customer=customer)
        .select_related("from_stage", "to_stage", "by")
        .order_by("-at", "-id")[:limit]
    )
    for index, row in enumerate(rows):
        yield Entry(
            at=row.at,
            icon="stairs-up" if _is_up(row) else "stairs-down",
            title=_move_title(row),
            text=str(row.get_cause_display()) if row.cause != LifecycleChange.Cause.HAND else "",
            by=str(row.by or ""),
            part="lost" if row.to_stage.is_lost else row.to_stage.part,
            undo_of=row.pk if index == 0 and row.from_stage_id else None,
        )


def _is_up(change: LifecycleChange) -> bool:
    to, before = change.to_stage, change.from_stage
    return not to.is_lost and (before is None or before.is_lost or to.order > before.order)


def _move_title(change: LifecycleChange) -> str:
    if change.from_stage is None:
        return _("Became %(to)s") % {"to": change.to_stage.label}
    return f"{change.from_stage.label} → {change.to_stage.label}"


def done_activities(rows: ActivityQuerySet, *, user: User, shown: int = SHOWN) -> list[Entry]:
    """The newest of ``rows`` that are done. Two queries."""
    return list(_activities(rows, user, shown))


def _activities(rows: ActivityQuerySet, user: User, limit: int) -> Iterator[Entry]:
    done = rows.filter(done_at__isnull=False).select_related("owner")
    found = list(done.order_by("-done_at", "-id")[:limit])
    deals = _visible_deals(found, user)
    for row in found:
        yield Entry(
            at=row.done_at or row.created_at,
            icon=ICONS[row.kind],
            title=f"{str(row.get_kind_display()).capitalize()}: {row.subject}",
            by=str(row.owner or ""),
            text=row.note,
            minutes=row.minutes,
            deal=deals.get(row.opportunity_id or 0),
        )


def _visible_deals(rows: list[Activity], user: User) -> dict[int, Any]:
    model: Any = Activity._meta.get_field("opportunity").related_model
    named = {row.opportunity_id for row in rows if row.opportunity_id}
    found: dict[int, Any] = model.objects.visible_to(user).in_bulk(named) if named else {}
    return found


def _edits(customer: Customer, limit: int) -> Iterator[Entry]:
    """Changes of the customer's facts and of its contacts; moves have entries of their own."""
    contacts = list(customer.contacts.values_list("pk", flat=True))
    mine = Q(object_type=Customer._meta.label_lower, object_id=customer.pk, action="update")
    theirs = Q(object_type=Contact._meta.label_lower, object_id__in=contacts)
    rows = AuditEntry.objects.filter(mine | theirs).select_related("actor")[:limit]
    for row in rows:
        model = Contact if row.object_type == Contact._meta.label_lower else Customer
        yield Entry(
            at=row.at,
            icon="address-book" if model is Contact else "pencil",
            title=_edit_title(row, model),
            by=str(row.actor or ""),
            text=_changes(row, model),
        )


def _edit_title(row: AuditEntry, model: Any) -> str:
    if "archived_at" in row.changes:
        return _("Archived") if row.changes["archived_at"][1] else _("Restored")
    if model is Contact:
        return _("Contact added") if row.action == "create" else _("Contact changed")
    return _("Changed")


def _changes(row: AuditEntry, model: Any) -> str:
    if row.action == "create":
        return str(next(iter(row.changes.values()))[1])
    shown = {name: pair for name, pair in row.changes.items() if name != "archived_at"}
    return "; ".join(
        f"{_label(model, name)}: {_shown(before)} → {_shown(after)}"
        for name, (before, after) in shown.items()
    )


def _label(model: Any, name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def _shown(value: Any) -> str:
    return "–" if value in (None, "") else str(value)
