"""Solving a plan from an estimate, without writing anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from core import clock
from pipeline.models import Estimate
from planning.assumptions import assumed, taken, told_apart
from planning.bought import bought_document
from planning.channel_laws import rates_by_source
from planning.engine import Goal, PlanWindow, Solution, solve
from planning.engine.quality import Quality
from planning.funnel_law import KnownFunnel, known_funnel
from planning.known_means import means_document
from planning.means import known_means
from planning.models import Assumption, Plan
from planning.models.plans import MONTHS
from planning.quality import Entering, entering, plan_quality
from planning.repeat import repeat_deals_kept, repeat_of_purchases
from planning.within import Usable, Within, solve_within
from planning.within_documents import within_document


@dataclass(frozen=True)
class SolvedPlan:
    """A plan with the estimate and the solution that belong together; nothing is rounded."""

    plan: Plan
    estimate: Estimate
    funnel: KnownFunnel
    solution: Solution
    months: tuple[date, ...]
    window: PlanWindow
    goal: Goal
    usable: Usable
    within: Within | None = None

    def date_of(self, days: int) -> date:
        """The date so many days after the rates were known."""
        return self.funnel.as_of + timedelta(days=days)

    @property
    def last_lead_month(self) -> date | None:
        """The last month in which a new lead can still pay off in the plan's year."""
        last = self.solution.last_lead_month
        return None if last is None else self.months[last]

    @cached_property
    def won_so_far(self) -> NDArray[np.float64]:
        """float[M]: deals won in the plan's months before the estimate was made."""
        return self.funnel.in_window(first_day(self.plan.year), MONTHS)[1]

    @property
    def assumed_per_month(self) -> float | None:
        """New leads a month taken to come until the plan's year begins; None once it has."""
        has_begun = self.funnel.as_of >= self.months[0]
        return None if has_begun else float(self.funnel.arrivals_of_late[0])

    @cached_property
    def laid_out(self) -> Solution:
        """The solution whose requirements are published: that of the limits where it reaches the
        target, else what the target would take."""
        is_reached = self.within is not None and self.within.is_reached
        return self.possible if is_reached else self.solution

    @cached_property
    def possible(self) -> Solution:
        """The solution whose revenue and chance the verdict tells: that of the limits, reached or
        not, where there are any."""
        return self.solution if self.within is None else self.within.laid_over(self.solution)

    @cached_property
    def quality(self) -> Quality:
        """What those who must enter each stage in each month are like."""
        before = self.goal.before_per_month
        return plan_quality(self.funnel, self.window, before, self.laid_out, self.within)

    @cached_property
    def entering(self) -> list[Entering]:
        """Who must enter each stage in each month, by where they come from."""
        before = self.goal.before_per_month
        return entering(self.funnel, self.window, before, self.laid_out, self.within)

    def document(self) -> dict[str, Any]:
        """What of the solution is kept on the plan, as JSON; its words are made when shown."""
        found = self.laid_out
        document = {
            "estimate": self.estimate.pk,
            "target": str(self.plan.target),
            "currency": self.plan.currency,
            "expected": found.expected,
            "p_target": found.p_target,
            "p80_revenue": found.p80_revenue,
            "code": found.code,
            "leads": found.leads,
            "multiplier": found.multiplier,
            "assumed_per_month": self.assumed_per_month,
            "last_lead_month": self.last_lead_month and self.last_lead_month.isoformat(),
            "months": [self._month(i) for i in range(len(self.months))],
            "origins": self._origins(),
            "bought": bought_document(self.funnel.rows, self.within),
            "required": {
                "leads": float(found.new_leads.sum()),
                "multiplier": found.multiplier,
                "expected": found.expected,
                "p_target": found.p_target,
                "p80_revenue": found.p80_revenue,
            },
            "means": means_document(self.usable.known),
            "segment_estimate": self.usable.by_source and self.usable.by_source.pk,
        }
        return (
            document
            if self.within is None
            else document | within_document(self.plan, self.months, self.within)
        )

    def _month(self, i: int) -> dict[str, Any]:
        found = self.laid_out
        parts = {
            "revenue": found.revenue,
            "low80": found.revenue_low80,
            "high80": found.revenue_high80,
            "certain": found.revenue_certain,
            "from_pipeline": found.revenue_from_pipeline,
            "new": found.revenue_new,
            "wins": found.wins,
            "new_leads": found.new_leads,
            "payoff_share": found.payoff_share,
            "won_so_far": self.won_so_far,
        }
        row = {name: float(values[i]) for name, values in parts.items()}
        return {"month": self.months[i].isoformat(), **row}

    def _origins(self) -> dict[str, list[list[float]]]:
        """Entries by stage and month that have happened, and that come by themselves or again."""
        found, quality = self.laid_out, self.quality
        direct = quality.origin[1] * (found.entries - found.so_far)
        return {"so_far": found.so_far.tolist(), "direct": direct.tolist()}


