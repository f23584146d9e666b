"""What a stage asks to be known of who enters it or stands in it, and what of that is not known."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

CUSTOMER_FIELDS = (
    "source",
    "region",
    "country",
    "industry",
    "employees",
    "annual_revenue",
    "website",
    "phone",
)
CONTACT = "contact"
"""Somebody to talk to: of a customer no field, but whether anybody is known there."""
CUSTOMER_KNOWLEDGE = (CONTACT, *CUSTOMER_FIELDS)
"""What a stage may ask for of a customer."""


class MissingFields(ValidationError):
    """A stage is entered only once ``names`` are known; beside each field it says so."""

    def __init__(self, stage: Any, names: list[str]) -> None:
        text = _("This must be known to enter “%(stage)s”.") % {"stage": stage.label}
        super().__init__(dict.fromkeys(names, text))
        self.stage, self.names = stage, names


def is_known(obj: Any, name: str) -> bool:
    """Whether a field is; behind a dot, of what it leads to: ``customer.source`` of a deal."""
    to, _dot, field = name.rpartition(".")
    if to:
        held = getattr(obj, to)
        return held is not None and is_known(held, field)
    if _is_anybody(obj, name):
        return obj.pk is not None and bool(obj.contacts.current().exists())
    return getattr(obj, obj._meta.get_field(name).attname) not in (None, "")


def missing_fields(obj: Any, names: Iterable[str]) -> list[str]:
    return [name for name in names if not is_known(obj, name)]


def check_known(obj: Any, stage: Any) -> None:
    """Raises MissingFields where ``obj`` may not enter ``stage`` yet."""
    if missing := missing_fields(obj, stage.required_fields):
        raise MissingFields(stage, missing)


def label_of(model: Any, name: str) -> str:
    """The field's name as people read it."""
    if _is_anybody(model, name):
        return _("A contact")
    return capfirst(str(model._meta.get_field(name).verbose_name))


def _is_anybody(of: Any, name: str) -> bool:
    return name == CONTACT and of._meta.model_name == "customer"
