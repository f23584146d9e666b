"""Edits that meet: what somebody else changed while a form was open, and how both survive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.models import AuditEntry


@dataclass(frozen=True)
class OtherChange:
    """What somebody else made of a field meanwhile, in the audit's own words."""

    field: str
    label: str
    by: str
    at: datetime
    before: Any
    after: Any
    is_conflict: bool = False


def merge_stale(
    form: Any, obj: Any, seen_version: int, *, actions: Iterable[str] = ("update",)
) -> list[OtherChange]:
    """Bring a form that began at ``seen_version`` up to date with ``obj`` as it is now.

    A field that only the other changed takes the other's value, one that both changed keeps what
    was typed; the list says what the other did. The form then carries the present version, so that
    sending it again is a decision. ``actions`` are what the audit calls the writes of it.
    """
    data = form.data.copy()
    merged = []
    for change in _changes_since(obj, seen_version, actions):
        if change.field not in form.fields:
            continue
        typed = form.cleaned_data.get(change.field)
        touched = not _same(typed, change.before) and not _same(typed, change.after)
        if not touched:
            data[form.add_prefix(change.field)] = _raw(obj, change.field)
        merged.append(OtherChange(**(change.__dict__ | {"is_conflict": touched})))
    data[form.add_prefix("version")] = str(obj.version)
    form.data = data
    return merged


def _changes_since(obj: Any, version: int, actions: Iterable[str]) -> list[OtherChange]:
    """One row a field: from what it was at ``version`` to what it is now."""
    # Every write of a versioned object raises its version by one and leaves one such row.
    writes = max(obj.version - version, 0)
    rows = AuditEntry.objects.filter(
        object_type=obj._meta.label_lower, object_id=obj.pk, action__in=list(actions)
    ).select_related("actor")[:writes]
    found: dict[str, OtherChange] = {}
    for row in reversed(list(rows)):
        for field, (before, after) in row.changes.items():
            first = found[field].before if field in found else before
            found[field] = OtherChange(
                field, _label(obj, field), str(row.actor or ""), row.at, first, after
            )
    return list(found.values())


def _label(obj: Model, field: str) -> str:
    return str(getattr(obj._meta.get_field(field), "verbose_name", field))


def _same(value: Any, recorded: Any) -> bool:
    at = parse_datetime(str(recorded)) if isinstance(value, datetime) else None
    if at is not None:
        # Forms show no seconds.
        return bool(value == at.replace(second=0, microsecond=0))
    return ("" if value is None else str(value)) == ("" if recorded is None else str(recorded))


def _raw(obj: Any, field: str) -> str:
    value = getattr(obj, obj._meta.get_field(field).attname)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"
    return "" if value is None else str(value)
