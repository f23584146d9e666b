"""How long it takes from an entry to a win."""

from __future__ import annotations

import numpy as np

from planning.engine.law import Floats, FunnelLaw


def days_to_win(law: FunnelLaw) -> Floats:
    """float[S]: mean days from an entry into each stage to its wins, NaN where nothing is won.

    With W the expected wins per entry and T the expected sum of their days, every direct move of
    a days adds a for each win behind it: T = sum of wins x a + sum of moves x a x W + moves x T.
    """
    middle = (law.edges[1:] + law.edges[:-1]) / 2
    moves = law.offspring.sum(axis=2) * (1 - 1e-9)
    added = law.wins @ middle + (law.offspring @ middle) @ law.success
    total = np.linalg.solve(np.eye(len(moves)) - moves, added)
    won = law.success > 0
    return np.asarray(np.where(won, total / np.where(won, law.success, 1.0), np.nan))
