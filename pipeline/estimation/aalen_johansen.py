"""Discrete Aalen-Johansen estimation by age bin."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_EDGES
from pipeline.estimation.counts import EventCounts

MOST_BY_ONE_STAY = 0.005
"""At an age where one stay stands for more than this share of all, it does not speak for them,"""

MOST_TIMES_ITSELF = 5
"""unless it stands for no more than this many times itself, as it may where few were seen."""

OLD_SHARE = 2 / 3
"""Of the age from which single stays do not speak: from here on all ages speak together."""


@dataclass(frozen=True)
class AalenJohansen:
    """Where the stays of each stage end, and at what age.

    at_risk, effective float[..., S, A]: weight at risk, and as how many stays it counts;
    hazards float[..., S, K, A]; survival float[..., S, A + 1], at the start of each bin and
    after the last; increments float[..., S, K, A]: probability that a stay ends in the bin
    by going to k.
    """

    at_risk: Floats
    effective: Floats
    hazards: Floats
    survival: Floats
    increments: Floats

    @cached_property
    def incidence(self) -> Floats:
        """float[..., S, K, A]: probability of having gone to k by the end of the bin."""
        return np.cumsum(self.increments, axis=-1)

    @cached_property
    def reached(self) -> Floats:
        """float[..., S, K]: probability of ever going to k, as far as was seen."""
        return np.asarray(self.increments.sum(axis=-1))

    @property
    def unresolved(self) -> Floats:
        """float[..., S]: probability of still being there at the oldest age seen."""
        return self.survival[..., -1]

    def at(self, place: int) -> "AalenJohansen":
        """The estimate at one place of the leading axis."""
        parts = (self.at_risk, self.effective, self.hazards, self.survival, self.increments)
        return AalenJohansen(*(part[place] for part in parts))

    def bins_seen(self) -> Ints:
        """int[..., S]: number of bins, from age 0 on, in which somebody was at risk."""
        return np.asarray((self.at_risk > 0).sum(axis=-1))

    def expected(self, worth: ArrayLike) -> Floats:
        """float[..., S]: mean of what a stay is worth, `worth` float[S, K] by destination."""
        return np.asarray((self.reached * np.asarray(worth)).sum(axis=-1))

    def variance(self, worth: ArrayLike) -> Floats:
        """Variance of `expected`; with `worth` 1 for k and else 0, of CIF_k at the end.

        The delta method over independent multinomial bins: a bin adds S² v / n, with v the
        variance of what one stay at risk in it is worth (moved: `worth`; stayed: what it
        can still expect). For one bin per distinct time this is the Aalen variance of
        Pintilie, Competing Risks (2006), eq. 4.5, to first order. With weights n is
        (Σw)² / Σw².
        """
        value = np.asarray(worth, float)[..., None]
        gained = (self.increments * value).sum(axis=-2)
        to_come = gained.sum(axis=-1, keepdims=True) - np.cumsum(gained, axis=-1)
        stayed = self.survival[..., 1:]
        later = np.divide(to_come, stayed, out=np.zeros_like(to_come), where=stayed > 0)
        remain = 1.0 - self.hazards.sum(axis=-2)
        mean = (self.hazards * value).sum(axis=-2) + remain * later
        square = (self.hazards * value**2).sum(axis=-2) + remain * later**2
        spread = np.maximum(square - mean**2, 0.0) * self.survival[..., :-1] ** 2
        return np.asarray(_ratio(spread, self.effective).sum(axis=-1))


def speaking_ages(counts: EventCounts) -> Bools:
    """bool[S, A]: ages at which the stays at risk can speak for those that were censored.

    An event at age a moves S_a / n_a of all stays. Where nothing is censored that is one over
    their number; under growth, or with deals that are never closed, the few that are left at
    old ages stand for many, and tidying up a single one of them would change every rate.
    `counts` has no leading axis.
    """
    found = aalen_johansen(counts)
    entered = counts.events.sum(axis=(-2, -1)) + counts.censored.sum(axis=-1)
    most = np.maximum(MOST_BY_ONE_STAY, _ratio(np.full_like(entered, MOST_TIMES_ITSELF), entered))
    by_one = _ratio(found.survival[..., :-1], found.at_risk)
    return np.asarray(np.logical_and.accumulate(by_one <= most[..., None], axis=-1))


def shared_ages(counts: EventCounts) -> Bools:
    """bool[S, A]: the old ages at which stays speak together, to the oldest age that was seen.

    Where dwell is long, much is won at ages that few stays have reached. To look away from them
    counts it as not won, and no single one may speak for the rest; so the ages from a little
    before the first at which none speaks alone share one hazard. Bins grow with age, so it is
    one that falls as one over the age. `counts` has no leading axis.
    """
    seen = aalen_johansen(counts).at_risk > 0
    alone = (speaking_ages(counts) & seen).sum(axis=-1)
    begin = np.searchsorted(AGE_EDGES, OLD_SHARE * AGE_EDGES[alone])
    old = seen & (np.arange(seen.shape[-1]) >= begin[:, None])
    return np.asarray(old & (alone < seen.sum(axis=-1))[:, None])


def aalen_johansen(
    counts: EventCounts,
    *,
    half_censoring: bool = True,
    within: Bools | None = None,
    together: Bools | None = None,
) -> AalenJohansen:
    """Estimate every stage of `counts` at once.

    `within` bool[S, A] are the ages that are looked at (all by default, see speaking_ages);
    what happens at the others is not known, and what is left there is unresolved. Those of
    `together` bool[S, A] share one hazard (none by default, see shared_ages).

    With `half_censoring` those censored in a bin are at risk in half of it:
    n_a = Σ_{u≥a} (Σ_k d_{k,u} + c_u) − c_a / 2; without, in all of it (the textbook's
    convention that censorings follow events of the same time).
    """
    at_risk = _at_risk(counts.events, counts.censored, half_censoring)
    if within is not None:
        at_risk = at_risk * within
    squares = at_risk
    if counts.events_sq is not counts.events:
        squares = _at_risk(counts.events_sq, counts.censored_sq, half_censoring)
    hazards = _ratio(counts.events, at_risk[..., None, :])
    effective = _ratio(at_risk**2, squares)
    if together is not None:
        hazards = _shared(hazards, counts.events, at_risk[..., None, :], together[:, None])
        effective = _shared_effective(effective, at_risk, squares, together)
    survival = np.ones((*at_risk.shape[:-1], at_risk.shape[-1] + 1))
    # Rounding of weights may leave a hazard a hair above one.
    np.cumprod(np.maximum(1.0 - hazards.sum(axis=-2), 0.0), axis=-1, out=survival[..., 1:])
    increments = survival[..., None, :-1] * hazards
    return AalenJohansen(at_risk, effective, hazards, survival, increments)


def _shared(own: Floats, above: Floats, below: Floats, together: Bools) -> Floats:
    """`own`, and at the ages `together` the ratio of the sums over them."""
    common = _ratio(*((part * together).sum(axis=-1, keepdims=True) for part in (above, below)))
    return np.where(together, common, own)


def _shared_effective(own: Floats, at_risk: Floats, squares: Floats, together: Bools) -> Floats:
    """As how many stays each age counts: a hazard of many ages is known by all of their stays,
    and errs at all of them alike, so that each counts an equal part."""
    sums = ((part * together).sum(axis=-1, keepdims=True) for part in (at_risk, squares))
    weight, squared = sums
    ages = np.maximum(together.sum(axis=-1, keepdims=True), 1)
    return np.where(together, _ratio(weight**2, squared) / ages, own)


def _at_risk(events: Floats, censored: Floats, half_censoring: bool) -> Floats:
    leaving = events.sum(axis=-2) + censored
    at_risk = np.flip(np.cumsum(np.flip(leaving, -1), axis=-1), -1)
    return at_risk - censored / 2 if half_censoring else at_risk


def _ratio(above: Floats, below: Floats) -> Floats:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.divide(above, below, out=np.zeros(shape), where=below > 0)
