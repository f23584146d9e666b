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
from pipeline.estimation.stays import BUCKETS, bucket_of


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


@dataclass(frozen=True)
class JoinCounts:
    """What a join is estimated from, entries into the ladder stage `stage` by bucket.

    observed float[64, A]: entries by their age so far; waiting and wins float[64, A]: those
    without a win by their age so far, and those with one by their age at the first; opened
    float[64, K, A]: deals by first stage and age; direct float[K]: deals a month of customers
    without a ladder history, by first stage.
    """

    stage: int
    observed: Floats
    waiting: Floats
    wins: Floats
    opened: Floats
    direct: Floats


def estimate_join(handover: Handover, stages: StageList) -> Join:
    """Join of a ladder, as `handover` has it, to the pipeline of `stages`."""
    return join_of_counts(count_handover(handover, len(stages)))


def count_handover(handover: Handover, stages: int) -> JoinCounts:
    """Counts straight from the entries and deals of a history, in a pipeline of so many stages."""
    bucket, as_of = bucket_of(handover.customer), handover.as_of
    won = handover.first_win < as_of
    end = np.where(won, handover.first_win, as_of)
    age = age_bin_between(handover.entered, end)
    observed = age_bin_between(handover.entered, np.full_like(handover.entered, as_of))
    key = handover.deals.first_stage * AGE_BINS + handover.deal_age
    opened = _table(bucket_of(handover.deals.customer), key, stages * AGE_BINS)
    return JoinCounts(
        stage=handover.stage,
        observed=_table(bucket, observed, AGE_BINS),
        waiting=_table(bucket[~won], age[~won], AGE_BINS),
        wins=_table(bucket[won], age[won], AGE_BINS),
        opened=opened.reshape(BUCKETS, stages, AGE_BINS),
        direct=handover.direct_by_stage,
    )


def join_of_counts(counts: JoinCounts) -> Join:
    increments = _mean_cumulative_increments(counts)
    totals = increments.sum(axis=(-2, -1))
    deals, handed_over = round(counts.opened.sum()), round(counts.observed.sum())
    seen = handed_over > 0
    low, high = _band(totals, deals, handed_over)
    opened = increments[0].sum(axis=0)
    rising = np.concatenate([[0.0], np.cumsum(opened)])
    return Join(
        hands_over=counts.stage,
        handed_over=handed_over,
        deals=deals,
        increments=increments[0],
        deals_per_customer=float(totals[0]) if seen else None,
        low80=low if seen else None,
        high80=high if seen else None,
        lag_days=quantile_of_rise(rising, rising[-1] / 2) if rising[-1] > 0 else None,
        direct_per_month=float(counts.direct.sum()),
        direct_by_stage=counts.direct,
        wins=_first_wins(counts),
    )


def _mean_cumulative_increments(counts: JoinCounts) -> Floats:
    """float[65, K, A]: Nelson-Aalen for recurrent events, Σ d / n by age bin.

    A customer stays at risk until `as_of` however many deals it has opened; Nelson,
    Recurrent Events Data Analysis (2003), ch. 1. Those whose observation ends in a bin are
    at risk in half of it, and never fewer than one, or a last deal would count double.
    """
    ended, opened = _all_but_each(counts.observed), _all_but_each(counts.opened)
    at_risk = np.flip(np.cumsum(np.flip(ended, -1), axis=-1), -1) - ended / 2
    return np.asarray(opened / np.maximum(at_risk, 1.0)[:, None, :])


def _first_wins(counts: JoinCounts) -> Floats:
    """float[65]: probability of a first win, by Aalen-Johansen with one destination."""
    censored, wins = _all_but_each(counts.waiting), _all_but_each(counts.wins)
    at_risk = np.flip(np.cumsum(np.flip(wins + censored, -1), axis=-1), -1) - censored / 2
    hazard = np.divide(wins, at_risk, out=np.zeros_like(wins), where=at_risk > 0)
    return np.asarray(1.0 - np.prod(1.0 - hazard, axis=-1))


def _table(bucket: Ints, column: Ints, width: int) -> Floats:
    key = bucket.astype(np.int64) * width + column
    sums = np.bincount(key, minlength=BUCKETS * width)
    return sums.reshape(BUCKETS, width).astype(np.float64)


def _all_but_each(table: Floats) -> Floats:
    total = table.sum(axis=0, keepdims=True)
    # Ages of entries kept by month are spread over days, which leaves a rounding residue.
    return np.concatenate([total, np.maximum(total - table, 0.0)])


def _band(totals: Floats, deals: int, handed_over: int) -> tuple[float, float]:
    low, high = log_band(totals[0], totals[1:], 0.8)
    if np.isfinite(low) and high > low:
        return float(low), float(high)
    # Too few deals for the jackknife: Jeffreys' interval of a Poisson mean, as a ratio.
    share = totals[0] / deals if deals else 1.0 / max(handed_over, 1)
    lowest = stats.gamma.ppf(0.1, deals + 0.5) if deals else 0.0
    return float(lowest * share), float(stats.gamma.ppf(0.9, deals + 0.5) * share)
