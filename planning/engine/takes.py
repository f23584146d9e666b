"""What would it take? One thing changed at a time, until a plan reaches its target.

Everything else stays as it is, the number of new leads above all. Each lever is pulled only as
far as its bound; where even that is not enough, the answer says so and what it would bring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import optimize

from planning.engine.chance import QuadraticVariance
from planning.engine.closed_form import OUT_OF_REACH_MULTIPLE, Goal
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.law_changes import (
    at_pace,
    most_promotions,
    promotions,
    with_amounts,
    with_pace,
    with_promotion,
    with_promotions,
)
from planning.engine.window import DAYS_PER_MONTH, PlanWindow
from planning.engine.worth import worth_of_earlier_leads, year_worth

Lever = Literal["amount", "promotion", "promotions", "pace", "leads", "start"]
Code = Literal["reached", "enough", "too_late", "not_enough", "no_history"]

# How far each lever is pulled at most. Beyond, it would no longer be the company that the rates
# speak of.
MOST_AMOUNT = 5.0
MOST_PROMOTIONS = 5.0
LEAST_PACE = 0.1
MOST_LEADS = OUT_OF_REACH_MULTIPLE
MOST_MONTHS = 12
# Levers whose effect may turn before their bound are looked at in so many steps.
STEPS = 3
PRECISION = 1e-4


@dataclass(frozen=True)
class Take:
    """What one lever has to be set to.

    value: a factor on amounts, promotions (of one stage, or of all), length of stays or leads,
        or the months that leads begin to come earlier; None where no setting is enough.
    bound: the furthest setting looked at; chance: of the target at `value`, else at `bound`.
    before, after: what the lever moves, then and now: promotion rate of the stage, success rate
        of a new lead for all stages, new leads a month; None for the others.
    code: reached, without any change; enough; too_late: enough, but those months have passed;
        not_enough, even at the bound; no_history, as nothing was ever won.
    """

    lever: Lever
    code: Code
    value: float | None
    bound: float
    chance: float
    stage: int | None = None
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, eq=False)
class Standing:
    """A plan with float[M] new leads decided upon, in the months of a window.

    most_promotions: float[S], how many times as high each promotion rate may be taken to be; by
        default as far as its stage has room.
    """

    law: FunnelLaw
    stays: OpenStays
    window: PlanWindow
    goal: Goal
    new_leads: Floats
    most_promotions: Floats | None = None

    @property
    def room(self) -> Floats:
        """float[S]: the largest ratio of promotions that is looked at, inf where any is."""
        most = most_promotions(self.law)
        return most if self.most_promotions is None else np.minimum(most, self.most_promotions)

    @cached_property
    def worth(self) -> QuadraticVariance:
        """The year as it stands, by how many times the new leads enter."""
        return self.worth_with(self.law, self.stays)

    def worth_with(self, law: FunnelLaw, stays: OpenStays) -> QuadraticVariance:
        goal, window = self.goal, self.window
        certain = goal.certain_revenue(window)
        return year_worth(law, stays, window, self.new_leads, certain, goal.before_per_month)

    @property
    def leads_per_month(self) -> float:
        months = float(self.window.open_share.sum())
        return float(self.new_leads.sum()) / months if months else 0.0

    @property
    def first_day(self) -> float:
        """Days from `as_of` until the first of the new leads enters."""
        return max(float(self.window.edges[0]), 0.0)

    def spare(self, worth: QuadraticVariance) -> float:
        """What a year brings beyond the target, at the plan's confidence."""
        target = self.goal.target
        return worth.secured_with(self.goal.chance, 1.0) - target * (1 - 1e-9)

    def chance(self, worth: QuadraticVariance) -> float:
        return worth.chance_of(self.goal.target, 1.0)


def what_it_takes(standing: Standing) -> list[Take]:
    """An answer for every lever, in order: deal size, promotion of each stage, of all stages,
    pace, number of leads, an earlier start."""
    stages = range(len(standing.law.stages))
    return [
        larger_deals(standing),
        *(better_stage(standing, stage) for stage in stages),
        better_stages(standing),
        faster_stays(standing),
        more_leads(standing),
        earlier_start(standing),
    ]


def larger_deals(standing: Standing) -> Take:
    """Price or size of the deals still to come; open deals keep the amounts they have."""

    def worth(factor: float) -> QuadraticVariance:
        return standing.worth_with(with_amounts(standing.law, factor), standing.stays)

    return _pull(standing, "amount", worth, MOST_AMOUNT)


