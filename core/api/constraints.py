"""Which rule of the database a refused write broke."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import IntegrityError
from django.db.models import BaseConstraint, CheckConstraint, F, Model, Q, UniqueConstraint
from django.utils.translation import gettext as _

SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (?!index)(.+)$")
SQLITE_NAME = re.compile(r"(?:CHECK constraint failed: |UNIQUE constraint failed: index ')(\w+)")


@dataclass(frozen=True)
class Violation:
    """A broken rule: its sentence, and the fields it is about."""

    message: str
    fields: tuple[str, ...]
    is_unique: bool


def violated_constraint(error: IntegrityError) -> Violation | None:
    """The rule that ``error`` names, by PostgreSQL's constraint name or SQLite's message."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    if name is None:
        text = str(error)
        if columns := SQLITE_COLUMNS.search(text):
            return _by_columns(columns[1])
        found = SQLITE_NAME.search(text)
        name = found[1] if found else None
    constraint = _constraints().get(name or "")
    return _violation(constraint) if constraint else None


def rule_of_message(message: str) -> Violation | None:
    """The rule whose sentence a validation repeats without saying which fields it is about."""
    for constraint in _constraints().values():
        if str(constraint.get_violation_error_message()) == message:
            return _violation(constraint)
    return None


def _by_columns(text: str) -> Violation | None:
    """SQLite names the columns of a broken unique index: ``crm_source.name, …``."""
    pairs = [column.strip().partition(".") for column in text.split(",")]
    table, columns = pairs[0][0], {column for _table, _dot, column in pairs}
    for model in apps.get_models():
        if model._meta.db_table == table:
            fields = tuple(f.name for f in model._meta.fields if f.column in columns)
            named = (c for c in model._meta.constraints if isinstance(c, UniqueConstraint))
            match = next((c for c in named if set(c.fields) == set(fields)), None)
            return _violation(match) if match else Violation(_taken(), fields, True)
    return None


def _taken() -> str:
    return _("Another record has this already.")


def _violation(constraint: BaseConstraint) -> Violation:
    unique = isinstance(constraint, UniqueConstraint)
    message = str(constraint.get_violation_error_message())
    if constraint.violation_error_message == constraint.default_violation_error_message:
        message = _taken() if unique else _("These values contradict each other.")
    return Violation(message, _fields_of(constraint), unique)


def _fields_of(constraint: BaseConstraint) -> tuple[str, ...]:
    if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
        return tuple(sorted(constraint.condition.referenced_base_fields))
    if isinstance(constraint, UniqueConstraint):
        expressions: Any = constraint.expressions
        inside = [part for expression in expressions for part in expression.flatten()]
        named = (p.name for p in inside if isinstance(p, F))  # type: ignore[attr-defined]
        return tuple(constraint.fields) or tuple(named)
    return ()


@cache
def _constraints() -> dict[str, BaseConstraint]:
    models: list[type[Model]] = apps.get_models()
    return {c.name: c for model in models for c in model._meta.constraints}
