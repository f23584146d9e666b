"""A plan with limits: what to buy, whom to hire and when, and what holds the plan back.

A linear program over months: leads by channel tier and month of entry, hires by role and month,
overtime. Kernels reduced to months say what a lead needs and brings, so the program has a few
hundred columns where one of cohorts and stages would have hundreds of thousands. Limits are
hours by role and month, channel volumes, budgets and the target. S stages, M months, R roles,
K tiers, G segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planning.engine.closed_form import Goal, code_of_multiple, multiplier_of
from planning.engine.course import course_of
from planning.engine.law import Floats, FunnelLaw
from planning.engine.limits import Limit, hire_worth, hour_worth, latest_hires, name_limits
from planning.engine.linear import Answer, nothing_of
from planning.engine.means import Means
from planning.engine.optimise import FEW_HOURS, Objective, best, unserved
from planning.engine.overload import STRAINED
from planning.engine.program_rows import THOUSAND, paid_in, rows_of
from planning.engine.segments import Segment, reduce_segments
from planning.engine.shaped_rows import shaped
from planning.engine.sizing import Aim, Question, Sized, size
from planning.engine.solution import Code
from planning.engine.waiting import Left, Loaded, UnderLoad, size_under_load
from planning.engine.window import PlanWindow


@dataclass(frozen=True, eq=False)
class Program:
    """The best plan within the limits; where the target cannot be reached, the one that brings
    the most.

    code: reachable; tight, if some role is busy beyond 85 % in some month or it takes far more
        leads than of late; unreachable; too_little_history, if nothing was ever won or no
        number of leads makes the target as likely as asked for (then sized for the expectation).
    leads: float[K, M], by month of entry, and segment_leads: float[G, M]; hires, overtime,
        hours_needed, hours_available (hires included, overtime not): float[R, M]; unserved:
        float[R, M], hours that what is under way needs beyond all that can be had.
    entries: float[S, M], of which fixed_entries come without new leads; revenue (certain
        revenue included), wins: float[M]. spend: float[K, M], on leads, when it is paid.
    expected: revenue of the plan's months; cost: leads, hires, overtime and payroll of all
        months, payroll: of those known today; profit: margin x expected - cost.
    p_target, p80_revenue: probability of the target; revenue exceeded with probability .8.
    reachable: the most expected revenue within the limits, inf where nothing limits it;
        highest_target: the highest target that is as likely as asked for. Neither depends on the
        target.
    target_price: cost, or lost profit, of one more unit of target; None where the target does
        not decide. limits: see `name_limits`; priced_in: whether their prices are cost saved,
        revenue or profit gained.
    latest_hire: by role, the last month in which one more hire would still pay for himself.
    left: what waiting leaves of revenue and wins, where people are short of hours from the start;
        it is taken off revenue, wins, expected, profit, p_target, p80_revenue, reachable and
        highest_target. p_if_served: p_target, were the missing hours found;
        lost: revenue of the plan's months that waiting costs.
    multiplier: new leads a month over those of late. gap: by what share of the cost (of the
    revenue, where that is to be the most) whole hires may fall short of the best; 0 where hires
    may be parts of people.
    """

    code: Code
    leads: Floats
    segment_leads: Floats
    hires: Floats
    overtime: Floats
    hours_needed: Floats
    hours_available: Floats
    unserved: Floats
    entries: Floats
    fixed_entries: Floats
    revenue: Floats
    wins: Floats
    spend: Floats
    expected: float
    cost: float
    payroll: float
    profit: float
    p_target: float
    p80_revenue: float
    reachable: float
    highest_target: float
    target_price: float | None
    priced_in: Objective
    limits: tuple[Limit, ...]
    latest_hire: tuple[int | None, ...]
    multiplier: float | None
    gap: float
    left: Left
    p_if_served: float
    lost: float

    @property
    def utilisation(self) -> Floats:
        """float[R, M]: needed over available hours; inf where nobody is there to do them."""
        there = self.hours_available
        nobody = np.where(self.hours_needed > FEW_HOURS, np.inf, 0.0)
        return np.where(there > 0, self.hours_needed / np.where(there > 0, there, 1.0), nobody)


def plan_within(
    segments: Sequence[Segment],
    window: PlanWindow,
    means: Means,
    goal: Goal,
    aim: Aim | None = None,
    *,
    common: FunnelLaw | None = None,
    under_load: UnderLoad | None = None,
) -> Program:
    """The best plan for a goal within the means; always answers.

    segments: as the tiers count them. common: the law of all leads together, whose uncertainty
    of rates the segments share (default: the first segment's). When leads come is what is
    decided, as near to the goal's monthly shape as the limits' flexibility asks for.
    under_load: what is left of a plan under its load, asked where people are short of hours
    without any new lead; without it the plan is told as if these hours were found.

    Raises InvalidMeans where the means contradict each other or name a segment that is not there.
    """
    question, missing = ask(segments, window, means, goal, aim, common=common)
    rows, searching = question.rows, question.aim.searching
    most = best(rows, "revenue", patience=searching) or nothing_of(rows)
    if under_load is None or not missing.any():
        sized, left = size(question, most), Left.all(window.months)
        return _lay_out(question, sized, most, means, window, missing, left, left)
    loaded = Loaded(question, means.workforce, window, under_load)
    question, sized, left, of_most = size_under_load(loaded, most)
    return _lay_out(question, sized, most, means, window, missing, left, of_most)


def ask(
    segments: Sequence[Segment],
    window: PlanWindow,
    means: Means,
    goal: Goal,
    aim: Aim | None = None,
    *,
    common: FunnelLaw | None = None,
) -> tuple[Question, Floats]:
    """A plan to be sized, and float[R, M] hours that it lacks even without new leads, which its
    limits have been granted. As `plan_within`."""
    aim = aim or Aim()
    kernels = reduce_segments(segments, means.effort, window)
    means.check(stages=kernels.entries.shape[3], months=window.months, segments=len(segments))
    rows = rows_of(kernels, means, window)
    missing = unserved(rows, whole=aim.whole_hires)
    if np.any(rows.limit[rows.hours] < 0):
        rows = rows.with_more_hours(missing + FEW_HOURS)
    certain = float(goal.certain_revenue(window) @ window.in_plan)
    question = Question(
        rows=shaped(rows, means, goal.weights(window)),
        segment=means.tiers.segment,
        kernels=kernels,
        law=common or segments[0].law,
        certain=certain,
        in_plan=window.in_plan,
        goal=goal,
        aim=aim,
    )
    return question, missing


def _lay_out(
    question: Question,
    sized: Sized,
    most: Answer,
    means: Means,
    window: PlanWindow,
    missing: Floats,
    left: Left,
    of_most: Left,
) -> Program:
    rows, aim = question.rows, question.aim
    choices = np.maximum(sized.choices.choices, 0.0)
    leads, hires, overtime = rows.split(choices)
    variance, new = question.odds(choices)
    course = course_of(question, choices, window)
    revenue = course.certain + course.revenue * left.revenue
    team = means.workforce
    hours_available = team.available + np.einsum("rm,rmt->rt", hires, team.hire_hours)
    multiplier = multiplier_of(question.goal, window, float(leads.sum()))
    payroll, expected = float(team.payroll.sum()), float(revenue @ window.in_plan)
    cost = float(rows.cost @ choices) * THOUSAND + payroll
    worth = hire_worth(hour_worth(rows, sized.priced, missing), means)
    of_most_left = replace(question, left=of_most.year)
    in_revenue = sized.objective == "revenue"
    return Program(
        code=_code(sized, course.hours_needed, hours_available, multiplier),
        leads=leads,
        segment_leads=question.leads_by_segment(choices),
        hires=hires,
        overtime=overtime,
        hours_needed=course.hours_needed,
        hours_available=hours_available,
        unserved=missing,
        entries=course.entries,
        fixed_entries=course.fixed_entries,
        revenue=revenue,
        wins=course.wins * left.wins,
        spend=_spend(leads, means, window),
        expected=expected,
        cost=cost,
        payroll=payroll,
        profit=aim.margin * expected - cost,
        p_target=variance.chance_of(question.target, new),
        p80_revenue=question.brought(variance.exceeded_with(0.8, new)),
        reachable=of_most_left.brought(variance.fixed + most.revenue * THOUSAND),
        highest_target=_highest_target(of_most_left, most),
        target_price=_target_price(sized, left),
        priced_in=sized.objective,
        limits=name_limits(rows, sized.priced, means, missing, hires_cost=not in_revenue),
        latest_hire=latest_hires(worth * (aim.margin if in_revenue else 1.0), means),
        multiplier=multiplier,
        gap=sized.choices.gap,
        left=left,
        p_if_served=variance.chance_of(question.goal.target, new),
        lost=float((course.certain + course.revenue) @ window.in_plan) - expected,
    )


def _spend(leads: Floats, means: Means, window: PlanWindow) -> Floats:
    """float[K, M]: what leads cost, in the month it is paid."""
    spend = np.zeros_like(leads)
    tier = np.arange(leads.shape[0])[:, None]
    np.add.at(spend, (tier, paid_in(means, window)), leads * means.tiers.cost[:, None])
    return spend


def _code(
    sized: Sized, hours_needed: Floats, hours_available: Floats, multiplier: float | None
) -> Code:
    if sized.code != "reachable":
        return sized.code
    busy = np.any(hours_needed > STRAINED * hours_available + FEW_HOURS)
    of_multiple = code_of_multiple(multiplier)
    return "tight" if busy and of_multiple == "reachable" else of_multiple


def _highest_target(question: Question, most: Answer) -> float:
    if most.without_limit:
        return float("inf")
    variance, new = question.odds(most.choices)
    return question.brought(variance.secured_with(question.confidence, new))


def _target_price(sized: Sized, left: Left) -> float | None:
    if sized.need_growth is None:
        return None
    return sized.priced.need_price * sized.need_growth / left.year
