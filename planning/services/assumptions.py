"""Assumptions of a plan: each with its reason, and the plan solved anew in the same transaction."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import save_versioned
from pipeline.selectors import latest_estimate
from planning.assumptions import Row, check
from planning.models import Assumption, Plan
from planning.services.plans import NoEstimate, solve_plan
from planning.solving import funnel_of

Key = tuple[str, Row | None]
"""Kind of an assumption, and the stage of a promotion."""


@dataclass(frozen=True)
class Assumed:
    """What somebody takes to be otherwise; ``stage`` is that of a promotion."""

    kind: str
    value: float
    reason: str
    stage: Row | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.stage


@transaction.atomic
def set_assumption(
    plan: Plan, *, by: User, kind: str, value: float, reason: str, stage: Row | None = None
) -> Plan:
    """Take something to be otherwise than history says.

    Raises ValidationError without a reason or for a value that cannot be, StaleVersion where
    somebody else changed the plan meanwhile.
    """
    return change_assumptions(plan, by=by, to=[Assumed(kind, value, reason, stage)])


@transaction.atomic
def drop_assumption(plan: Plan, *, by: User, kind: str, stage: Row | None = None) -> Plan:
    """Take it to be as history says again. Raises StaleVersion."""
    return change_assumptions(plan, by=by, drop=[(kind, stage)])


@transaction.atomic
def change_assumptions(
    plan: Plan, *, by: User, to: Iterable[Assumed] = (), drop: Iterable[Key] = ()
) -> Plan:
    """Set some assumptions and take others back; the rest stays as it is."""
    wanted = assumptions_of(plan) | {each.key: each for each in to}
    for key in drop:
        wanted.pop(key, None)
    return replace_assumptions(plan, by=by, to=wanted.values())


@transaction.atomic
def replace_assumptions(plan: Plan, *, by: User, to: Iterable[Assumed]) -> Plan:
    """Exactly these assumptions; one that is as it was keeps who made it and when."""
    before, after = assumptions_of(plan), _by_key(to)
    if before == after:
        return plan
    # The plan's version also stands for its assumptions, and locks them.
    save_versioned(plan, fields=["name"])
    _write(plan, before, after, by=by)
    changes = {"assumptions": [_readable(before), _readable(after)]}
    audit.record("update", plan, by=by, changes=changes)
    with suppress(NoEstimate):
        solve_plan(plan, by=by)
    return plan


def assumptions_of(plan: Plan) -> dict[Key, Assumed]:
    rows = [Assumed(row.kind, row.value, row.reason, row.row) for row in plan.assumptions.all()]
    return {row.key: row for row in rows}


def _by_key(wanted: Iterable[Assumed]) -> dict[Key, Assumed]:
    found: dict[Key, Assumed] = {}
    for each in wanted:
        if each.key in found:
            raise ValidationError(_("Each thing can be assumed only once."))
        found[each.key] = each
    return found


def _write(
    plan: Plan, before: Mapping[Key, Assumed], after: Mapping[Key, Assumed], *, by: User
) -> None:
    new = [_row(plan, each, by) for key, each in after.items() if before.get(key) != each]
    _check_all(plan, new)
    gone = [row.pk for row in plan.assumptions.all() if before[_key(row)] != after.get(_key(row))]
    Assumption.objects.filter(pk__in=gone).delete()
    Assumption.objects.bulk_create(new)
    # What was read before with the plan is no longer true.
    getattr(plan, "_prefetched_objects_cache", {}).pop("assumptions", None)


def _key(row: Assumption) -> Key:
    return row.kind, row.row


def _row(plan: Plan, each: Assumed, by: User) -> Assumption:
    kind, stage = each.stage or ("", None)
    return Assumption(
        plan=plan,
        kind=each.kind,
        lifecycle_stage_id=stage if kind == "customer" else None,
        pipeline_stage_id=stage if kind == "opportunity" else None,
        value=each.value,
        reason=each.reason.strip(),
        by=by,
        at=clock.now(),
    )


def _check_all(plan: Plan, rows: Iterable[Assumption]) -> None:
    estimate = latest_estimate(plan.pipeline)
    funnel = funnel_of(plan, estimate) if estimate else None
    for row in rows:
        if (row.kind == Assumption.Kind.PROMOTION) != (row.row is not None):
            raise ValidationError({"stage": _("A promotion rate, and nothing else, has a stage.")})
        row.clean_fields(exclude=["plan", "by"])
        row.clean()
        if funnel:
            check(funnel, row)


def _readable(rows: Mapping[Key, Assumed]) -> str:
    return "; ".join(
        f"{each.kind}{' {} {}'.format(*each.stage) if each.stage else ''}: {each.value:g}"
        f" ({each.reason})"
        for each in rows.values()
    )
