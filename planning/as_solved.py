"""A stored plan as it was solved: by the rates, people, channels and budgets of that time."""

from collections.abc import Iterable

from pipeline.models import Estimate
from planning.engine.window import PlanWindow
from planning.known_means import KnownMeans, means_of
from planning.models import Assumption, Plan
from planning.solving import SolvedPlan, first_day, funnel_of, solve_for
from planning.within import Usable


def as_solved(plan: Plan, *, assumptions: Iterable[Assumption] | None = None) -> SolvedPlan | None:
    """The solution that the plan keeps, with all its workings; None where it has none.

    A plan that was solved before its means were kept has those typed now. ``assumptions``: those
    to try. Raises MissingExchangeRate.
    """
    if plan.estimate is None:
        return None
    known, usable = kept_means(plan), None
    if known is not None and plan.solution is not None:
        source = plan.solution["segment_estimate"]
        usable = Usable(known, Estimate.objects.get(pk=source) if source else None)
    return solve_for(plan, plan.estimate, assumptions=assumptions, usable=usable)


def kept_means(plan: Plan) -> KnownMeans | None:
    """What the plan was solved with; None where that is not known. Raises MissingExchangeRate."""
    found = plan.solution or {}
    if plan.estimate is None or "means" not in found:
        return None
    funnel = funnel_of(plan, plan.estimate)
    months = PlanWindow.of_year(first_day(plan.year), funnel.as_of).months
    return means_of(found["means"], stages=len(funnel.rows), months=months)
