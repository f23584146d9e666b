"""Hires that a plan means to make."""

from datetime import date

from django.db import transaction

from accounts.models import User
from core.services import audit
from planning.models import JobRole, Plan, Staff
from planning.services.plans import solve_if_known


@transaction.atomic
def take_over_hires(plan: Plan, *, by: User) -> list[Staff]:
    """Make the hires of the plan's last solve its own, whole people only, and solve it anew.

    What was taken over before is kept: the solve has counted it already.
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
    for hire in hires:
        hire.full_clean()
        hire.save(force_insert=True)
        audit.record("create", hire, by=by, changes={"begins": [None, hire.begins]})
    solve_if_known(plan, by=by)
    return hires


@transaction.atomic
def drop_hire(hire: Staff, *, by: User) -> None:
    """Take a hire out of its plan, and solve that anew."""
    plan = hire.plan
    assert plan is not None
    audit.record("delete", hire, by=by, changes={"begins": [hire.begins, None]})
    hire.delete()
    solve_if_known(plan, by=by)
