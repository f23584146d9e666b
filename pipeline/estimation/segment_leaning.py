"""How far the rates of segments lean on the whole."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats
from pipeline.estimation.bins import age_bin_between
from pipeline.estimation.jackknife import log_sd
from pipeline.estimation.pooling import pool_rates
from pipeline.estimation.rates import Rates
from pipeline.estimation.stays import OPEN, Stays

THIN = 10.0
"""Below this n_eff a segment's rate is the whole's: a posterior from a handful of stays would
mostly repeat it, and would be read as if it had been measured."""


@dataclass(frozen=True)
class Leaning:
    """Rates of the segments as they are shown, float[G] each; `thin` ones are the whole's.

    The band is what is known of the segment itself, widened to hold the rate; log_sd is the
    standard deviation of its logarithm. `alike` is the kappa that the segments share.
    """

    rate: Floats
    low80: Floats
    high80: Floats
    low90: Floats
    high90: Floats
    n_eff: Floats
    log_sd: Floats
    thin: Bools
    alike: float


@dataclass(frozen=True)
class Shares:
    """min(1, n_eff,pool / Σ_all info) of promotion, success and value: float[S] each."""

    promotion: Floats
    success: Floats
    value: Floats


def lean(raw: Floats, n_eff: Floats, whole: float | None) -> Leaning:
    """Raw rates float[G], nan where unknown, that count as `n_eff` stays, beside the whole's."""
    pooled, thin = pool_rates(raw, n_eff), (n_eff < THIN) | np.isnan(raw)
    rate = np.where(thin, np.nan if whole is None else whole, pooled.rate)
    return Leaning(
        rate,
        np.fmin(pooled.low80, rate),
        np.fmax(pooled.high80, rate),
        np.fmin(pooled.low90, rate),
        np.fmax(pooled.high90, rate),
        n_eff,
        # That of the log-normal with the same mean and standard deviation.
        np.sqrt(np.log1p((pooled.sd / pooled.rate) ** 2)),
        thin,
        pooled.kappa,
    )


def shares_of(stays: Stays, whole: Rates, reach: Floats | None = None) -> Shares:
    """As how much of what it tells a stay may count, so that all of them together are no surer
    of a rate than the variance of the whole's allows.

    On a ladder `reach` float[65, S], the probability of being handed over, stands for success.
    """
    told = _told(stays, whole)
    places = whole.stages.open
    promotion, success = np.full_like(told, np.nan), np.full_like(told, np.nan)
    promotion[places] = [_number(row.promotion.n_eff) for row in whole.by_stage]
    rate = [_number(row.success.rate) for row in whole.by_stage]
    spread = [_number(row.success.log_sd) for row in whole.by_stage]
    success[places] = n_eff_of(np.array(rate), np.array(spread))
    if reach is not None:
        success = n_eff_of(reach[0], log_sd(reach, told))
    return Shares(share_of(promotion, told), share_of(success, told), _value_share(stays, whole))


def _value_share(stays: Stays, whole: Rates) -> Floats:
    if stays.amount is None or whole.value is None:
        return np.ones(len(whole.stages))
    amount = np.maximum(np.nan_to_num(stays.amount), 0.0)
    weight, squared = _told(stays, whole, amount), _told(stays, whole, amount**2)
    told = np.divide(weight**2, squared, out=np.zeros_like(weight), where=squared > 0)
    won = whole.value.fates.won
    return share_of(n_eff_of(won[0], log_sd(won, told)), told)


def _told(stays: Stays, whole: Rates, weight: Floats | None = None) -> Floats:
    """float[S]: Σ info of all stays, 1 for a closed one and 1 − S(age) for an open one."""
    info = np.ones(len(stays)) if weight is None else weight.copy()
    still = np.flatnonzero(stays.destination == OPEN)
    age = age_bin_between(stays.entered[still], stays.left[still])
    info[still] *= 1.0 - whole.estimate.survival[stays.stage[still], age]
    return np.bincount(stays.stage, info, len(whole.stages)).astype(float)


def n_eff_of(rate: Floats, log_sd: Floats) -> Floats:
    """p (1 − p) / Var; infinite or nan where the rate or its spread says nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (1 - rate) / (rate * log_sd**2)


def share_of(n_eff: Floats, told: Floats) -> Floats:
    usable = np.isfinite(n_eff) & (n_eff > 0) & (told > 0)
    return np.minimum(1.0, np.divide(n_eff, told, out=np.ones_like(told), where=usable))


def _number(value: float | None) -> float:
    return np.nan if value is None else value
