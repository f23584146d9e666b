"""Solving the plan's linear program, with the worth of its limits (HiGHS through SciPy).

Every question has an answer: without leads, hires and overtime all limits hold once hours that
the fixed flows need beyond those there are have been granted (`unserved`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import optimize, sparse

from planning.engine.law import Floats
from planning.engine.program_rows import Rows

Objective = Literal["cost", "revenue", "profit"]

# Whole hires are searched for until within this share of the best.
MIP_GAP = 1e-3
# Seconds after which the best found so far has to do.
PATIENCE = 5.0
# A second question about the best answer may give up this share of it.
HAIR = 1e-9
# Hours that may be missing by rounding.
FEW_HOURS = 1e-3
# What SciPy calls these outcomes.
NO_END, UNDECIDED = 3, 4


@dataclass(frozen=True, eq=False)
class Answer:
    """choices: float[N]; row_worth: float[L], what the objective gains from one more unit of
    each row's limit; bound_worth: float[N], from one more of each choice that is at its most;
    need_price: what it loses for one more thousand of revenue that is asked for.
    revenue: of the choices, thousands. without_limit: more could be had, without end. gap:
    the share of the objective by which whole hires may fall short of the best."""

    choices: Floats
    row_worth: Floats
    bound_worth: Floats
    need_price: float
    revenue: float
    without_limit: bool = False
    gap: float = 0.0


def best(
    rows: Rows, objective: Objective, *, need: float = 0.0, margin: float = 1.0, whole: bool = False
) -> Answer | None:
    """The choices that cost least, or bring the most revenue or profit, within all limits.

    need: revenue that the choices must bring, thousands. margin: share of revenue that is
    profit before cost. whole: hires are whole numbers; worths are still those of parts of people,
    as with whole ones one more hour is worth nothing or a person.
    None where the revenue needed cannot be had.
    """
    weights = {
        "cost": rows.cost,
        "revenue": -rows.revenue,
        "profit": rows.cost - margin * rows.revenue,
    }[objective]
    if need > 0 and not np.any((rows.revenue > 0) & (rows.most > 0)):
        return None
    relaxed = _linear(rows, weights, need)
    if not whole or relaxed is None or relaxed.without_limit:
        return relaxed
    return _whole(rows, weights, need, relaxed)


def cheapest_way(rows: Rows, most: Answer, *, whole: bool = False) -> Answer:
    """The least cost at which the most revenue can be had; nothing where it has no limit."""
    if most.without_limit:
        return nothing_of(rows)
    return best(rows, "cost", need=most.revenue * (1 - HAIR), whole=whole) or most


def unserved(rows: Rows, *, whole: bool = False) -> Floats:
    """float[R, M]: hours that fixed flows need beyond all that can be had, at the least."""
    short = np.zeros(rows.shape[1:])
    if not np.any(rows.limit[rows.hours] < 0):
        return short
    count, first = short.size, rows.hires.start
    people = sparse.csr_array(rows.matrix[rows.hours, first:])
    # A touch of cost keeps people from being hired who would serve nobody.
    touch = 1e-6 / max(float(rows.cost[first:].max()), 1.0)
    result = optimize.milp(
        np.concatenate([rows.cost[first:] * touch, np.ones(count)]),
        constraints=optimize.LinearConstraint(
            sparse.hstack([people, -sparse.eye_array(count)]), ub=rows.limit[rows.hours]
        ),
        bounds=optimize.Bounds(0, np.concatenate([rows.most[first:], np.full(count, np.inf)])),
        integrality=np.repeat([int(whole), 0, 0], count),
        options={"mip_rel_gap": MIP_GAP, "time_limit": PATIENCE},
    )
    missing = -rows.limit[rows.hours] if result.x is None else result.x[-count:]
    return np.where(missing > FEW_HOURS, missing, 0.0).reshape(short.shape)


def _linear(rows: Rows, weights: Floats, need: float, hires: Floats | None = None) -> Answer | None:
    if not rows.cost.size:
        return nothing_of(rows)
    lower, upper = np.zeros_like(rows.most), rows.most.copy()
    if hires is not None:
        lower[rows.hires] = upper[rows.hires] = hires
    for presolve in (True, False):
        # The stubs know of no sparse matrices here.
        result = optimize.linprog(  # type: ignore[call-overload]
            weights,
            A_ub=_with_need(rows),
            b_ub=np.append(rows.limit, -need),
            bounds=np.stack([lower, upper], axis=1),
            method="highs",
            options={"presolve": presolve},
        )
        # Presolving may find that there is no end or no answer, and not which of them.
        if result.status != UNDECIDED:
            break
    if result.status == NO_END:
        return _endless(rows)
    return None if result.x is None or result.status else _answer(rows, result)


def _answer(rows: Rows, result: optimize.OptimizeResult) -> Answer:
    marginals = -np.asarray(result.ineqlin.marginals)
    return Answer(
        choices=result.x,
        row_worth=np.maximum(marginals[:-1], 0.0),
        bound_worth=np.maximum(-np.asarray(result.upper.marginals), 0.0),
        need_price=max(float(marginals[-1]), 0.0),
        revenue=float(rows.revenue @ result.x),
    )


def _whole(rows: Rows, weights: Floats, need: float, relaxed: Answer) -> Answer | None:
    """Whole hires within MIP_GAP of the best, or the best found in time.

    Rounding up is tried first: where hires cost the objective nothing it is all there is to do.
    """
    floor = float(weights @ relaxed.choices)
    totals = np.cumsum(relaxed.choices[rows.hires].reshape(rows.shape[1:]), axis=1)
    rounded = np.diff(np.ceil(totals - 1e-6), axis=1, prepend=0.0).ravel()
    answer = _with_hires(rows, weights, need, rounded, floor)
    if answer is None or answer.gap > MIP_GAP:
        searched = _search_whole(rows, weights, need)
        found = None if searched is None else _with_hires(rows, weights, need, *searched)
        answer = found or answer
    if answer is None:
        return None
    return replace(
        answer,
        row_worth=relaxed.row_worth,
        bound_worth=relaxed.bound_worth,
        need_price=relaxed.need_price,
    )


def _with_hires(
    rows: Rows, weights: Floats, need: float, hires: Floats, floor: float
) -> Answer | None:
    """The best beside hires float[R * M]; floor: what the objective is never below."""
    # Rounding hires may have cost a hair of the revenue needed.
    answer = _linear(rows, weights, need, hires) or _linear(rows, weights, need * (1 - 1e-6), hires)
    if answer is None:
        return None
    reached = float(weights @ answer.choices)
    return replace(answer, gap=max(reached - floor, 0.0) / max(abs(reached), HAIR))


def _search_whole(rows: Rows, weights: Floats, need: float) -> tuple[Floats, float] | None:
    """float[R * M] whole numbers of hires, and what the objective is never below.

    The whole numbers searched for are hires up to each month: to decide that five will have
    come by June leaves little open, where to decide that none comes in June leaves all.
    """
    to_hires = _hires_of_totals(rows)
    integral = np.zeros(rows.most.size, dtype=np.int64)
    integral[rows.hires] = 1
    most = rows.most.copy()
    most[rows.hires] = np.cumsum(most[rows.hires].reshape(rows.shape[1:]), axis=1).ravel()
    result = optimize.milp(
        to_hires.T @ weights,
        constraints=[
            optimize.LinearConstraint(_with_need(rows) @ to_hires, ub=np.append(rows.limit, -need)),
            optimize.LinearConstraint(to_hires[rows.hires], lb=0, ub=rows.most[rows.hires]),
        ],
        bounds=optimize.Bounds(0, most),
        integrality=integral,
        options={"mip_rel_gap": MIP_GAP, "time_limit": PATIENCE},
    )
    if result.x is None:
        return None
    return np.round((to_hires @ result.x)[rows.hires]), float(result.mip_dual_bound or -np.inf)


def _hires_of_totals(rows: Rows) -> sparse.csr_array:
    """[N, N]: choices from choices in which hires are counted up to each month."""
    tiers, roles, months = rows.shape
    step = sparse.eye_array(months) - sparse.eye_array(months, k=-1)
    same = [sparse.eye_array(count * months) for count in (tiers, roles)]
    blocks = [same[0], sparse.kron(sparse.eye_array(roles), step), same[1]]
    return sparse.csr_array(sparse.block_diag(blocks))


def _with_need(rows: Rows) -> sparse.csr_array:
    return sparse.csr_array(sparse.vstack([rows.matrix, sparse.csr_array(-rows.revenue[None, :])]))


def nothing_of(rows: Rows) -> Answer:
    """No lead, no hire and no overtime."""
    return Answer(
        np.zeros(rows.most.size), np.zeros(rows.limit.size), np.zeros(rows.most.size), 0, 0
    )


def _endless(rows: Rows) -> Answer:
    nothing = nothing_of(rows)
    return Answer(
        nothing.choices, nothing.row_worth, nothing.bound_worth, 0.0, np.inf, without_limit=True
    )
