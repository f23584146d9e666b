"""Scenarios: copies of a plan that are changed apart from it, to be laid side by side."""

from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from accounts.models import User
from core.services import audit
from planning.models import Plan, TargetPart
from planning.services.assumptions import Assumed, Key, change_assumptions
from planning.services.plans import NoEstimate, solve_plan
from planning.services.reasons import with_reason

NOT_COPIED = {
    "id",
    "name",
    "scenario_of",
    "status",
    "estimate",
    "solution",
    "solved_at",
    "owner",
    "created_at",
    "updated_at",
    "version",
}
# What belongs to a plan and to it alone.
BELONGINGS = ("assumptions", "planned_hires", "channel_budgets")
CENT = Decimal("0.01")


@transaction.atomic
def copy_plan(
    plan: Plan,
    *,
    by: User,
    name: str,
    assume: Iterable[Assumed] = (),
    drop: Iterable[Key] = (),
    **changes: Any,
) -> Plan:
    """A scenario of ``plan``, or of the plan that it is a scenario of, solved at once.

    Everything that was put into the plan is copied, then ``changes`` are made to its fields, and
    some assumptions set or taken back. Raises ValidationError beside the field that is wrong.
    """
    fields = {f.name: getattr(plan, f.name) for f in Plan._meta.concrete_fields}
    kept = {field: value for field, value in fields.items() if field not in NOT_COPIED}
    root = plan.scenario_of_id or plan.pk
    copy = Plan(**(kept | with_reason(plan, changes)), name=name, owner=by, scenario_of_id=root)
    copy.full_clean()
    copy.save(force_insert=True)
    audit.record("create", copy, by=by, changes={"scenario_of": [None, root]})
    for belongings in BELONGINGS:
        _copy_rows(getattr(plan, belongings), copy)
    _copy_parts(plan, copy)
    # Solves where anything is assumed otherwise than in the plan.
    change_assumptions(copy, by=by, to=assume, drop=drop)
    if copy.solution is None:
        with suppress(NoEstimate):
            solve_plan(copy)
    return copy


def _copy_rows(rows: Any, copy: Plan) -> None:
    """The same rows, of another plan."""
    model: type[models.Model] = rows.model
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    values = list(rows.values(*names))
    model._default_manager.bulk_create(model(**(row | {"plan_id": copy.pk})) for row in values)


def _copy_parts(plan: Plan, copy: Plan) -> None:
    """The parts of the target, which still make up the whole to the cent if it is another one."""
    by_dimension: dict[str, list[TargetPart]] = {}
    for part in plan.target_parts.all():
        by_dimension.setdefault(part.dimension, []).append(part)
    for parts in by_dimension.values():
        shares = scaled([part.amount for part in parts], to=copy.target)
        TargetPart.objects.bulk_create(
            TargetPart(plan=copy, dimension=part.dimension, value=part.value, amount=amount)
            for part, amount in zip(parts, shares, strict=True)
        )


def scaled(amounts: list[Decimal], *, to: Decimal) -> list[Decimal]:
    """``amounts`` in proportion, to the cent, with the sum ``to``; the largest takes the rest."""
    total = sum(amounts, Decimal(0))
    if total == to:
        return amounts
    shares = [(amount * to / total if total else to / len(amounts)) for amount in amounts]
    rounded = [share.quantize(CENT) for share in shares]
    largest = rounded.index(max(rounded))
    rounded[largest] += to - sum(rounded, Decimal(0))
    return rounded
