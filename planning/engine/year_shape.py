"""The shape of the year in the linear program: when new leads come is not all free to choose.

With shares w of the year's shape and flexibility f, the new leads of month m lie within
(1 - f) w_m and (1 + f) w_m of all new leads of the plan. A month that has no room for its share
is asked for none, so that it keeps no other month from its leads. One more column, the number of
all new leads, keeps the rows short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planning.engine.law import Bools, Floats

# Of the middle month's room for a share; a month with less is too full to be asked.
ROOM = 0.5


@dataclass(frozen=True, eq=False)
class ShapeRows:
    """Rows that hold the months to the shape: `most` and `least` leads of each month, in this
    order after two that say what all new leads are, from row `start` on.

    share: float[M], of all new leads: those of the months that are asked for leads sum to 1.
    asked: bool[M], of which months the least is asked.
    """

    start: int
    share: Floats
    asked: Bools

    @property
    def total(self) -> slice:
        return slice(self.start, self.start + 2)

    @property
    def most(self) -> slice:
        return slice(self.total.stop, self.total.stop + self.share.size)

    @property
    def least(self) -> slice:
        return slice(self.most.stop, self.most.stop + self.share.size)


def share_of_months(weights: Floats, most: Floats) -> Floats:
    """float[M]: the shape's share of each month, of the months in which leads can be had.

    weights: float[M], any scale, 0 where the month has passed; most: float[K, M], of each tier.
    Zero throughout where the shape has no leads in any month that could have some.
    """
    usable = np.where((most > 0).any(axis=0), weights, 0.0)
    total = float(usable.sum())
    return np.asarray(usable / total if total > 0 else usable)


def asked_of(share: Floats, room: Floats) -> Bools:
    """bool[M]: the months that are asked for their share: they have half the middle month's room
    for a share, or more; all of them where none has room.

    room: float[M], the most leads there could be in each month alone, inf without limit.
    """
    has_share = share > 0
    per_share = np.where(has_share, room, 0.0) / np.where(has_share, share, 1.0)
    # By order, since the mean of two rooms without limit has none to be compared with.
    middle = np.sort(per_share[has_share])[::-1][(has_share.sum() - 1) // 2 :][:1].sum()
    enough = has_share & (per_share > 0) & (per_share >= ROOM * middle)
    return np.asarray(enough if enough.any() else has_share)


def shape_matrix(
    share: Floats, asked: Bools, flexibility: float, tiers: int, others: int
) -> sparse.csr_array:
    """[2 + 2 M, K M + others + 1]: rows of `ShapeRows`, all at most zero; `others` columns
    between those of leads and the last, of all new leads."""
    months = share.size
    least = np.where(asked, (1 - flexibility) * share, 0.0)
    each = sparse.hstack([sparse.eye_array(months)] * tiers) if tiers else np.zeros((months, 0))
    every = np.ones((1, tiers * months))
    blocks = (
        (every, np.array([[-1.0]])),
        (-every, np.array([[1.0]])),
        (each, -(1 + flexibility) * share[:, None]),
        (-each, least[:, None]),
    )
    rows = [_row(leads, others, total) for leads, total in blocks]
    return sparse.csr_array(sparse.vstack(rows))


def _row(leads: sparse.coo_array | Floats, others: int, total: Floats) -> sparse.coo_array:
    between = sparse.coo_array((total.shape[0], others))
    return sparse.hstack([sparse.coo_array(leads), between, sparse.coo_array(total)])
