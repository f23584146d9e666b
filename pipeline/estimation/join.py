"""The join of a ladder to a pipeline: what a customer handed over brings."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_BINS, age_bin_between
from pipeline.estimation.dwell import quantile_of_rise
from pipeline.estimation.handover import Handover
from pipeline.estimation.jackknife import log_band
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import BUCKETS


@dataclass(frozen=True)
class Join:
    """Deals opened per customer handed over, by age since the handover.

    increments float[K, A] by first stage of the deal and age bin; their sum, which may
    exceed one, is deals_per_customer (None while nobody was handed over), with its 80 %
    jackknife band. `lag_days` is the median age at opening. `direct_per_month` deals come
    without a ladder history, float[K] of them by first stage. `wins` float[65]:
    probability of at least one win after a handover, all buckets and all but each one.
    """

    hands_over: int
    handed_over: int
    deals: int
    increments: Floats
    deals_per_customer: float | None
    low80: float | None
    high80: float | None
    lag_days: float | None
    direct_per_month: float
    direct_by_stage: Floats
    wins: Floats


def estimate_join(handover: Handover, stages: StageList) -> Join:
    """Join of a ladder, as `handover` has it, to the pipeline of `stages`."""
    increments = _mean_cumulative_increments(handover, len(stages))
    totals = increments.sum(axis=(-2, -1))
    counted = len(handover.deal_age)
    seen = len(handover.entered) > 0
    low, high = _band(totals, counted, len(handover.entered))
    opened = increments[0].sum(axis=0)
    rising = np.concatenate([[0.0], np.cumsum(opened)])
    return Join(
        hands_over=handover.stage,
        handed_over=len(handover.entered),
        deals=counted,
        increments=increments[0],
        deals_per_customer=float(totals[0]) if seen else None,
        low80=low if seen else None,
        high80=high if seen else None,
        lag_days=quantile_of_rise(rising, rising[-1] / 2) if rising[-1] > 0 else None,
        direct_per_month=float(handover.direct_by_stage.sum()),
        direct_by_stage=handover.direct_by_stage,
        wins=_first_wins(handover),
    )


def _mean_cumulative_increments(handover: Handover, stages: int) -> Floats:
    """float[65, K, A]: Nelson-Aalen for recurrent events, Σ d / n by age bin.

    A customer stays at risk until `as_of` however many deals it has opened; Nelson,
    Recurrent Events Data Analysis (2003), ch. 1. Those whose observation ends in a bin are
    at risk in half of it, and never fewer than one, or a last deal would count double.
    """
    observed = age_bin_between(handover.entered, np.full_like(handover.entered, handover.as_of))
    ended = _table(handover.bucket, observed, AGE_BINS)
    key = handover.deal_stage * AGE_BINS + handover.deal_age
    opened = _table(handover.deal_bucket, key, stages * AGE_BINS)
    ended, opened = _all_but_each(ended), _all_but_each(opened)
    at_risk = np.flip(np.cumsum(np.flip(ended, -1), axis=-1), -1) - ended / 2
    by_stage = opened.reshape(-1, stages, AGE_BINS)
    return np.asarray(by_stage / np.maximum(at_risk, 1.0)[:, None, :])


def _first_wins(handover: Handover) -> Floats:
    """float[65]: probability of a first win, by Aalen-Johansen with one destination."""
    won = handover.first_win < handover.as_of
    end = np.where(won, handover.first_win, handover.as_of)
    age = age_bin_between(handover.entered, end) + AGE_BINS * won
    table = _all_but_each(_table(handover.bucket, age, 2 * AGE_BINS))
    censored, wins = table[:, :AGE_BINS], table[:, AGE_BINS:]
    at_risk = np.flip(np.cumsum(np.flip(wins + censored, -1), axis=-1), -1) - censored / 2
    hazard = np.divide(wins, at_risk, out=np.zeros_like(wins), where=at_risk > 0)
    return np.asarray(1.0 - np.prod(1.0 - hazard, axis=-1))


def _table(bucket: Ints, column: Ints, width: int) -> Floats:
    key = bucket.astype(np.int64) * width + column
    sums = np.bincount(key, minlength=BUCKETS * width)
    return sums.reshape(BUCKETS, width).astype(np.float64)


def _all_but_each(table: Floats) -> Floats:
    total = table.sum(axis=0, keepdims=True)
    return np.concatenate([total, total - table])


def _band(totals: Floats, deals: int, handed_over: int) -> tuple[float, float]:
    low, high = log_band(totals[0], totals[1:], 0.8)
    if np.isfinite(low) and high > low:
        return float(low), float(high)
    # Too few deals for the jackknife: Jeffreys' interval of a Poisson mean, as a ratio.
    share = totals[0] / deals if deals else 1.0 / max(handed_over, 1)
    lowest = stats.gamma.ppf(0.1, deals + 0.5) if deals else 0.0
    return float(lowest * share), float(stats.gamma.ppf(0.9, deals + 0.5) * share)
