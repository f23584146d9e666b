"""The chain of stages: who is eventually won, lost, or goes nowhere."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats
from pipeline.estimation.stages import StageList


@dataclass(frozen=True)
class Fates:
    """Eventual outcomes by stage, float[..., K]; won + lost + unresolved = 1 each."""

    won: Floats
    lost: Floats
    unresolved: Floats


def eventual_fates(estimate: AalenJohansen, stages: StageList) -> Fates:
    """Outcomes of the embedded chain, W = (N R)_won with N = (I - Q)^-1.

    Lost is transient, since a lost deal may be re-opened: the part of its stays that ends
    in no re-opening is the lost share. Kemeny and Snell, Finite Markov Chains (1960), 3.3.
    """
    visits = _expected_visits(estimate, stages)
    transient = stages.transient
    onward = visits @ estimate.reached[..., transient, :][..., stages.won, None]
    at_rest = visits * estimate.unresolved[..., None, transient]
    lost_place = int(np.searchsorted(transient, stages.lost))
    shape = (*estimate.unresolved.shape[:-1], len(stages))
    won, lost = np.zeros(shape), np.zeros(shape)
    won[..., stages.won] = 1.0
    won[..., transient] = onward[..., 0]
    lost[..., transient] = at_rest[..., lost_place]
    return Fates(won, lost, np.maximum(1.0 - won - lost, 0.0))


def _expected_visits(estimate: AalenJohansen, stages: StageList) -> Floats:
    among = estimate.reached[..., stages.transient, :][..., stages.transient]
    # A hair of leakage keeps the matrix regular where a tiny history only goes in circles.
    size = len(stages.transient)
    return np.asarray(np.linalg.inv(np.eye(size) - among * (1 - 1e-12)))


def reach_probability(estimate: AalenJohansen, stages: StageList, target: int) -> Floats:
    """float[..., K]: probability of ever coming to open stage `target`; 1 in it."""
    others = np.setdiff1d(stages.transient, [target])
    among = estimate.reached[..., others, :][..., others] * (1 - 1e-12)
    directly = estimate.reached[..., others, target]
    hit = np.linalg.solve(np.eye(len(others)) - among, directly[..., None])[..., 0]
    reach = np.zeros(estimate.unresolved.shape)
    reach[..., others] = hit
    reach[..., target] = 1.0
    return reach
