"""How often deals of a segment move, at each age, compared with all: and so how likely they win."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.chain import eventual_fates
from pipeline.estimation.counts import EventCounts
from pipeline.estimation.level import KAPPA, adjust, level_of
from pipeline.estimation.pooling import KAPPAS
from pipeline.estimation.segment_counts import AT_ONCE, segment_chunks
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays
from pipeline.estimation.win_probability import WinProbability, win_probability


@dataclass(frozen=True)
class SegmentLevels:
    """Moves of each segment beside those expected of it, float[G, S, K] each.

    theta: what to multiply the hazards of the whole by.
    """

    observed: Floats
    expected: Floats
    theta: Floats


@dataclass(frozen=True)
class Pace:
    """How many times as often stays end, at the same age, as those of all: float[...] each."""

    level: Floats
    low80: Floats
    high80: Floats


def segment_levels(
    stays: Stays,
    segment: Ints,
    *,
    segments: int,
    shape: AalenJohansen,
    kappa: float = KAPPA,
) -> SegmentLevels:
    """θ = (O + κ) / (E + κ) of each segment, stage and destination; E = Σ_a n_a · h_a.

    `segment` int[n] is one a stay, −1 in none; `shape`, without a leading axis, is estimated
    from all stays, whether in a segment or not. A segment begins as the whole and is believed
    after κ moves as much as the whole is: few enough that an owner's first quarter counts,
    and enough that one lucky win does not make a star (gamma-Poisson, prior shape κ, mean 1).
    Raises ValueError where a segment is out of range.
    """
    parts = [
        moves_beside_expected(chunk.counts, shape)
        for chunk in segment_chunks(stays, segment, segments)
    ]
    observed, expected = (np.concatenate(column) for column in zip(*parts, strict=True))
    return SegmentLevels(observed, expected, level_of(observed, expected, kappa))


def segment_win_probability(
    theta: Floats, estimate: AalenJohansen, stages: StageList
) -> WinProbability:
    """P(won | stage, age) of each segment: table float[G, K, A], bins_seen int[G, K].

    `estimate` has no leading axis; its hazards are multiplied by theta float[G, S, K].
    """
    places = range(0, max(len(theta), 1), AT_ONCE)
    parts = [_win_table(theta[at : at + AT_ONCE], estimate, stages) for at in places]
    return WinProbability(
        np.concatenate([part.table for part in parts]),
        np.concatenate([part.bins_seen for part in parts]),
    )


def moves_beside_expected(counts: EventCounts, shape: AalenJohansen) -> tuple[Floats, Floats]:
    """Moves, and those that the hazards of `shape` let expect of the stays at risk.

    counts float[g, ...]; both float[g, S, K]. Ages at which `shape` had nobody at risk count
    for neither.
    """
    within = shape.at_risk > 0
    leaving = counts.events.sum(axis=-2) + counts.censored
    at_risk = np.flip(np.cumsum(np.flip(leaving, -1), axis=-1), -1) - counts.censored / 2
    observed = (counts.events * within[:, None, :]).sum(axis=-1)
    return observed, np.einsum("gsa,ska->gsk", at_risk, shape.hazards)


def pace_of(observed: Floats, expected: Floats) -> Pace:
    """Level of all moves together, with the 80 % band of its gamma posterior; float[G] each.

    Here κ is fitted: a band is to say which segments differ, and under a fixed κ one in five
    would where none does.
    """
    kappa = fitted_kappa(observed, expected)
    moves, of = observed + kappa, expected + kappa
    low, high = (special.gammaincinv(moves, share) / of for share in (0.1, 0.9))
    return Pace(level_of(observed, expected, kappa), low, high)


def fitted_kappa(observed: Floats, expected: Floats) -> float:
    """How alike the levels of segments float[G] are: mean of log κ over its posterior.

    O is negative binomial of mean E and shape κ; the prior is flat for 1 / √κ, the scatter.
    """
    kappa, moves, of = KAPPAS[:, None], observed[None], expected[None]
    log_likelihood = special.gammaln(moves + kappa) - special.gammaln(kappa)
    log_likelihood += kappa * np.log(kappa) - (moves + kappa) * np.log(of + kappa)
    weight = special.softmax(log_likelihood.sum(axis=1) - np.log(KAPPAS) / 2)
    return float(np.exp(weight @ np.log(KAPPAS)))


def _win_table(theta: Floats, estimate: AalenJohansen, stages: StageList) -> WinProbability:
    adjusted = adjust(estimate, theta)
    return win_probability(adjusted, eventual_fates(adjusted, stages).won)
