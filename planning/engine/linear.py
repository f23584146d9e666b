"""One linear program solved, with the worth of its limits (HiGHS through SciPy)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from planning.engine.law import Floats
from planning.engine.program_rows import Rows

# What SciPy calls these outcomes.
NO_END, UNDECIDED = 3, 4


@dataclass(frozen=True, eq=False)
class Answer:
    """choices: float[N]; row_worth: float[L], what the objective gains from one more unit of
    each row's limit; bound_worth: float[N], from one more of each choice that is at its most;
    need_price: what it loses for one more thousand of revenue that is asked for.
    revenue: of the choices, thousands. without_limit: more could be had, without end. gap:
    how far whole hires may fall short of the best, see whole_hires.py."""

    choices: Floats
    row_worth: Floats
    bound_worth: Floats
    need_price: float
    revenue: float
    without_limit: bool = False
    gap: float = 0.0


def least(rows: Rows, weights: Floats, need: float, hires: Floats | None = None) -> Answer | None:
    """The choices that make weights @ choices least and bring revenue of `need`, thousands.

    hires: float[R * M] where they are decided. None where the revenue cannot be had.
    """
    if not weights.size:
        return nothing_of(rows)
    lower, upper = np.zeros_like(rows.most), rows.most.copy()
    if hires is not None:
        lower[rows.hires] = upper[rows.hires] = hires
    for presolve in (True, False):
        # The stubs know of no sparse matrices here.
        result = optimize.linprog(  # type: ignore[call-overload]
            weights,
            A_ub=with_need(rows),
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


def with_need(rows: Rows) -> sparse.csr_array:
    """[L + 1, N]: the rows, and one more for the revenue that is needed."""
    return sparse.csr_array(sparse.vstack([rows.matrix, sparse.csr_array(-rows.revenue[None, :])]))


def nothing_of(rows: Rows) -> Answer:
    """No lead, no hire and no overtime."""
    return Answer(
        np.zeros(rows.most.size), np.zeros(rows.limit.size), np.zeros(rows.most.size), 0, 0
    )


def _answer(rows: Rows, result: optimize.OptimizeResult) -> Answer:
    marginals = -np.asarray(result.ineqlin.marginals)
    return Answer(
        choices=result.x,
        row_worth=np.maximum(marginals[:-1], 0.0),
        bound_worth=np.maximum(-np.asarray(result.upper.marginals), 0.0),
        need_price=max(float(marginals[-1]), 0.0),
        revenue=float(rows.revenue @ result.x),
    )


def _endless(rows: Rows) -> Answer:
    nothing = nothing_of(rows)
    return Answer(
        nothing.choices, nothing.row_worth, nothing.bound_worth, 0.0, np.inf, without_limit=True
    )
