"""How much revenue new leads must be expected to bring for a target to be reached with a chance.

Leads of several segments share the uncertainty of their rates and the common shock, so new
revenue x is distributed as in chance.py, with a variance that depends, by the amounts of their
wins, on which segments it comes from. So: choose the leads for an expected revenue, see what mix
they are, find the x that secures the target with that mix, choose anew; it settles in a few rounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planning.engine.chance import QuadraticVariance, revenue_variance
from planning.engine.closed_form import ENOUGH_WINS, Goal
from planning.engine.law import Floats, FunnelLaw, Ints
from planning.engine.linear import Answer
from planning.engine.optimise import HAIR, Objective, best, cheapest_way
from planning.engine.program_rows import THOUSAND, Rows
from planning.engine.segments import ReducedKernels
from planning.engine.solution import Code
from planning.engine.whole_hires import PATIENCE

# Expected new revenue, plan currency, and the leads that bring it.
Round = tuple[float, Answer]

ROUNDS = 12
# Shares of the target by which the rounds may still differ: nothing beside its odds.
CLOSE = 1e-6
# Share of the revenue needed by which it is moved to see what follows.
SMALL_STEP = 1e-4


@dataclass(frozen=True)
class Aim:
    """What a plan is best in: least cost for the target, most profit with the target reached,
    or most revenue. margin: share of revenue that is profit before the plan's own costs.
    whole_hires: people are hired one by one and not by halves; patience: seconds for which
    the best way to do so is searched, beyond rounding."""

    objective: Objective = "cost"
    margin: float = 1.0
    whole_hires: bool = False
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        if not (np.isfinite(self.margin) and self.margin >= 0):
            raise ValueError("the margin is a share of revenue, zero or more")

    @property
    def searching(self) -> float | None:
        """Seconds to search for whole hires; None where hires may be parts of people."""
        return self.patience if self.whole_hires else None


@dataclass(frozen=True, eq=False)
class Question:
    """A plan to be sized. law: the common law, whose rates and shock all segments share;
    certain: revenue of the plan's months that carries no chance, plan currency. left: the share
    of all other revenue that waiting leaves."""

    rows: Rows
    segment: Ints
    kernels: ReducedKernels
    law: FunnelLaw
    certain: float
    in_plan: Floats
    goal: Goal
    aim: Aim
    left: float = 1.0

    @property
    def target(self) -> float:
        """What would have to be brought, were nobody to wait, for the goal's target."""
        return self.certain + (self.goal.target - self.certain) / self.left

    def brought(self, revenue: float) -> float:
        """What waiting leaves of a year's revenue, what is certain included."""
        return self.certain + (revenue - self.certain) * self.left

    @property
    def confidence(self) -> float | None:
        return self.goal.chance

    def leads_by_segment(self, choices: Floats) -> Floats:
        """float[G, M]"""
        leads = self.rows.split(choices)[0]
        total = np.zeros((self.kernels.revenue.shape[0], leads.shape[1]))
        np.add.at(total, self.segment, leads)
        return total

    def odds(self, choices: Floats) -> tuple[QuadraticVariance, float]:
        """The variance for the mix of leads chosen, in revenue x, and their x."""
        leads = self.leads_by_segment(choices)
        return odds_of(self.kernels, self.law, leads, self.certain, self.in_plan)

    def wanted(self, variance: QuadraticVariance) -> float | None:
        """The expected new revenue that is enough with the variance of a mix, plan currency; with
        a chance asked for a hair more, so that it is not missed by rounding."""
        need = variance.leads_for(self.target, self.confidence)
        if need is None or self.confidence is None:
            return need
        return need + 2 * CLOSE * self.goal.target

    def hits(self, choices: Floats, *, within: float = HAIR) -> bool:
        variance, new = self.odds(choices)
        return variance.reaches(self.target * (1 - within), new, self.confidence)

    def best(self, need: float, *, patience: float | None = None) -> Answer | None:
        """The best choices for expected new revenue of `need`, plan currency."""
        objective: Objective = "profit" if self.aim.objective == "profit" else "cost"
        margin, need = self.aim.margin, need / THOUSAND
        found = best(self.rows, objective, need=need, margin=margin, patience=patience)
        if found is not None and found.without_limit:
            return best(self.rows, "cost", need=need, patience=patience)
        return found


def odds_of(
    kernels: ReducedKernels, law: FunnelLaw, leads: Floats, certain: float, in_plan: Floats
) -> tuple[QuadraticVariance, float]:
    """The variance for a mix of leads, float[G, M], in the revenue x they bring, and their x."""
    brought = (leads * (kernels.revenue @ in_plan)).sum(axis=1)
    new, amounts = float(brought.sum()), kernels.size_biased_amount
    amount = float(brought @ amounts) / new if new > 0 else float(amounts.mean())
    parts, luck = kernels.parts, kernels.luck
    return revenue_variance(law, parts, luck, 1.0, certain, amount), new


