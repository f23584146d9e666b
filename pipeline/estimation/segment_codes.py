"""What segments stays fall into: bands of amounts, and two fields crossed."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.estimation.arrays import Floats, Ints

MOST_BANDS = 4

FEWEST_IN_BAND = 20
"""Deals without which a band says too little to be worth a line."""

LEAST_OF_EVEN_SHARE = 0.25
"""A band with less than this of an even share is no band, only the end of its neighbour."""


@dataclass(frozen=True)
class AmountBands:
    """Bands between edges float[B - 1], each a round sum; band b is [edges[b - 1], edges[b])."""

    edges: tuple[float, ...]

    @property
    def bands(self) -> int:
        return len(self.edges) + 1

    @property
    def unknown(self) -> int:
        """The code of deals without an amount."""
        return self.bands

    @property
    def segments(self) -> int:
        """The bands, and one for deals without an amount."""
        return self.bands + 1

    def of(self, amount: Floats) -> Ints:
        """int[n]: the band of each amount; `unknown` where it is nan or not positive."""
        code = np.searchsorted(np.array(self.edges), amount, side="right")
        return np.where(np.isfinite(amount) & (amount > 0), code, self.unknown)


def amount_bands(amount: Floats) -> AmountBands:
    """At most four bands of about as many deals each, amount float[n] one a deal.

    Edges are 1, 2 or 5 times a power of ten. Of all choices in which every band is large
    enough, the one under which two deals drawn at random fall least often into the same band.
    """
    known = np.sort(amount[np.isfinite(amount) & (amount > 0)])
    steps = _near_even_shares(_round_steps(known), known)
    below = np.searchsorted(known, steps)
    chosen = min(_choices(below, len(known)), key=lambda places: _alike(below, len(known), places))
    return AmountBands(tuple(float(steps[place]) for place in chosen))


def cross(first: Ints, second: Ints, sizes: tuple[int, int]) -> tuple[Ints, Ints]:
    """Two fields crossed: codes int[n] into pairs int[P, 2], of the pairs that occur.

    first and second int[n] are codes below `sizes`, −1 for none; none with anything is none.
    Pairs are in order of the first code, then of the second.
    """
    inside = (first >= 0) & (second >= 0)
    key = first[inside].astype(np.int64) * sizes[1] + second[inside]
    occurring, place = np.unique(key, return_inverse=True)
    codes = np.full(len(first), -1, np.int64)
    codes[inside] = place
    return codes, np.stack(np.divmod(occurring, sizes[1]), axis=1)


def _round_steps(known: Floats) -> Floats:
    """1, 2 and 5 times the powers of ten, as far as the amounts reach."""
    if not len(known):
        return np.empty(0)
    powers = np.arange(np.floor(np.log10(known[0])), np.ceil(np.log10(known[-1])) + 1)
    # Of a division the result is the nearest float to 0.2, of a product 0.2 and a bit.
    steps = [
        digit * 10.0**power if power >= 0 else digit / 10.0**-power
        for power in powers
        for digit in (1, 2, 5)
    ]
    return np.array([step for step in steps if known[0] < step <= known[-1]])


def _near_even_shares(steps: Floats, known: Floats) -> Floats:
    """The steps on either side of where an even split would cut, into any number of bands."""
    shares = [part / bands for bands in range(2, MOST_BANDS + 1) for part in range(1, bands)]
    after = np.searchsorted(np.searchsorted(known, steps), np.array(shares) * len(known))
    places = np.unique([after - 1, after])
    return np.asarray(steps[places[(places >= 0) & (places < len(steps))]])


def _choices(below: Ints, deals: int) -> list[tuple[int, ...]]:
    """Every choice of up to three steps that leaves no band too small, beginning with none."""
    choices: list[tuple[int, ...]] = [()]
    for bands in range(2, MOST_BANDS + 1):
        least = max(FEWEST_IN_BAND, LEAST_OF_EVEN_SHARE * deals / bands)
        for places in combinations(range(len(below)), bands - 1):
            if _sizes(below, deals, places).min() >= least:
                choices.append(places)
    return choices


def _alike(below: Ints, deals: int, places: tuple[int, ...]) -> float:
    return float((_sizes(below, deals, places).astype(float) ** 2).sum())


def _sizes(below: Ints, deals: int, places: tuple[int, ...]) -> Ints:
    return np.diff([0, *below[list(places)], deals])
