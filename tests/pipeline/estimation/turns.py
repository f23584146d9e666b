"""Markets that turn: the simulated company with fewer of its advances."""

import numpy as np

from pipeline.estimation import DAY, Moves
from tests.pipeline.estimation.simulation import STAGES


def weaken(moves, rng, share, *, since, until=np.inf, stages=(0, 1, 2)):
    """`share` of the advances out of `stages` between two days turned into losses.

    The hazard of advancing is then 1 − share of what it was, and the deal's later moves never
    come.
    """
    days = moves.at / DAY
    turned = (moves.stage > 0) & (moves.stage != STAGES.lost) & (since < days) & (days < until)
    turned &= np.isin(moves.stage - 1, stages) & (rng.random(len(moves)) < share)
    before = np.cumsum(turned) - turned
    kept = before == before[np.searchsorted(moves.subject, moves.subject)]
    stage = np.where(turned, STAGES.lost, moves.stage).astype(np.int32)
    return Moves(moves.subject[kept], stage[kept], moves.at[kept])