@dataclass(frozen=True, eq=False)
class Sized:
    """code; choices: what to do; priced: the answer whose worths are the prices of limits;
    need_growth: by how much the expected revenue needed grows with the target, None where the
    target is not what decides."""

    code: Code
    choices: Answer
    priced: Answer
    objective: Objective
    need_growth: float | None = None


def size(question: Question, most: Answer) -> Sized:
    """most: the most revenue within the limits."""
    if question.aim.objective == "revenue" and not most.without_limit:
        return _most(question, most, hits="reachable")
    objective: Objective = "profit" if question.aim.objective == "profit" else "cost"
    if question.hits(np.zeros_like(question.rows.most)):
        sized = _reached(question, objective, 0.0, growth=0.0)
    else:
        sized = _search(question, objective, most) if most.revenue > 0 else None
    return sized or out_of_reach(question, most)


def out_of_reach(question: Question, most: Answer) -> Sized:
    """The plan that brings the most, where none was found that is enough."""
    return _most(question, most, hits="reachable")


def _search(question: Question, objective: Objective, most: Answer) -> Sized | None:
    """None where the target is out of reach."""
    law, target = question.law, question.target
    # The mix of the most is the first guess of the mix that is enough.
    variance, _ = question.odds(most.choices)
    need = question.wanted(variance)
    # Whether any number is enough does not depend on the mix.
    if need is None or (law.wins_seen is not None and law.wins_seen < ENOUGH_WINS):
        return _too_uncertain(question, objective, max(target - variance.fixed, 0.0), most)
    rounds = _settle(question, need, most)
    if rounds is None:
        return None
    need, answer = rounds[-1]
    return _reached(question, objective, need, growth=_growth(question, rounds), answer=answer)


def _settle(question: Question, need: float, most: Answer) -> list[Round] | None:
    """Rounds from the first guess `need` on; the last is enough."""
    target = question.target
    ceiling = most.revenue * THOUSAND * (1 - HAIR)
    rounds: list[Round] = []
    for _ in range(ROUNDS):
        if need > ceiling and not question.hits(most.choices):
            return None
        need = min(need, ceiling)
        answer = question.best(need)
        if answer is None:
            return None
        rounds.append((need, answer))
        wanted = question.wanted(question.odds(answer.choices)[0])
        if wanted is None or abs(wanted - need) <= CLOSE * max(target, wanted):
            break
        need = wanted
    return rounds


def _reached(
    question: Question,
    objective: Objective,
    need: float,
    *,
    growth: float | None,
    answer: Answer | None = None,
) -> Sized | None:
    if question.aim.whole_hires or answer is None:
        answer = question.best(need, patience=question.aim.searching)
    return None if answer is None else Sized("reachable", answer, answer, objective, growth)


def _too_uncertain(
    question: Question, objective: Objective, expected: float, most: Answer
) -> Sized | None:
    """Sized for the expectation, as no number of leads makes it likely enough."""
    if expected > most.revenue * THOUSAND:
        return None
    sized = _reached(question, objective, expected, growth=1.0)
    return None if sized is None else replace(sized, code="too_little_history")


def _most(question: Question, most: Answer, *, hits: Code) -> Sized:
    """The plan that brings the most; `hits`: the code if that makes the target likely enough."""
    choices = cheapest_way(question.rows, most, patience=question.aim.searching)
    if question.hits(choices.choices):
        return Sized(hits, choices, most, "revenue")
    never_won = not np.any(question.kernels.eventual_revenue > 0)
    return Sized("too_little_history" if never_won else "unreachable", choices, most, "revenue")


def _growth(question: Question, rounds: list[Round]) -> float:
    """d need / d target: the leads that come next may be of another mix than those before."""
    if question.confidence is None:
        return 1.0
    need, answer = rounds[-1]
    before = rounds[-2] if len(rounds) > 1 else None
    if before and SMALL_STEP * need <= abs(before[0] - need) <= 20 * SMALL_STEP * need:
        return _slope(question, before, rounds[-1])
    for step in (SMALL_STEP * need, -SMALL_STEP * need):
        other = question.best(need + step)
        if other is not None:
            return _slope(question, (need, answer), (need + step, other))
    return 1.0


def _slope(question: Question, first: Round, second: Round) -> float:
    rise = _secured(question, second[1]) - _secured(question, first[1])
    step = second[0] - first[0]
    return step / rise if rise * step > 0 else 1.0


def _secured(question: Question, answer: Answer) -> float:
    variance, new = question.odds(answer.choices)
    return variance.secured_with(question.confidence, new)
