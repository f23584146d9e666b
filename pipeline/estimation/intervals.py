"""Intervals of probabilities."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from pipeline.estimation.arrays import Bools, Floats
from pipeline.estimation.jackknife import log_band

NEARLY_CERTAIN = 1 - 1e-9


class Band(NamedTuple):
    """An interval, float[...] each."""

    low: Floats
    high: Floats


def certain_is_one(rate: Floats) -> Floats:
    """`rate` with 1 where only rounding kept it below: an interval has to know certainty."""
    return np.where(rate > NEARLY_CERTAIN, 1.0, rate)


def log_log_band(rate: Floats, variance: Floats, information: Floats, level: float) -> Band:
    """Complementary log-log interval of a cumulative incidence, from its variance.

    θ = log(−log(1 − p)) ± z √Var / ((1 − p) |log(1 − p)|); Kalbfleisch and Prentice (2002),
    1.4. At 0 and 1, where it says nothing, Jeffreys' from `information` stays.
    """
    rate, z = certain_is_one(rate), stats.norm.ppf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        cumulative = -np.log1p(-rate)
        reach = z * np.sqrt(variance) / ((1 - rate) * cumulative)
        low = -np.expm1(-cumulative * np.exp(-reach))
        high = -np.expm1(-cumulative * np.exp(reach))
    inside = (rate > 0) & (rate < 1) & (variance > 0)
    return _where(inside, Band(low, high), jeffreys_band(rate, information, level))


def success_band(
    rate: Floats,
    replicates: Floats,
    information: Floats,
    level: float,
    added_sd: Floats | float = 0.0,
) -> Band:
    """Jackknife interval on the log of `rate`; replicates float[G, ...] leave one group out.

    `added_sd` is a standard deviation of the log that groups do not show.
    Where all wins stand in one group, or nothing but wins was seen, the jackknife has
    nothing to go by, and Jeffreys' interval takes its place.
    """
    rate, replicates = certain_is_one(rate), certain_is_one(replicates)
    low, high = log_band(rate, replicates, level, added_sd)
    usable = np.isfinite(low) & np.isfinite(high) & (high > low)
    return _where(usable, Band(low, np.minimum(high, 1.0)), jeffreys_band(rate, information, level))


def jeffreys_band(rate: Floats, information: Floats, level: float) -> Band:
    """Equal-tailed interval of a binomial rate from `information` stays, prior Beta(½, ½).

    Brown, Cai and DasGupta, Statistical Science 16 (2001): the end is 0 where nothing, and
    1 where everything, succeeded.
    """
    wins = np.clip(rate, 0, 1) * information
    losses = information - wins
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, wins + 0.5, losses + 0.5)
    high = stats.beta.ppf(1 - tail, wins + 0.5, losses + 0.5)
    return Band(np.where(rate <= 0, 0.0, low), np.where(rate >= 1, 1.0, high))


def _where(usable: Bools, band: Band, otherwise: Band) -> Band:
    return Band(
        np.where(usable, band.low, otherwise.low), np.where(usable, band.high, otherwise.high)
    )