def first_day(year: int) -> date:
    """The first day of plan year ``year``, which begins in that calendar year."""
    return date(year, settings.FISCAL_YEAR_START, 1)


def plan_months(year: int) -> tuple[date, ...]:
    """The first days of the months of a plan year."""
    return following_months(first_day(year), MONTHS)


def following_months(first: date, count: int) -> tuple[date, ...]:
    """The first days of ``count`` months, ``first`` being that of the earliest."""
    start = first.year * 12 + first.month - 1
    return tuple(date((start + m) // 12, (start + m) % 12 + 1, 1) for m in range(count))


def repeat_to_come(plan: Plan, window: PlanWindow, known: datetime) -> NDArray[np.float64] | float:
    """float[M]: repeat business that is typed, of the months to come, or that of the purchases
    ``known``, which no won deal tells, of past months too; 0 where the deals' rates tell it."""
    if plan.repeat_by_month is not None:
        return np.asarray(np.array(plan.repeat_by_month, float) * window.open_share)
    if plan.repeat_from_purchases:
        months = plan_months(plan.year)
        asked = {"currency": plan.currency, "overlap": plan.repeat_overlap}
        return np.array(repeat_of_purchases(months, as_of=known, **asked).by_month)
    return 0.0


def solve_for(
    plan: Plan,
    estimate: Estimate,
    *,
    assumptions: Iterable[Assumption] | None = None,
    usable: Usable | None = None,
) -> SolvedPlan:
    """Solve ``plan`` as it stands, saved or not, with the rates of ``estimate``.

    ``assumptions``: those to try instead of the plan's own; ``usable``: what it may use instead of
    what is typed now. Raises MissingExchangeRate where the
    plan's currency has no rate.
    """
    made = taken(plan, assumptions)
    funnel = assumed(funnel_of(plan, estimate), made)
    window = PlanWindow.of_year(first_day(plan.year), funnel.as_of)
    goal = goal_of(plan, funnel, window, known=estimate.as_of)
    found = solve(funnel.law, funnel.open_stays, window, goal)
    if usable is None:
        known = known_means(plan, rows=funnel.rows, window=window, as_of=funnel.as_of)
        usable = Usable(known, rates_by_source(estimate))
    within = solve_within(plan, estimate, funnel, window, goal, found, usable, told_apart(made))
    months = plan_months(plan.year)
    return SolvedPlan(plan, estimate, funnel, found, months, window, goal, usable, within)


def funnel_of(plan: Plan, estimate: Estimate) -> KnownFunnel:
    """The funnel that history gives ``plan``, before anything is assumed.

    Raises MissingExchangeRate where the plan's currency has no rate.
    """
    funnel = known_funnel(estimate, currency=plan.currency)
    if plan.repeat_is_of_deals:
        return funnel
    return funnel.without_repeat(kept=repeat_deals_kept(plan, as_of=estimate.as_of))


def goal_of(
    plan: Plan, funnel: KnownFunnel, window: PlanWindow, *, known: datetime | None = None
) -> Goal:
    """What ``plan`` asks of a funnel, beside what its months have brought already.

    ``known``: up to when purchases are; the day of the funnel if not said.
    """
    entries, _wins, won = funnel.in_window(first_day(plan.year), MONTHS)
    return Goal(
        target=float(plan.target),
        confidence=plan.confidence,
        shape=np.array(plan.shape, float),
        already_won=won,
        base=repeat_to_come(plan, window, known or clock.day_start(funnel.as_of)),
        entries_so_far=entries,
        recent_per_month=funnel.recent_per_month,
        before_per_month=funnel.arrivals_of_late,
    )
