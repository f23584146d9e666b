"""The audit trail."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model

from core import clock
from core.models import AuditEntry


def record(
    action: str,
    obj: Model,
    *,
    by: Any,
    changes: dict[str, list[Any]] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Write who did ``action`` to ``obj``, in the caller's transaction.

    ``changes`` maps field to [from, to], both plain JSON values or anything with a ``str``.
    """
    return AuditEntry.objects.create(
        actor=by,
        action=action,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        changes={field: [_plain(v) for v in pair] for field, pair in (changes or {}).items()},
        at=at or clock.now(),
    )


def record_many(
    action: str, model: type[Model], ids: Iterable[int], *, by: Any, changes: dict[str, list[Any]]
) -> None:
    """The same of many rows of ``model``, with a fixed number of queries a thousand."""
    label, at = model._meta.label_lower, clock.now()
    plain = {field: [_plain(v) for v in pair] for field, pair in changes.items()}
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                actor=by, action=action, object_type=label, object_id=pk, changes=plain, at=at
            )
            for pk in ids
        ),
        batch_size=1000,
    )


def latest(obj: Model) -> AuditEntry | None:
    """What was done to ``obj`` last."""
    entries = AuditEntry.objects.filter(object_type=obj._meta.label_lower, object_id=obj.pk)
    return entries.order_by("-id").first()


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
