"""The best plan within its rows: for cost, revenue or profit, with hires in parts or whole.

Every question has an answer: without leads, hires and overtime all limits hold once hours that
the fixed flows need beyond those there are have been granted (`unserved`).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import optimize, sparse

from planning.engine.law import Floats
from planning.engine.linear import Answer, least, nothing_of
from planning.engine.program_rows import Rows
from planning.engine.whole_hires import MIP_GAP, PATIENCE, whole

Objective = Literal["cost", "revenue", "profit"]

# A second question about the best answer may give up this share of it.
HAIR = 1e-9
# Hours that may be missing by rounding.
FEW_HOURS = 1e-3


def best(
    rows: Rows,
    objective: Objective,
    *,
    need: float = 0.0,
    margin: float = 1.0,
    patience: float | None = None,
) -> Answer | None:
    """The choices that cost least, or bring the most revenue or profit, within all limits.

    need: revenue that the choices must bring, thousands. margin: share of revenue that is
    profit before cost. patience: seconds to search for whole hires; None: parts of people do.
    The gap is a share of the cost, payroll included, or of the most revenue.
    None where the revenue needed cannot be had.
    """
    weights = {
        "cost": rows.cost,
        "revenue": -rows.revenue,
        "profit": rows.cost - margin * rows.revenue,
    }[objective]
    if need > 0 and not np.any((rows.revenue > 0) & (rows.most > 0)):
        return None
    relaxed = least(rows, weights, need)
    if patience is None or relaxed is None or relaxed.without_limit:
        return relaxed
    cost = rows.payroll + float(rows.cost @ relaxed.choices)
    scale = relaxed.revenue if objective == "revenue" else cost
    return whole(rows, weights, need, relaxed, scale=scale, patience=patience)


def cheapest_way(rows: Rows, most: Answer, *, patience: float | None = None) -> Answer:
    """The least cost at which the most revenue can be had; nothing where it has no limit."""
    if most.without_limit:
        return nothing_of(rows)
    return best(rows, "cost", need=most.revenue * (1 - HAIR), patience=patience) or most


def unserved(rows: Rows, *, whole: bool = False) -> Floats:
    """float[R, M]: hours that fixed flows need beyond all that can be had, at the least."""
    short = np.zeros(rows.shape[1:])
    if not np.any(rows.limit[rows.hours] < 0):
        return short
    count = short.size
    cost, most = rows.cost[rows.people], rows.most[rows.people]
    people = sparse.csr_array(rows.matrix[rows.hours, rows.people])
    # A touch of cost keeps people from being hired who would serve nobody.
    touch = 1e-6 / max(float(cost.max()), 1.0)
    result = optimize.milp(
        np.concatenate([cost * touch, np.ones(count)]),
        constraints=optimize.LinearConstraint(
            sparse.hstack([people, -sparse.eye_array(count)]), ub=rows.limit[rows.hours]
        ),
        bounds=optimize.Bounds(0, np.concatenate([most, np.full(count, np.inf)])),
        integrality=np.repeat([int(whole), 0, 0], count),
        options={"mip_rel_gap": MIP_GAP, "time_limit": PATIENCE},
    )
    missing = -rows.limit[rows.hours] if result.x is None else result.x[-count:]
    return np.where(missing > FEW_HOURS, missing, 0.0).reshape(short.shape)
