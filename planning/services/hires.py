"""Hires that a plan means to make; each write solves the plan anew."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Team, User
from core.services import audit
from core.services.versions import save_versioned, update_versioned
from planning.models import JobRole, Plan, Staff
from planning.services.plans import solve_if_known

KEPT = ("role_id", "user_id", "name", "team_id", "headcount", "share", "begins", "ends")
"""What makes up a hire, beside its plan."""

Rows = dict[int, dict[str, Any]]
"""What is ``KEPT`` of each hire, by id."""


@transaction.atomic
def add_hire(plan: Plan, *, by: User, **fields: Any) -> Staff:
    """A hire typed by hand, of the plan's team unless said otherwise.

    Raises ValidationError beside the field that is wrong.
    """
    hire = _made(Staff(plan=plan, **(fields | {"team": _team_in(plan, fields.get("team"))})), by=by)
    _solve_changed(plan, by=by)
    return hire


@transaction.atomic
def change_hire(hire: Staff, *, by: User, **fields: Any) -> Staff:
    """Raises StaleVersion where somebody else changed the hire meanwhile, ValidationError beside
    the field that is wrong."""
    plans = [hire.plan]
    if plan := fields.get("plan", hire.plan):
        fields["team"] = _team_in(plan, fields.get("team", hire.team))
    changes = update_versioned(hire, fields)
    if not changes:
        return hire
    audit.record("update", hire, by=by, changes=changes)
    plans += [hire.plan] if hire.plan != plans[0] else []
    for plan in plans:
        if plan is not None:
            _solve_changed(plan, by=by)
    return hire


def _team_in(plan: Plan, team: Team | None) -> Team | None:
    """``team``, or the plan's own where none is said.

    Raises ValidationError for one that the plan does not count.
    """
    if plan.team is None or team is None:
        return team or plan.team
    if not Team.objects.descendants(plan.team_id, include_self=True).filter(pk=team.pk).exists():
        text = _("This plan is of %(team)s: hire for that team, or for one below it.")
        raise ValidationError({"team": text % {"team": plan.team}})
    return team


@transaction.atomic
def take_over_hires(plan: Plan, *, by: User) -> list[Staff]:
    """Make the hires of the plan's last solve its own, whole people only, and solve it anew.

    What was taken over before is kept: the solve has counted it already. Where it asks for nobody,
    nothing changes.
    """
    roles = {role.name: role for role in JobRole.objects.all()}
    hires = [
        Staff(
            role=roles[row["role"]],
            plan=plan,
            team=plan.team,
            headcount=round(row["count"]),
            begins=date.fromisoformat(row["month"]),
        )
        for row in (plan.solution or {}).get("hires", [])
        if row["role"] in roles and round(row["count"]) >= 1
    ]
    if not hires:
        return []
    for hire in hires:
        _made(hire, by=by)
    _solve_changed(plan, by=by)
    return hires


@transaction.atomic
def drop_hire(hire: Staff, *, by: User) -> None:
    """Take a hire out of its plan, and solve that anew."""
    plan = hire.plan
    assert plan is not None
    _drop(hire, by=by)
    _solve_changed(plan, by=by)


def rows_of(plan: Plan) -> Rows:
    """The plan's hires as they are, for ``put_hires_back``."""
    return {row.pop("pk"): row for row in plan.planned_hires.order_by("pk").values("pk", *KEPT)}


@transaction.atomic
def put_hires_back(plan: Plan, *, by: User, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Exactly the hires that ``rows_of`` told before.

    Raises StaleVersion where somebody changed the plan since it was read, ValidationError where
    a hire can be made no more.
    """
    save_versioned(plan, fields=[])
    there = {hire.pk: hire for hire in plan.planned_hires.all()}
    _drop_all((hire for pk, hire in there.items() if pk not in rows), by=by)
    for pk, row in rows.items():
        if pk not in there:
            _made(Staff(plan=plan, **row), by=by)
        elif changes := update_versioned(there[pk], dict(row)):
            audit.record("update", there[pk], by=by, changes=changes)
    solve_if_known(plan, by=by)


def _made(hire: Staff, *, by: User) -> Staff:
    hire.full_clean()
    hire.save(force_insert=True)
    audit.record("create", hire, by=by, changes={"begins": [None, hire.begins]})
    return hire


def _drop(hire: Staff, *, by: User) -> None:
    audit.record("delete", hire, by=by, changes={"begins": [hire.begins, None]})
    hire.delete()


def _drop_all(hires: Iterable[Staff], *, by: User) -> None:
    for hire in hires:
        _drop(hire, by=by)


def _solve_changed(plan: Plan, *, by: User) -> None:
    """The plan's version stands for its hires, too."""
    save_versioned(plan, fields=[])
    solve_if_known(plan, by=by)
