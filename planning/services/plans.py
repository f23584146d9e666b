from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Team, User
from core.services import audit, dirty
from core.services.versions import changed_fields, update_versioned
from pipeline.models import Estimate
from pipeline.selectors import latest_estimate
from pipeline.services.segments import flag_name
from planning.channel_budgets import moved
from planning.channel_laws import SOURCE
from planning.models import ChannelBudget, Plan, Requirement
from planning.own_rates import part_estimates
from planning.requirement_rows import requirement_rows
from planning.segments import SEGMENTS
from planning.services.families import check_shared
from planning.services.reasons import with_reason
from planning.services.targets import rescale_parts
from planning.solving import SolvedPlan, solve_for
from planning.targets import all_parts

INPUTS = (
    "target",
    "year",
    "team",
    "currency",
    "confidence",
    "shape",
    "pipeline",
    "objective",
    "budget",
    "margin",
    "may_hire",
    "flexibility",
    "wait_days",
    "wait_half_life",
    "repeat_by_month",
    "repeat_from_purchases",
    "repeat_overlap",
)


class NoEstimate(Exception):
    """The pipeline's rates have not been computed yet."""


@transaction.atomic
def create_plan(*, by: User, **fields: Any) -> Plan:
    """A new draft, solved at once where rates are known.

    Raises ValidationError beside the field that is wrong, NoEstimate where it is to be approved
    and cannot be solved.
    """
    status = fields.pop("status", Plan.Status.DRAFT)
    plan = Plan(owner=by)
    for name, value in with_reason(plan, fields).items():
        setattr(plan, name, value)
    plan.full_clean()
    plan.save(force_insert=True)
    audit.record("create", plan, by=by, changes={"target": [None, plan.target]})
    solve_if_known(plan, by=by)
    return approve_plan(plan, by=by) if status == Plan.Status.APPROVED else plan


@transaction.atomic
def update_plan(plan: Plan, *, by: User, **fields: Any) -> Plan:
    """Change a plan; with a changed input it is solved anew, and is a draft again.

    Raises StaleVersion where somebody else changed it meanwhile, NoEstimate where it is to be
    approved without having been solved, ValidationError beside the field that is wrong.
    """
    fields = with_reason(plan, fields)
    changing = set(changed_fields(plan, fields))
    check_shared(plan, changing)
    has_new_inputs = bool(set(INPUTS) & changing)
    if has_new_inputs:
        fields["status"] = Plan.Status.DRAFT
    elif fields.get("status") == Plan.Status.APPROVED and plan.solution is None:
        raise NoEstimate
    changes = update_versioned(plan, fields)
    if not changes:
        return plan
    if "target" in changes:
        changes |= rescale_parts(plan)
    if "year" in changes:
        before, after = changes["year"]
        _move_budgets(plan, years=after - before)
    if "team" in changes:
        _take_hires_along(plan, of=changes["team"][0])
    audit.record("update", plan, by=by, changes=changes)
    if has_new_inputs:
        solve_if_known(plan, by=by)
    return plan


def _move_budgets(plan: Plan, *, years: int) -> None:
    """Take the budgets of channels along to another year, else their limits would be lifted."""
    rows = moved(list(plan.channel_budgets.all()), years=years)
    plan.channel_budgets.all().delete()
    ChannelBudget.objects.bulk_create(rows)


def _take_hires_along(plan: Plan, *, of: Team | None) -> None:
    """Hires of the team that the plan was of are now of the one it is of; no other is counted."""
    plan.planned_hires.filter(team=of).update(team=plan.team, version=F("version") + 1)
    counted = plan.planned_hires.of_plan(plan)
    if counted.count() < plan.planned_hires.count():
        text = _("This plan has hires of another team: take them back first.")
        raise ValidationError({"team": text})


@transaction.atomic
def approve_plan(plan: Plan, *, by: User) -> Plan:
    """Approve what was solved last; what is approved already stays so.

    Raises StaleVersion where somebody else changed it meanwhile, NoEstimate where nothing was
    solved yet.
    """
    if plan.solution is None:
        raise NoEstimate
    if changes := update_versioned(plan, {"status": Plan.Status.APPROVED}):
        audit.record("approve", plan, by=by, changes=changes)
    return plan


@transaction.atomic
def take_approval_back(plan: Plan, *, by: User) -> Plan:
    """An approved plan is a draft again, as it stands; a draft stays one. Raises StaleVersion."""
    if changes := update_versioned(plan, {"status": Plan.Status.DRAFT}):
        audit.record("take_approval_back", plan, by=by, changes=changes)
    return plan


@transaction.atomic
def solve_plan(plan: Plan, *, estimate: Estimate | None = None, by: User | None = None) -> Plan:
    """Solve with ``estimate``, or the latest there is, and keep solution and requirements.

    An approved plan is a draft again: what was approved are other numbers. Raises NoEstimate
    where no rates are known.
    """
    # Locked and read anew: the caller's copy may be older than what somebody else has saved, and
    # two solves of one plan at once must not mix their rows.
    stored = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    solved = preview_plan(stored, estimate=estimate)
    _ask_for_rates_of_parts(solved)
    if stored.status == Plan.Status.APPROVED:
        changes = update_versioned(stored, {"status": Plan.Status.DRAFT})
        audit.record("update", stored, by=by, changes=changes)
        plan.status, plan.version = stored.status, stored.version
    return _keep(plan, solved)


def _ask_for_rates_of_parts(solved: SolvedPlan) -> None:
    """Channels, and the parts of a target, have rates of their own; where these are missing, they
    are computed soon."""
    within, wanted = solved.within, set(all_parts(solved.plan)) & set(SEGMENTS)
    if within is not None and within.known.has_channels:
        wanted.add(SOURCE)
    for dimension in sorted(wanted - set(part_estimates(solved.estimate))):
        dirty.mark(flag_name(solved.plan.pipeline_id, dimension))


def solve_if_known(plan: Plan, *, by: User | None = None) -> None:
    """Solve; where no rates are known, forget the answer to what the plan asked before."""
    try:
        solve_plan(plan, by=by)
    except NoEstimate:
        _keep(plan, None)


def _keep(plan: Plan, solved: SolvedPlan | None) -> Plan:
    Requirement.objects.filter(plan=plan).delete()
    if solved:
        Requirement.objects.bulk_create(requirement_rows(solved))
    plan.estimate = solved.estimate if solved else None
    plan.solution = _solution(solved) if solved else None
    plan.solved_at = timezone.now() if solved else None
    plan.save(update_fields=["estimate", "solution", "solved_at"])
    return plan


def _solution(solved: SolvedPlan) -> dict[str, Any]:
    """With what the parts of the plan are divided by, so that they stay as they were solved."""
    return solved.document() | {"part_estimates": part_estimates(solved.estimate)}


def preview_plan(plan: Plan, *, estimate: Estimate | None = None) -> SolvedPlan:
    """Solve a plan as it stands, saved or not, and write nothing."""
    estimate = estimate or latest_estimate(plan.pipeline)
    if estimate is None:
        raise NoEstimate
    return solve_for(plan, estimate)
