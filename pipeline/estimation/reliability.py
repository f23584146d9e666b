"""Whether chances mean what they say: of the deals given 30 %, three in ten should be won."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.intervals import jeffreys_band

RELIABILITY_BINS = 10
SUREST = 0.999
"""Log-loss takes no probability as surer than this, or one surprise would outweigh all."""


@dataclass(frozen=True)
class ReliabilityBin:
    """Deals of like chances: their mean chance, the share that was won, and its 80 % band.

    `n` counts a deal once an origin, `deals` once; the band knows only the latter.
    """

    mean_chance: float
    won_share: float
    low80: float
    high80: float
    n: int
    deals: int


def brier_score(chance: Floats, won: Bools) -> float | None:
    """Mean squared error of probabilities float[n] against outcomes bool[n]."""
    return float(np.mean((chance - won) ** 2)) if len(chance) else None


def log_loss(chance: Floats, won: Bools) -> float | None:
    """Mean −log of the probability given to what happened, none surer than 99.9 %."""
    if not len(chance):
        return None
    capped = np.clip(chance, 1 - SUREST, SUREST)
    return float(-np.mean(np.log(np.where(won, capped, 1 - capped))))


def reliability(chance: Floats, won: Bools, deal: Ints) -> tuple[ReliabilityBin, ...]:
    """Up to ten bins of as many rows each, by rising chance; `deal` int[n] names the deal."""
    if not len(chance):
        return ()
    edges = np.unique(np.quantile(chance, np.arange(1, RELIABILITY_BINS) / RELIABILITY_BINS))
    place = np.searchsorted(edges, chance, side="left")
    return tuple(
        _reliability_bin(chance[here], won[here], deal[here])
        for here in (place == number for number in np.unique(place))
    )


def _reliability_bin(chance: Floats, won: Bools, deal: Ints) -> ReliabilityBin:
    share, deals = float(won.mean()), len(np.unique(deal))
    low, high = jeffreys_band(np.array(share), np.array(float(deals)), 0.8)
    return ReliabilityBin(float(chance.mean()), share, float(low), float(high), len(won), deals)
