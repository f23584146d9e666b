"""Everything that points at a customer, as the models say, whichever app has it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F, Field, Model, QuerySet
from django.utils import timezone

from crm.models import Activity, Customer, CustomerMerge, LadderPosition, LifecycleChange

ROWS_AT_ONCE = 500

APART: tuple[type[Model], ...] = (LadderPosition, LifecycleChange, CustomerMerge)
"""Histories are put together (crm.merging.climbs), and merges tell of the customers themselves."""

PointingField = Field  # A foreign key to customers.


def pointing_fields() -> Iterator["PointingField[Any, Any]"]:
    """Every foreign key to customers there is."""
    for relation in Customer._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.is_relation:
            yield relation.field  # type: ignore[union-attr]


def moving_fields() -> list["PointingField[Any, Any]"]:
    """Those whose rows go over to the survivor as they are, deals before activities: activities
    follow their deal, and the database lets none be with a customer that its deal is not of."""
    fields = [field for field in pointing_fields() if field.model not in APART]
    return sorted(fields, key=lambda field: (field.model is Activity, field.model._meta.label))


def name_of(field: "PointingField[Any, Any]") -> str:
    """How the journal calls it."""
    return f"{field.model._meta.label}.{field.name}"


def rows_of(field: "PointingField[Any, Any]", customer: int) -> QuerySet[Any]:
    """The rows that point at ``customer``; a customer does not go over to itself."""
    rows: QuerySet[Any] = field.model._base_manager.filter(**{field.attname: customer})
    return rows.order_by("pk")


def point_at(field: "PointingField[Any, Any]", rows: QuerySet[Any], customer: int) -> None:
    """Let ``rows`` point at ``customer``; whoever edits an older state of them is told."""
    names = {each.name for each in field.model._meta.fields}
    values: dict[str, Any] = {field.attname: customer}
    if "version" in names:
        values["version"] = F("version") + 1
    if "updated_at" in names:
        values["updated_at"] = timezone.now()
    rows.order_by().update(**values)


def in_chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    every = list(keys)
    return (every[start : start + ROWS_AT_ONCE] for start in range(0, len(every), ROWS_AT_ONCE))
