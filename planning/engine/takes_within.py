"""What would it take? People, budget and leads of a plan that its limits keep from its target.

One limit is lifted at a time and all others hold, so that an answer is what it would take of that
one thing alone, if that can be enough. Each is a linear program that asks for as little of it as
brings the revenue needed; hires that the plan may make anyway stay free to be made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import sparse

from planning.engine.closed_form import ENOUGH_WINS, OUT_OF_REACH_MULTIPLE
from planning.engine.law import Bools, Floats, Ints
from planning.engine.linear import Answer, least, nothing_of
from planning.engine.means import Means
from planning.engine.optimise import HAIR, best
from planning.engine.program_rows import NO_BUDGET, THOUSAND, Rows
from planning.engine.sizing import Question

Lever = Literal["people", "budget", "volume"]
Code = Literal["reached", "enough", "too_late", "not_enough", "no_history"]

MOST_VOLUME = OUT_OF_REACH_MULTIPLE
ROUNDS = 8
# Shares of the target by which rounds may still differ.
CLOSE = 1e-5
# Among ways that take as little of one thing, the cheap one.
TOUCH = 1e-6


@dataclass(frozen=True)
class TakeWithin:
    """What one limit has to be lifted to.

    value: more people of role `role` who begin in month `month`; money for leads; or a factor on
        what channels deliver. None where no setting is enough.
    chance: of the target at `value`, before people are rounded up; else with that limit lifted
        altogether, channels up to `MOST_VOLUME` times.
    code: reached, without any change; enough; too_late: enough, but so early nobody can begin;
        not_enough; no_history, as nothing was ever won, or too little to say how much it takes.
    """

    lever: Lever
    code: Code
    value: float | None
    chance: float
    role: int | None = None
    month: int | None = None


@dataclass(frozen=True, eq=False)
class Held:
    """A plan with the limits that hold it."""

    question: Question
    means: Means

    @cached_property
    def most(self) -> Answer:
        return self.most_of(self.question.rows)

    def most_of(self, rows: Rows) -> Answer:
        return best(rows, "revenue") or nothing_of(rows)

    def chance(self, answer: Answer) -> float:
        if answer.without_limit:
            return 1.0
        variance, new = self.question.odds(answer.choices)
        return variance.chance_of(self.question.goal.target, new)

    @property
    def is_reached(self) -> bool:
        return self.most.without_limit or self.question.hits(self.most.choices)

    @property
    def is_known(self) -> bool:
        """Whether enough was won to say how much it takes."""
        wins = self.question.law.wins_seen
        return bool(np.any(self.question.kernels.eventual_revenue > 0)) and (
            wins is None or wins >= ENOUGH_WINS
        )


def more_people(held: Held, role: int, *, earliest: int | None = None) -> TakeWithin:
    """The fewest more of a role who have to begin in month `earliest` (default: the first in
    which hires can begin), else in the first month that is open, which is then too late."""
    rows = held.question.rows
    first = int(np.argmax(rows.open_months))
    hires = np.flatnonzero(held.means.workforce.most_hires[role] > 0)
    start = earliest if earliest is not None else int(hires[0]) if hires.size else first
    take = _people(held, role, start)
    if take.code == "not_enough" and first < start:
        sooner = _people(held, role, first)
        if sooner.code == "enough":
            return replace(sooner, code="too_late")
    return take


def _people(held: Held, role: int, month: int) -> TakeWithin:
    take = _take(held, "people", _with_people(held, role, month))
    value = None if take.value is None else float(np.ceil(take.value - 1e-6))
    return replace(take, value=value, role=role, month=month)


def more_budget(held: Held) -> TakeWithin | None:
    """The least money for leads, in whatever months and channels; None where it has no limit."""
    rows = held.question.rows
    if not rows.budgets:
        return None
    limit = rows.limit.copy()
    for budget in rows.budgets:
        limit[budget.place] = NO_BUDGET
    spent = np.where(_is_lead(rows), rows.cost * THOUSAND, 0.0)
    return _take(held, "budget", _Lifted(replace(rows, limit=limit), spent))


def more_volume(held: Held) -> TakeWithin | None:
    """The smallest factor on what all channels deliver, up to `MOST_VOLUME`; None where they
    deliver without limit."""
    rows = held.question.rows
    limited = np.flatnonzero(_is_lead(rows) & np.isfinite(rows.most) & (rows.most > 0))
    if not limited.size:
        return None
    return _take(held, "volume", _with_volume(rows, limited))


@dataclass(frozen=True, eq=False)
class _Lifted:
    """Rows with one limit lifted, and float[N] what is to be as little as can be."""

    rows: Rows
    weights: Floats


def _take(held: Held, lever: Lever, lifted: _Lifted) -> TakeWithin:
    if not held.is_known:
        return TakeWithin(lever, "no_history", None, held.chance(held.most))
    found = _least(held, lifted)
    if found is None:
        return TakeWithin(lever, "not_enough", None, held.chance(held.most_of(lifted.rows)))
    code: Code = "reached" if held.is_reached else "enough"
    return TakeWithin(lever, code, float(lifted.weights @ found.choices), held.chance(found))


def _least(held: Held, lifted: _Lifted) -> Answer | None:
    """As little as makes the target likely enough, whatever mix of leads it then is."""
    question, rows, target = held.question, lifted.rows, held.question.goal.target
    most = held.most_of(rows)
    if not most.without_limit and not question.hits(most.choices):
        return None
    touch = TOUCH * max(float(lifted.weights.max()), HAIR) / max(float(rows.cost.max()), 1.0)
    need, answer = _wanted(question, most, target), None
    for _ in range(ROUNDS):
        if need is None:
            return None
        ceiling = most.revenue * (1 - HAIR)
        answer = least(rows, lifted.weights + touch * rows.cost, min(need / THOUSAND, ceiling))
        wanted = None if answer is None else _wanted(question, answer, target)
        if wanted is None or abs(wanted - need) <= CLOSE * max(target, 1.0):
            break
        need = wanted
    return answer


def _wanted(question: Question, answer: Answer, target: float) -> float | None:
    """Expected new revenue that is enough with the mix of an answer, plan currency."""
    return question.odds(answer.choices)[0].leads_for(target, question.confidence)


def _with_people(held: Held, role: int, month: int) -> _Lifted:
    """One more column: people of a role who begin in a month, beside the hires there may be."""
    rows, team = held.question.rows, held.means.workforce
    hours = np.zeros((len(team.roles), rows.shape[2]))
    hours[role] = held.means.limits.utilisation * team.hire_hours[role, month]
    column = np.zeros((rows.limit.size, 1))
    column[rows.hours, 0] = -hours.ravel()
    return _with_column(rows, column, float(team.hire_cost[role, month]) / THOUSAND, np.inf)


def _with_volume(rows: Rows, limited: Ints) -> _Lifted:
    """One more column, the factor, and a row for each volume: leads <= most x factor."""
    lifted = _with_column(rows, np.zeros((rows.limit.size, 1)), 0.0, MOST_VOLUME)
    count, most = limited.size, lifted.rows.most.copy()
    place = np.arange(count)
    volumes = sparse.coo_array(
        (
            np.concatenate([np.ones(count), -most[limited]]),
            (np.tile(place, 2), np.concatenate([limited, np.full(count, most.size - 1)])),
        ),
        (count, most.size),
    )
    most[limited] = np.inf
    wider = replace(
        lifted.rows,
        matrix=sparse.csr_array(sparse.vstack([lifted.rows.matrix, volumes])),
        limit=np.append(lifted.rows.limit, np.zeros(count)),
        most=most,
    )
    return _Lifted(wider, lifted.weights)


def _with_column(rows: Rows, column: Floats, cost: float, most: float) -> _Lifted:
    wider = replace(
        rows,
        matrix=sparse.csr_array(sparse.hstack([rows.matrix, sparse.coo_array(column)])),
        most=np.append(rows.most, most),
        revenue=np.append(rows.revenue, 0.0),
        cost=np.append(rows.cost, cost),
    )
    return _Lifted(wider, np.append(np.zeros(rows.most.size), 1.0))


def _is_lead(rows: Rows) -> Bools:
    return np.asarray(np.arange(rows.most.size) < rows.hires.start)
