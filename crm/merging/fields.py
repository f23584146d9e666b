"""What is known of two customers, side by side, and which of it stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.models import Customer

CHOSEN = (
    "name",
    "owner",
    "source",
    "region",
    "country",
    "industry",
    "employees",
    "annual_revenue",
    "website",
    "phone",
    "parent",
    "note",
)
THIS, OTHER, BOTH = "this", "other", "both"
JOINED = ("note",)
"""Of these both may stay, one after the other."""


@dataclass(frozen=True)
class Difference:
    """A field that says different things; ``stays`` is what is proposed."""

    name: str
    label: str
    this: Any
    other: Any
    stays: str

    @property
    def choices(self) -> tuple[str, ...]:
        is_joined = self.name in JOINED and not (_is_empty(self.this) or _is_empty(self.other))
        return (THIS, OTHER, BOTH) if is_joined else (THIS, OTHER)


def differences(survivor: Customer, merged: Customer) -> list[Difference]:
    """The fields in which the two differ; one's own stays, what is empty is filled."""
    found = []
    for name in CHOSEN:
        this, other = getattr(survivor, name), getattr(merged, name)
        if this != other:
            label = str(Customer._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found.append(Difference(name, label, this, other, _proposed(name, this, other)))
    return found


def _proposed(name: str, this: Any, other: Any) -> str:
    if _is_empty(this):
        return OTHER
    return BOTH if name in JOINED and not _is_empty(other) else THIS


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def check_choice(fields: Mapping[str, str]) -> None:
    """Raises ValidationError beside the field that does not exist or cannot be chosen so."""
    errors = {}
    for name, choice in fields.items():
        if name not in CHOSEN:
            errors[name] = _("This is no field that can be chosen.")
        elif choice not in (THIS, OTHER) and not (choice == BOTH and name in JOINED):
            errors[name] = _("Say “this” or “other”.")
    if errors:
        raise ValidationError(errors)


def values_that_stay(
    survivor: Customer, merged: Customer, fields: Mapping[str, str]
) -> dict[str, Any]:
    """What the survivor is to say, by its own fields' names."""
    values: dict[str, Any] = {
        "created_at": min(survivor.created_at, merged.created_at, key=datetime.timestamp)
    }
    for each in differences(survivor, merged):
        choice = fields.get(each.name, each.stays)
        values[each.name] = {
            THIS: each.this,
            OTHER: each.other,
            BOTH: "\n\n".join(filter(None, (each.this, each.other))) if choice == BOTH else None,
        }[choice]
    if survivor.external_id is None:
        values["external_id"] = merged.external_id
    if "parent" in values:
        values["parent"] = _possible_parent(values["parent"], survivor, merged)
    return values


def _possible_parent(parent: Customer | None, survivor: Customer, merged: Customer) -> Any:
    """None where a company would come to stand above itself."""
    if parent == merged:
        parent = merged.parent
    above, seen = parent, set[int]()
    while above is not None and above.pk not in seen:
        if above.pk in (survivor.pk, merged.pk):
            return None
        seen.add(above.pk)
        above = above.parent
    return parent