def better_stage(standing: Standing, stage: int) -> Take:
    """The promotion rate of one stage, up to all of those who do not move back."""
    law = standing.law

    def worth(factor: float) -> QuadraticVariance:
        return standing.worth_with(with_promotion(law, stage, factor=factor), standing.stays)

    most = float(standing.room[stage])
    bound = most if np.isfinite(most) else MOST_PROMOTIONS
    before = float(promotions(law)[stage])
    take = _pull(standing, "promotion", worth, bound, stage=stage)
    return _with_rates(take, before, lambda factor: before * factor)


def better_stages(standing: Standing) -> Take:
    """The promotion rates of all stages by the same factor, each up to its own bound."""
    law, room = standing.law, standing.room

    def changed(factor: float) -> FunnelLaw:
        return with_promotions(law, np.minimum(factor, room))

    def worth(factor: float) -> QuadraticVariance:
        return standing.worth_with(changed(factor), standing.stays)

    take = _pull(standing, "promotions", worth, MOST_PROMOTIONS)
    return _with_rates(take, float(law.success[0]), lambda x: float(changed(x).success[0]))


def faster_stays(standing: Standing) -> Take:
    """All stays shortened, what is left of the open ones too. More speed can bring less: deals
    that are open now may then be won before the plan's months begin."""

    def worth(factor: float) -> QuadraticVariance:
        return standing.worth_with(with_pace(standing.law, factor), at_pace(standing.stays, factor))

    return _pull(standing, "pace", worth, LEAST_PACE, steps=STEPS)


def more_leads(standing: Standing) -> Take:
    """The same months, more new leads in each."""
    take = _pull(standing, "leads", standing.worth.times, MOST_LEADS)
    before = standing.leads_per_month
    return _with_rates(take, before, lambda factor: before * factor)


def earlier_start(standing: Standing) -> Take:
    """Leads at the plan's number a month for whole months before its first lead, instead of
    those that came, or are taken to come, by themselves."""
    goal = standing.goal
    assumed = goal.recent_per_month or 0.0
    if goal.before_per_month is not None:
        assumed = float(goal.before_per_month[0])
    extra = max(standing.leads_per_month - assumed, 0.0)
    earlier = worth_of_earlier_leads(standing.law, standing.window, MOST_MONTHS) * extra
    now = standing.worth.slope
    total = now + np.concatenate([[0.0], np.cumsum(earlier)])
    settings = [standing.worth.times(each / now) if now > 0 else standing.worth for each in total]
    bound = float(MOST_MONTHS)
    for months, worth in enumerate(settings):
        if standing.spare(worth) >= 0:
            code = _start_code(standing, months)
            return Take("start", code, float(months), bound, standing.chance(worth))
    return Take("start", _hopeless(standing), None, bound, standing.chance(settings[-1]))


def _start_code(standing: Standing, months: int) -> Code:
    # A day of grace: months are counted as equally long.
    is_past = months * DAYS_PER_MONTH > standing.first_day + 1
    return "reached" if not months else "too_late" if is_past else "enough"


def _pull(
    standing: Standing,
    lever: Lever,
    worth: Callable[[float], QuadraticVariance],
    bound: float,
    *,
    stage: int | None = None,
    steps: int = 1,
) -> Take:
    """The factor nearest to one, towards `bound`, with nothing short of the target."""
    at = cache(worth)
    if standing.spare(standing.worth) >= 0:
        return Take(lever, "reached", 1.0, bound, standing.chance(standing.worth), stage)
    settings = [float(each) for each in np.geomspace(1.0, bound, steps + 1)]
    for near, far in pairwise(settings):
        if far != near and standing.spare(at(far)) >= 0:
            value = _root(lambda factor: standing.spare(at(factor)), near, far)
            return Take(lever, "enough", value, bound, standing.chance(at(value)), stage)
    return Take(lever, _hopeless(standing), None, bound, standing.chance(at(bound)), stage)


def _root(spare: Callable[[float], float], short: float, enough: float) -> float:
    """Where `spare` turns, on the side where it is enough."""
    if spare(short) >= 0:
        return short
    precision = PRECISION * min(short, enough)
    found = float(optimize.brentq(spare, short, enough, xtol=precision, rtol=1e-9))
    beyond = found + precision * float(np.sign(enough - short))
    return found if spare(found) >= 0 else beyond


def _hopeless(standing: Standing) -> Code:
    return "no_history" if standing.law.eventual_revenue[0] <= 0 else "not_enough"


def _with_rates(take: Take, before: float, at: Callable[[float], float]) -> Take:
    setting = take.bound if take.value is None else take.value
    return Take(**{**vars(take), "before": before, "after": at(setting)})
