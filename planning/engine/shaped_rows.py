"""The rows that hold the new leads of a plan to the shape of the year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from planning.engine.law import Floats
from planning.engine.means import Means
from planning.engine.program_rows import Rows
from planning.engine.year_shape import ShapeRows, asked_of, shape_matrix, share_of_months


def shaped(rows: Rows, means: Means, weights: Floats) -> Rows:
    """With the column of all new leads, and the rows that hold the months to the shape; the rows
    as they are where months are free to differ from it.

    weights: float[M], the shape of the year, any scale; see year_shape.py. What is aimed at plays
    no part, so that the most that can be reached is the same for every target.
    """
    flexibility = means.limits.flexibility
    if flexibility is None:
        return rows
    share = share_of_months(weights, means.tiers.most)
    asked = asked_of(share, room_by_month(rows, means))
    share = share / max(float(share[asked].sum()), 1e-300)
    people = rows.people.stop - rows.people.start
    more = shape_matrix(share, asked, flexibility, rows.shape[0], people)
    total = sparse.coo_array((rows.limit.size, 1))
    return replace(
        rows,
        matrix=sparse.csr_array(sparse.vstack([sparse.hstack([rows.matrix, total]), more])),
        limit=np.append(rows.limit, np.zeros(more.shape[0])),
        most=np.append(rows.most, np.inf),
        revenue=np.append(rows.revenue, 0.0),
        cost=np.append(rows.cost, 0.0),
        year_shape=ShapeRows(rows.limit.size, share, asked),
    )


def room_by_month(rows: Rows, means: Means) -> Floats:
    """float[M]: how many leads could enter in each month if none did in any other, by the hours of
    all who are there or could be hired by then, and by what channels deliver."""
    tiers, _roles, months = rows.shape
    at_most = _most_hours(rows, means)
    work = sparse.coo_array(rows.matrix[rows.hours, : rows.hires.start])
    by_hours = np.full(tiers * months, np.inf)
    np.minimum.at(by_hours, work.col, at_most[work.row] / work.data)
    by_hours = by_hours.reshape(tiers, months).max(axis=0, initial=0.0)
    return np.asarray(np.minimum(by_hours, rows.split(rows.most)[0].sum(axis=0)))


def _most_hours(rows: Rows, means: Means) -> Floats:
    """float[R M]: hours for new leads with all hires and overtime that there may be."""
    _leads, hires, overtime = rows.split(rows.most)
    brought = means.limits.utilisation * means.workforce.hire_hours
    # Without a limit on hires, hours have none from the first in which somebody would work on.
    more = np.where(brought > 0, hires[:, :, None], 0.0)
    with np.errstate(invalid="ignore"):
        more = np.where(more > 0, more * brought, 0.0).sum(axis=1)
    return np.asarray(rows.limit[rows.hours] + (more + overtime).ravel())
