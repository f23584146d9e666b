"""A plan whose new leads are given: as they were planned, or as they came in the last year."""

from collections.abc import Iterable

import numpy as np

from pipeline.models import Estimate
from planning.assumptions import assumed, taken
from planning.engine import Goal, PlanWindow
from planning.engine.law import Floats
from planning.engine.takes import Standing
from planning.models import Assumption, Plan
from planning.solving import first_day, funnel_of, goal_of


def standing_of(
    plan: Plan,
    estimate: Estimate,
    *,
    new_leads: Floats | None = None,
    assumptions: Iterable[Assumption] | None = None,
) -> Standing:
    """float[12] ``new_leads``, else as many a month as in the last year, in the plan's shape.

    Raises MissingExchangeRate.
    """
    funnel = assumed(funnel_of(plan, estimate), taken(plan, assumptions))
    window = PlanWindow.of_year(first_day(plan.year), funnel.as_of)
    goal = goal_of(plan, funnel, window, known=estimate.as_of)
    leads = leads_of_late(goal, window) if new_leads is None else new_leads
    return Standing(funnel.law, funnel.open_stays, window, goal, leads)


def leads_of_late(goal: Goal, window: PlanWindow) -> Floats:
    """float[M]: the new leads a month of the last year, shared out as the goal shapes its year."""
    weights = goal.weights(window)
    total = (goal.recent_per_month or 0.0) * float(window.open_share.sum())
    return np.asarray(weights / weights.sum() * total if weights.sum() > 0 else weights)
