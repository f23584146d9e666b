"""Back-solving a revenue target in closed form: how many must enter each stage each month.

With shape w by month, revenue kernel V and entry kernels E_s, lambda new leads bring
lambda (w * V) revenue in the window, so that

    lambda = (target - won so far - base - open pipeline) / sum over the window of (w * V)

and stage s needs lambda (w * E_s)[t] entries in month t, beside those that come from the
subjects already open. With a confidence it is a quantile of the revenue that has to come up to the
target, see chance.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.chance import QuadraticVariance, pipeline_luck, revenue_variance
from planning.engine.expected import Outlook, look_ahead
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import payoff_share
from planning.engine.solution import Code, Solution, assemble
from planning.engine.window import PlanWindow

# A lead counts as paying off while at least this share of what it will ever bring comes in time.
PAYS_OFF = 0.05
# More than half as many new leads again as of late: reachable on paper, hard in practice.
TIGHT_MULTIPLE = 1.5
# More than twenty times as many is beyond what a company can become within a year, and beyond what
# its rates speak of: they were seen at a twentieth of that flow or less.
OUT_OF_REACH_MULTIPLE = 20.0
# With fewer wins than this neither the rate nor the amount of a win is known well enough to hire
# or spend by: a year of ten wins varies by a third from luck alone.
ENOUGH_WINS = 10


@dataclass(frozen=True, eq=False)
class Goal:
    """What a plan is asked to reach.

    target: revenue in the plan's months, plan currency.
    confidence: percent, 50 .. below 100, with which the target is to be reached. 50 and None size
        for the expectation: as revenue is skewed, that is reached a little less often than every
        other year.
    shape: weights of new leads by month of the plan, any scale; even by default.
    already_won: revenue won in the window before `as_of`, in total or float[M].
    base: repeat business still expected from `as_of` on, in total or float[M]; it is taken as
        certain.
    entries_so_far: float[S, M], entries into each stage before `as_of`.
    recent_per_month: new leads a month of late, to compare with.
    before_per_month: float[S], entries a month that are assumed between `as_of` and the plan's
        first day; what they bring counts as new, though it is not the plan's to decide.

    Raises ValueError where a number is missing, negative or out of range.
    """

    target: float
    confidence: float | None = None
    shape: Floats | None = None
    already_won: Floats | float = 0.0
    base: Floats | float = 0.0
    entries_so_far: Floats | None = None
    recent_per_month: float | None = None
    before_per_month: Floats | None = None
    pays_off: float = PAYS_OFF

    def __post_init__(self) -> None:
        if not (np.isfinite(self.target) and self.target >= 0):
            raise ValueError("the target is a number, zero or more")
        if self.confidence is not None and not 50 <= self.confidence < 100:
            raise ValueError("the confidence is between 50 and 100 percent")
        if self.shape is not None:
            usable = np.isfinite(self.shape) & (self.shape >= 0)
            if not (self.shape.size and np.all(usable) and self.shape.sum() > 0):
                raise ValueError("the monthly shape has weights of zero or more, not all zero")
        for money in (self.already_won, self.base):
            if not np.all(np.isfinite(money)):
                raise ValueError("revenue so far and base are numbers")

    @property
    def chance(self) -> float | None:
        """The confidence as a share of one; None where the expectation is what counts."""
        if self.confidence is None or self.confidence <= 50:
            return None
        return self.confidence / 100

    def weights(self, window: PlanWindow) -> Floats:
        """float[M]: share of the year's leads that enter in each month, past months 0.

        A started month keeps the part still to come; lead months repeat the plan's own.
        """
        months = window.months - window.lead_months
        shape = np.ones(months) if self.shape is None else self.shape
        shape = shape / shape.sum()
        month_of_plan = np.arange(window.months) - window.lead_months
        return np.asarray(shape[month_of_plan % shape.size] * window.open_share)

    def certain_revenue(self, window: PlanWindow) -> Floats:
        """float[M]: won so far (a total goes to the month of `as_of`) plus base."""
        current = int(np.searchsorted(window.edges, 0.0, side="right")) - 1
        at_as_of = np.zeros(window.months)
        at_as_of[np.clip(current, window.lead_months, window.months - 1)] = 1.0
        ahead = window.open_share * window.in_plan
        spread = ahead / ahead.sum() if ahead.sum() > 0 else at_as_of
        return _by_month(self.already_won, at_as_of) + _by_month(self.base, spread)


def solve(law: FunnelLaw, stays: OpenStays, window: PlanWindow, goal: Goal) -> Solution:
    """The fewest new leads that reach the goal, and what they require of each stage and month.

    Always answers: where no number of leads helps, `code` says why and the solution holds
    what the open pipeline will bring without any.
    """
    outlook = look_ahead(law, stays, window, goal.before_per_month)
    weights = goal.weights(window)
    certain = goal.certain_revenue(window)
    variance = year_variance(law, outlook, window, weights, certain)
    share = payoff_share(law, outlook.per_lead, window)
    last = _last_month(share, window, goal.pays_off)
    code, leads = _size(law, variance, goal, can_pay=last is not None)
    multiplier = multiplier_of(goal, window, leads * float(weights.sum()))
    if code == "reachable":
        code = code_of_multiple(multiplier)
    return assemble(
        law=law,
        window=window,
        outlook=outlook,
        new_leads=leads * weights,
        certain=certain,
        so_far=goal.entries_so_far,
        code=code,
        leads=leads,
        p_target=variance.chance_of(goal.target, leads),
        p80_revenue=variance.exceeded_with(0.8, leads),
        payoff_share=share,
        last_lead_month=last,
        multiplier=multiplier,
    )


def year_variance(
    law: FunnelLaw, outlook: Outlook, window: PlanWindow, weights: Floats, certain: Floats
) -> QuadraticVariance:
    """Mean and variance of the plan's revenue as functions of the leads that float[M] weights,
    shares by month, are multiplied with; certain: float[M] revenue without a chance."""
    plan = window.in_plan
    pipeline = outlook.pipeline.revenue @ plan
    direct = outlook.direct.revenue @ plan
    luck = pipeline_luck(law, outlook.credit, pipeline[:, None]).sum()
    return revenue_variance(
        law,
        parts=pipeline + direct,
        luck=float(luck + direct.sum() * law.size_biased_amount),
        slope=float(weights @ outlook.per_lead.revenue @ plan),
        certain=float(certain @ plan),
    )


def _size(
    law: FunnelLaw, variance: QuadraticVariance, goal: Goal, *, can_pay: bool
) -> tuple[Code, float]:
    if variance.reaches(goal.target, 0.0, goal.chance):
        return "reachable", 0.0
    if law.eventual_revenue[0] <= 0:
        return "too_little_history", 0.0
    if not can_pay or variance.slope <= 0:
        return "unreachable", 0.0
    leads = variance.leads_for(goal.target, goal.chance)
    if leads is None or (law.wins_seen is not None and law.wins_seen < ENOUGH_WINS):
        return "too_little_history", variance.leads_for(goal.target, None) or 0.0
    return "reachable", leads


def code_of_multiple(multiplier: float | None) -> Code:
    """What so many times the leads of late make of a plan that could be reached."""
    if multiplier is None or multiplier <= TIGHT_MULTIPLE:
        return "reachable"
    return "tight" if multiplier <= OUT_OF_REACH_MULTIPLE else "unreachable"


def _last_month(share: Floats, window: PlanWindow, pays_off: float) -> int | None:
    paying = np.flatnonzero((share >= pays_off) & (window.open_share > 0))
    return int(paying[-1]) if paying.size else None


def multiplier_of(goal: Goal, window: PlanWindow, new_leads: float) -> float | None:
    """New leads a month over those of late; None where nothing is known of late."""
    months = float(window.open_share.sum())
    if not goal.recent_per_month or not months:
        return None
    return new_leads / months / goal.recent_per_month


def _by_month(money: Floats | float, spread: Floats) -> Floats:
    return np.asarray(money if np.ndim(money) else float(money) * spread, dtype=float)
