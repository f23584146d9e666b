"""Writes of plain records: what has no rule beyond its own fields and constraints."""

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, ProtectedError

from core.services import audit
from core.services.versions import StaleVersion, changed_fields

M = TypeVar("M", bound=Model)


class Kept(ProtectedError):
    """A row that a rule of the business keeps, with the reason in words for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, set())


@transaction.atomic
def create_record(model: type[M], *, by: Any, **fields: Any) -> M:
    """A new row of ``model``; raises ValidationError beside the field that is wrong."""
    row = model(**fields)
    row.full_clean()
    row.save(force_insert=True)
    audit.record("create", row, by=by, changes={"name": [None, str(row)]})
    return row


@transaction.atomic
def update_record(row: M, *, by: Any, **fields: Any) -> M:
    changes = changed_fields(row, fields)
    if not changes:
        return row
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    # What was stored before is not this caller's mistake; constraints hold for the whole row.
    untouched = {field.name for field in row._meta.fields} - set(changes)
    row.full_clean(exclude=untouched, validate_constraints=False)
    row.validate_constraints()
    row.save(update_fields=list(changes))
    audit.record("update", row, by=by, changes=changes)
    return row


@transaction.atomic
def delete_record(row: Model, *, by: Any) -> None:
    """Delete a row that nothing refers to; raises ProtectedError where something does,
    Kept where a rule does."""
    audit.record("delete", row, by=by, changes={"name": [str(row), None]})
    row.delete()


@transaction.atomic
def check_deletion(row: Model) -> None:
    """Raises Kept where a rule would keep ``row``, as by then it is too late to say so kindly.

    The row is deleted for a moment: whoever has a rule listens to deletions, in any app.
    """
    type(row)._default_manager.get(pk=row.pk).delete()
    transaction.set_rollback(True)


@transaction.atomic
def delete_versioned(obj: Any, *, by: Any, changes: dict[str, list[Any]] | None = None) -> None:
    """Delete a versioned object; raises StaleVersion where somebody changed it meanwhile.

    ``changes`` are what the audit trail is to hold besides its name.
    """
    audit.record("delete", obj, by=by, changes={"name": [str(obj), None], **(changes or {})})
    rows = type(obj)._default_manager.select_for_update().filter(pk=obj.pk, version=obj.version)
    if not rows.exists():
        raise StaleVersion
    obj.delete()
