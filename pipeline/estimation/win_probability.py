"""Probability that an open deal is won, by its stage and its age there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import age_bin


@dataclass(frozen=True)
class WinProbability:
    """table float[..., K, A]: P(won | stage, age bin), nan for stages nobody was seen in;
    bins_seen int[..., K]: from this bin on the last estimable value is carried."""

    table: Floats
    bins_seen: Ints

    def of(self, stage: Ints, age_days: ArrayLike) -> tuple[Floats, Bools]:
        """Probability of each deal, and whether it is past the oldest age seen.

        stage int[n], age_days float[n] in the stage; the estimate has no leading axis.
        """
        age = age_bin(age_days)
        return self.table[stage, age], age >= self.bins_seen[stage]


def win_probability(estimate: AalenJohansen, won: Floats) -> WinProbability:
    """P(won | s, a) = Σ_k [CIF_k(∞) − CIF_k(a⁻)] / S(a⁻) · W_k, `won` float[..., K] = W.

    a⁻ is the start of the bin. Weighted counts give the weighted probability.
    """
    gained = (estimate.increments * won[..., None, :, None]).sum(axis=-2)
    to_come = np.flip(np.cumsum(np.flip(gained, -1), axis=-1), -1)
    staying = estimate.survival[..., :-1]
    estimable = (estimate.at_risk > 0) & (staying > 0)
    table = np.divide(to_come, staying, out=np.full_like(to_come, np.nan), where=estimable)
    seen = estimable.sum(axis=-1)
    last = np.minimum(np.arange(table.shape[-1]), np.maximum(seen - 1, 0)[..., None])
    return WinProbability(np.take_along_axis(table, last, axis=-1), seen)
