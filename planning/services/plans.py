from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.services import audit
from core.services.versions import update_versioned
from pipeline.models import Estimate
from pipeline.selectors import latest_estimate
from planning.models import Plan, Requirement
from planning.solving import SolvedPlan, solve_for

INPUTS = ("target", "year", "currency", "confidence", "shape", "pipeline")


class NoEstimate(Exception):
    """The pipeline's rates have not been computed yet."""


@transaction.atomic
def create_plan(*, by: User, **fields: Any) -> Plan:
    """A new draft, solved at once where rates are known.

    Raises ValidationError beside the field that is wrong.
    """
    plan = Plan(owner=by, **fields)
    plan.full_clean()
    plan.save(force_insert=True)
    audit.record("create", plan, by=by, changes={"target": [None, plan.target]})
    if latest_estimate(plan.pipeline):
        solve_plan(plan)
    return plan


@transaction.atomic
def update_plan(plan: Plan, *, by: User, **fields: Any) -> Plan:
    """Change a plan; with a changed input it is solved anew.

    Raises StaleVersion where somebody else changed it meanwhile.
    """
    changes = update_versioned(plan, fields)
    if not changes:
        return plan
    audit.record("update", plan, by=by, changes=changes)
    if set(INPUTS) & set(changes) and latest_estimate(plan.pipeline):
        solve_plan(plan)
    return plan


@transaction.atomic
def solve_plan(plan: Plan, *, estimate: Estimate | None = None) -> Plan:
    """Solve with ``estimate``, or the latest there is, and keep solution and requirements.

    Raises NoEstimate where no rates are known.
    """
    solved = preview_plan(plan, estimate=estimate)
    # Two solves of one plan at once must not mix their rows.
    Plan.objects.select_for_update().get(pk=plan.pk)
    Requirement.objects.filter(plan=plan).delete()
    Requirement.objects.bulk_create(solved.requirements())
    plan.estimate, plan.solution = solved.estimate, solved.document()
    plan.solved_at = timezone.now()
    plan.save(update_fields=["estimate", "solution", "solved_at"])
    return plan


def preview_plan(plan: Plan, *, estimate: Estimate | None = None) -> SolvedPlan:
    """Solve a plan as it stands, saved or not, and write nothing."""
    estimate = estimate or latest_estimate(plan.pipeline)
    if estimate is None:
        raise NoEstimate
    return solve_for(plan, estimate)
