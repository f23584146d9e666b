"""Compare-and-set on an object's version, so that no edit is lost under another."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from core.derived import derived_from


class StaleVersion(Exception):
    """Somebody else changed the object meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else changed this meanwhile. Look at the new state and try again.")
        )


def save_versioned(obj: Any, *, fields: Iterable[str]) -> None:
    """Write ``fields`` of ``obj`` if its version is still the stored one, and raise the version.

    Raises StaleVersion where it is not; nothing is written then.
    """
    names = [obj._meta.get_field(name).attname for name in fields]
    values = {name: getattr(obj, name) for name in names}
    values |= {each.attname: each.pre_save(obj, False) for each in derived_from(type(obj), names)}
    if hasattr(obj, "updated_at"):
        values["updated_at"] = obj.updated_at = timezone.now()
    model: type[Model] = type(obj)
    rows = model._default_manager.filter(pk=obj.pk, version=obj.version)
    if not rows.update(**values, version=obj.version + 1):
        raise StaleVersion
    obj.version += 1


def changed_fields(obj: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """{field: [from, to]} of those ``values`` that differ from ``obj``."""
    return {
        name: [getattr(obj, name), value]
        for name, value in values.items()
        if getattr(obj, name) != value
    }


def update_versioned(obj: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set and write the ``values`` that differ; what changed, as {field: [from, to]}.

    Raises ValidationError for a value that no row may have, StaleVersion for a stale object.
    """
    changes = changed_fields(obj, values)
    if not changes:
        return {}
    for name, (_before, after) in changes.items():
        setattr(obj, name, after)
    obj.full_clean(exclude={f.name for f in obj._meta.fields} - set(changes))
    save_versioned(obj, fields=changes)
    return changes


def check_whole(obj: Any, values: dict[str, Any]) -> None:
    """Raises ValidationError where ``obj`` with ``values`` breaks a rule of several fields."""
    would_be = copy(obj)
    for name, value in values.items():
        setattr(would_be, name, value)
    would_be.full_clean()
