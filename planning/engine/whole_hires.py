"""Hires in whole people: rounded where that is as good as any, searched for where it is not.

The whole numbers searched for are hires up to each month: to decide that five will have come by
June leaves little open, where to decide that none comes in June leaves all.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import optimize, sparse

from planning.engine.law import Floats
from planning.engine.linear import Answer, least, with_need
from planning.engine.program_rows import Rows

# Whole hires are searched for until within this share of the best.
MIP_GAP = 1e-3
# Seconds after which the best found so far has to do.
PATIENCE = 5.0
# Fewer hours a lead and month than this are left out of the search, which halves it. It makes the
# search a little too hopeful, so that its bound holds; what is found is fitted to all hours.
LITTLE_WORK = 3e-3
# Parts of a person up to which hires are rounded down.
ROUNDED_DOWN = (1e-6, 0.3, 0.6)


def whole(
    rows: Rows, weights: Floats, need: float, relaxed: Answer, *, scale: float, patience: float
) -> Answer | None:
    """The least of weights @ choices with whole hires, beside parts of people in `relaxed`.

    scale: of what the gap is a share. patience: seconds to search for; without any, the best of
    what rounding gives. Worths are still those of parts of people, as with whole ones one more
    hour is worth nothing or a person. None where no whole hires bring the revenue needed.
    """
    floor = float(weights @ relaxed.choices)
    found = _best_rounded(rows, weights, need, relaxed, floor)
    if patience > 0 and (found is None or found[1] > MIP_GAP * scale):
        # What is found may come out a little dearer once it is fitted to all hours.
        gap = 0.8 * MIP_GAP * scale / max(abs(floor), 1e-9)
        searched = _search(rows, weights, need, gap, patience)
        if searched is not None:
            found = _with_hires(rows, weights, need, *searched) or found
    if found is None:
        return None
    return replace(
        found[0],
        row_worth=relaxed.row_worth,
        bound_worth=relaxed.bound_worth,
        need_price=relaxed.need_price,
        gap=found[1] / scale if scale > 0 else 0.0,
    )


def _best_rounded(
    rows: Rows, weights: Floats, need: float, relaxed: Answer, floor: float
) -> tuple[Answer, float] | None:
    """Hires up to each month rounded, mostly up, and the rest fitted to them."""
    totals = np.cumsum(relaxed.choices[rows.hires].reshape(rows.shape[1:]), axis=1)
    ways = {
        tuple(np.diff(np.ceil(totals - down), axis=1, prepend=0.0).ravel().tolist())
        for down in ROUNDED_DOWN
    }
    tried = (_with_hires(rows, weights, need, np.array(way), floor) for way in sorted(ways))
    return min(filter(None, tried), key=lambda each: each[1], default=None)


def _with_hires(
    rows: Rows, weights: Floats, need: float, hires: Floats, floor: float
) -> tuple[Answer, float] | None:
    """The best beside hires float[R * M], and by how much it is above the floor."""
    # Rounding hires may have cost a hair of the revenue needed.
    answer = least(rows, weights, need, hires) or least(rows, weights, need * (1 - 1e-6), hires)
    if answer is None or answer.without_limit:
        return None
    return answer, max(float(weights @ answer.choices) - floor, 0.0)


def _search(
    rows: Rows, weights: Floats, need: float, gap: float, patience: float
) -> tuple[Floats, float] | None:
    """float[R * M] whole numbers of hires, and what the objective is never below."""
    to_hires = _hires_of_totals(rows)
    integral = np.zeros(rows.most.size, dtype=np.int64)
    integral[rows.hires] = 1
    most = rows.most.copy()
    most[rows.hires] = np.cumsum(most[rows.hires].reshape(rows.shape[1:]), axis=1).ravel()
    result = optimize.milp(
        to_hires.T @ weights,
        constraints=[
            optimize.LinearConstraint(_lighter(rows) @ to_hires, ub=np.append(rows.limit, -need)),
            optimize.LinearConstraint(to_hires[rows.hires], lb=0, ub=rows.most[rows.hires]),
        ],
        bounds=optimize.Bounds(0, most),
        integrality=integral,
        options={"mip_rel_gap": gap, "time_limit": patience},
    )
    if result.x is None:
        return None
    return np.round((to_hires @ result.x)[rows.hires]), float(result.mip_dual_bound or -np.inf)


def _lighter(rows: Rows) -> sparse.csr_array:
    """[L + 1, N]: the rows and the need, without the little work of a lead."""
    matrix = with_need(rows).tocoo()
    leads = (matrix.row < rows.hours.stop) & (matrix.col < rows.hires.start)
    kept = ~leads | (matrix.data >= LITTLE_WORK)
    where = (matrix.row[kept], matrix.col[kept])
    return sparse.csr_array((matrix.data[kept], where), shape=matrix.shape)


def _hires_of_totals(rows: Rows) -> sparse.csr_array:
    """[N, N]: choices from choices in which hires are counted up to each month."""
    roles, months = rows.shape[1:]
    step = sparse.eye_array(months) - sparse.eye_array(months, k=-1)
    before, after = rows.hires.start, rows.most.size - rows.hires.stop
    blocks = [
        sparse.eye_array(before),
        sparse.kron(sparse.eye_array(roles), step),
        sparse.eye_array(after),
    ]
    return sparse.csr_array(sparse.block_diag([block for block in blocks if block.shape[0]]))
