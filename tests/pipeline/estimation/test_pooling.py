"""Small segments lean on the others; nobody is sure of what nobody has seen."""

import logging
from dataclasses import astuple

import numpy as np
import pytest
from scipy import integrate, stats

from pipeline.estimation.pooling import KAPPAS, pool_rates

figures = logging.getLogger(__name__)

KAPPA = 40
MU = 0.3
RATES = np.sin(np.linspace(0, np.pi / 2, 601)[1:-1]) ** 2


def slow_pool(wins, seen):
    """Density of each segment's rate at RATES, by summing over every (mu, kappa) of a fine grid."""
    # Jeffreys' prior is flat for the arcsine.
    mu = np.sin((np.arange(500) + 0.5) / 500 * np.pi / 2) ** 2
    total = np.zeros((len(wins), len(RATES)))
    for kappa in KAPPAS:
        evidence = np.ones(len(mu))
        for x, n in zip(wins, seen, strict=True):
            # A fractional number of wins has no binomial coefficient; it would cancel anyway.
            part = stats.betabinom(int(n), mu * kappa, (1 - mu) * kappa)
            evidence *= part.pmf(int(x))
        prior = evidence / np.sqrt(kappa)
        for row, (x, n) in enumerate(zip(wins, seen, strict=True)):
            a, b = mu * kappa + x, (1 - mu) * kappa + n - x
            total[row] += prior @ stats.beta.pdf(RATES, a[:, None], b[:, None])
    return total / integrate.trapezoid(total, RATES)[:, None]


def test_posterior_is_the_mixture_over_all_that_the_segments_may_have_in_common():
    wins, seen = np.array([2, 30, 11, 0, 80]), np.array([4, 60, 60, 0, 400])
    raw = np.divide(wins, seen, out=np.full(5, np.nan), where=seen > 0)
    pooled = pool_rates(raw, seen.astype(float))
    density = slow_pool(wins, seen)
    share = integrate.cumulative_trapezoid(density, RATES, initial=0)
    assert pooled.rate == pytest.approx(integrate.trapezoid(density * RATES, RATES), abs=1e-3)
    for level, ends in [(0.1, pooled.low80), (0.9, pooled.high80), (0.05, pooled.low90)]:
        reached = [np.interp(end, RATES, row) for end, row in zip(ends, share, strict=True)]
        assert reached == pytest.approx([level] * 5, abs=2e-3)


@pytest.fixture(scope="module")
def companies():
    """(true, raw, Pooled) of companies with 20 segments of 5 to 300 stays each."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(150):
        stays = np.exp(rng.uniform(np.log(5), np.log(300), 20)).astype(int)
        true = rng.beta(MU * KAPPA, (1 - MU) * KAPPA, 20)
        raw = rng.binomial(stays, true) / stays
        found.append((true, raw, stays, pool_rates(raw, stays.astype(float))))
    return found


def _error(companies, rate_of):
    return np.sqrt(np.mean([(rate_of(c) - c[0]) ** 2 for c in companies]))


def _as_one(company):
    _, raw, stays, _ = company
    return np.average(raw, weights=stays)


def test_pooled_rates_of_small_segments_are_far_nearer_than_raw_ones(companies):
    raw = _error(companies, lambda c: c[1])
    pooled = _error(companies, lambda c: c[3].rate) / raw
    as_one = _error(companies, _as_one) / raw
    figures.info(f"pooled {pooled:.1%} of the raw error, all as one {as_one:.1%}")
    assert pooled <= 0.6
    assert as_one > 0.6


def test_pooled_bands_hold_the_truth_as_often_as_they_say(companies):
    inside80 = np.mean([(p.low80 <= t) & (t <= p.high80) for t, _, _, p in companies])
    inside90 = np.mean([(p.low90 <= t) & (t <= p.high90) for t, _, _, p in companies])
    figures.info(f"coverage {inside80:.3f} {inside90:.3f}")
    assert 0.76 <= inside80 <= 0.84
    assert 0.87 <= inside90 <= 0.94


def test_bands_of_one_rate_for_all_would_not(companies):
    inside = []
    for company in companies:
        rate, stays = _as_one(company), company[2].sum()
        reach = stats.norm.ppf(0.9) * np.sqrt(rate * (1 - rate) / stays)
        inside.append(abs(rate - company[0]) <= reach)
    figures.info(f"coverage of one rate for all {np.mean(inside):.3f}")
    assert np.mean(inside) < 0.4


def test_what_the_segments_have_in_common_is_found(companies):
    kappas = [pooled.kappa for *_, pooled in companies]
    means = [pooled.mu for *_, pooled in companies]
    assert np.exp(np.mean(np.log(kappas))) == pytest.approx(KAPPA, rel=0.25)
    assert np.mean(means) == pytest.approx(MU, abs=0.01)


def test_segments_that_differ_a_lot_keep_their_own_rates():
    raw = np.array([0.1, 0.5, 0.9, 0.2, 0.8])
    assert pool_rates(raw, np.full(5, 100.0)).rate == pytest.approx(raw, abs=0.02)


def test_a_large_segment_is_as_sure_as_its_size():
    pooled = pool_rates(np.array([0.2, 0.3, np.nan]), np.array([1e6, 40.0, 0.0]))
    assert pooled.rate[0] == pytest.approx(0.2, abs=1e-5)
    assert pooled.high80[0] - pooled.low80[0] == pytest.approx(2 * 1.2816 * 4e-4, rel=0.01)


def test_a_segment_nobody_saw_gets_what_the_others_let_expect():
    rng = np.random.default_rng(4)
    raw = np.append(rng.beta(MU * KAPPA, (1 - MU) * KAPPA, 60), np.nan)
    pooled = pool_rates(raw, np.append(np.full(60, 500.0), 0.0))
    truth = stats.beta(MU * KAPPA, (1 - MU) * KAPPA)
    assert pooled.rate[-1] == pytest.approx(MU, abs=0.03)
    assert pooled.low80[-1] == pytest.approx(truth.ppf(0.1), abs=0.03)
    assert pooled.high80[-1] == pytest.approx(truth.ppf(0.9), abs=0.03)


def test_one_segment_alone_is_what_it_has_shown():
    pooled = pool_rates(np.array([0.3]), np.array([200.0]))
    assert pooled.rate[0] == pytest.approx(0.3, abs=0.01)
    assert pooled.high80[0] - pooled.low80[0] == pytest.approx(2 * 1.2816 * 0.0324, rel=0.05)


@pytest.mark.parametrize("n_eff", [0.0, 1.0, 8.5, 1e5])
@pytest.mark.parametrize("rate", [0.0, 1.0, 0.37, np.nan])
def test_bands_hold_their_rate_and_stay_within_zero_and_one(rate, n_eff):
    for others in ([], [0.5, 0.2], [rate, rate]):
        raw = np.array([rate, *others])
        pooled = pool_rates(raw, np.full(len(raw), n_eff))
        ends = [pooled.low90, pooled.low80, pooled.rate, pooled.high80, pooled.high90]
        assert (np.diff(np.array(ends), axis=0) >= 0).all()
        assert (pooled.low90 >= 0).all()
        assert (pooled.high90 <= 1).all()


def test_without_any_segment_there_is_nothing_to_say():
    rate, *bands, mu, kappa = astuple(pool_rates(np.empty(0), np.empty(0)))
    assert all(part.shape == (0,) for part in (rate, *bands))
    assert 0 < mu < 1 < kappa
