"""What happened with a customer, newest first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.models import AuditEntry
from crm.models import Activity, Contact, Customer, CustomerMerge, LifecycleChange
from crm.models.activities import ActivityQuerySet
from crm.undo_words import question_before_undo

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
    undo: str = ""
    undo_question: str = ""
    activity: int | None = None
    subject: Any = None
    is_undone: bool = False


Source = Callable[[Customer, User, int], Iterable[Entry]]
_lent: list[Source] = []


@dataclass(frozen=True)
class WayBack:
    """The address whose POST takes something back, and what is asked before."""

    address: str
    question: str


_ways_back: list[Callable[[Customer, User], WayBack | None]] = []


def lend(source: Source) -> None:
    """Let a higher app tell what happened to its own: the newest so many entries."""
    if source not in _lent:
        _lent.append(source)


def lend_way_back(source: Callable[[Customer, User], WayBack | None]) -> None:
    """Let a higher app, which gave something along, take back the last change of an owner."""
    if source not in _ways_back:
        _ways_back.append(source)


def timeline(
    customer: Customer, *, user: User, start: int = 0, shown: int = SHOWN
) -> tuple[list[Entry], bool]:
    """The newest ``shown`` entries after the first ``start``, and whether there are older ones.

    Deals that ``user`` may not see stay unnamed.
    """
    end = start + shown
    entries = [
        *_moves(customer, end + 1),
        *_activities(Activity.objects.filter(customer=customer), user, end + 1),
        *_edits(customer, user, end + 1),
        *_merges(customer, user, end + 1),
    ]
    for source in _lent:
        entries += source(customer, user, end + 1)
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[start:end], len(entries) > end


def _moves(customer: Customer, limit: int) -> Iterator[Entry]:
    # What was undone by hand held until then; what never held is nobody's history.
    held = Q(voided_by__isnull=True) | Q(voided_at__isnull=False)
    rows = (
        LifecycleChange.objects.filter(held, customer=customer)
        .select_related("from_stage", "to_stage", "by")
        .order_by("-at", "-id")[:limit]
    )
    last = next((row.pk for row in rows if row.voided_by_id is None), None)
    for row in rows:
        title, can_undo = _move_title(row), row.pk == last and row.from_stage_id is not None
        yield Entry(
            at=row.at,
            icon="stairs-up" if _is_up(row) else "stairs-down",
            title=title,
            text=str(row.get_cause_display()) if row.cause != LifecycleChange.Cause.HAND else "",
            by=str(row.by or ""),
            part="lost" if row.to_stage.is_lost else row.to_stage.part,
            undo=reverse("crm:undo_move", args=[row.pk]) if can_undo else "",
            undo_question=question_before_undo(title, row.at) if can_undo else "",
            is_undone=row.voided_by_id is not None,
        )


def _is_up(change: LifecycleChange) -> bool:
    to, before = change.to_stage, change.from_stage
    return not to.is_lost and (before is None or before.is_lost or to.order > before.order)


def _move_title(change: LifecycleChange) -> str:
    if change.from_stage is None:
        return _("Became %(to)s") % {"to": change.to_stage.label}
    return f"{change.from_stage.label} → {change.to_stage.label}"


def _merges(customer: Customer, user: User, limit: int) -> Iterator[Entry]:
    """Who turned out to be this customer; an undone merge names only whom ``user`` may see."""
    rows = CustomerMerge.objects.filter(
        Q(survivor=customer) | Q(merged=customer, undone_at__isnull=False)
    )
    found = list(rows.select_related("survivor", "merged", "by")[:limit])
    others = {row.merged_id if row.survivor_id == customer.pk else row.survivor_id for row in found}
    seen = Customer.objects.visible_to(user).in_bulk(others) if others else {}
    for row in found:
        other = row.merged if row.survivor_id == customer.pk else row.survivor
        is_undone = row.undone_at is not None
        name = other.name if other.pk in seen or not is_undone else _("another customer")
        words = _("%(name)s was merged into this customer.")
        if other.pk == row.survivor_id:
            words = _("Merged into %(name)s.")
        yield Entry(
            at=row.merged_at,
            icon="arrows-join-2",
            title=words % {"name": name},
            by=str(row.by or ""),
            subject=seen.get(other.pk) if is_undone else None,
            is_undone=is_undone,
        )


def done_activities(
    rows: ActivityQuerySet, *, user: User, start: int = 0, shown: int = SHOWN
) -> tuple[list[Entry], bool]:
    """The newest ``shown`` of ``rows`` that are done, after the first ``start``, and whether there
    are older ones. Two queries."""
    found = list(_activities(rows, user, start + shown + 1))[start:]
    return found[:shown], len(found) > shown


def _activities(rows: ActivityQuerySet, user: User, limit: int) -> Iterator[Entry]:
    done = rows.filter(done_at__isnull=False).select_related("owner")
    found = list(done.order_by("-done_at", "-id")[:limit])
    deals = visible_deals(found, user)
    for row in found:
        yield Entry(
            at=row.done_at or row.created_at,
            icon=ICONS[row.kind],
            title=row.heading,
            by=str(row.owner or ""),
            text=row.note,
            minutes=row.minutes,
            deal=deals.get(row.opportunity_id or 0),
            activity=row.pk,
        )


def visible_deals(rows: list[Activity], user: User) -> dict[int, Any]:
    """The deals that ``rows`` are about and ``user`` may see, by their keys. At most one query."""
    model: Any = Activity._meta.get_field("opportunity").related_model
    named = {row.opportunity_id for row in rows if row.opportunity_id}
    found: dict[int, Any] = model.objects.visible_to(user).in_bulk(named) if named else {}
    return found


def _edits(customer: Customer, user: User, limit: int) -> Iterator[Entry]:
    """Changes of the customer's facts and of its contacts; moves have entries of their own."""
    is_last_owner = True
    contacts = dict(customer.contacts.values_list("pk", "name"))
    mine = Q(object_type=Customer._meta.label_lower, object_id=customer.pk, action="update")
    theirs = Q(object_type=Contact._meta.label_lower, object_id__in=contacts)
    rows = AuditEntry.objects.filter(mine | theirs).select_related("actor")[:limit]
    for row in rows:
        model = Contact if row.object_type == Contact._meta.label_lower else Customer
        entry = Entry(
            at=row.at,
            icon="address-book" if model is Contact else "pencil",
            title=_edit_title(row, model),
            by=str(row.actor or ""),
            text=_changes(row, model) or (contacts[row.object_id] if model is Contact else ""),
        )
        if model is Customer and "owner" in row.changes:
            yield _with_way_back(entry, customer, user) if is_last_owner else entry
            is_last_owner = False
        else:
            yield entry


def _with_way_back(entry: Entry, customer: Customer, user: User) -> Entry:
    ways = filter(None, (source(customer, user) for source in _ways_back))
    back = next(ways, None)
    return replace(entry, undo=back.address, undo_question=back.question) if back else entry


def _edit_title(row: AuditEntry, model: Any) -> str:
    gone = row.changes["archived_at"][1] if "archived_at" in row.changes else None
    if "archived_at" in row.changes and model is Contact:
        return _("Contact archived") if gone else _("Contact restored")
    if "archived_at" in row.changes:
        return _("Archived") if gone else _("Restored")
    if model is Contact:
        return _("Contact added") if row.action == "create" else _("Contact changed")
    return _("Changed")


def _changes(row: AuditEntry, model: Any) -> str:
    if row.action == "create":
        return str(next(iter(row.changes.values()))[1])
    shown = {name: pair for name, pair in row.changes.items() if name != "archived_at"}
    return "; ".join(
        _("%(kind)s: %(subject)s")
        % {"kind": _label(model, name), "subject": f"{_shown(before)} → {_shown(after)}"}
        for name, (before, after) in shown.items()
    )


def _label(model: Any, name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def _shown(value: Any) -> str:
    return "–" if value in (None, "") else str(value)
