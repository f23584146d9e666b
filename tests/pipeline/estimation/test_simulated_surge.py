"""Growth makes ratios lie: a company whose true rates are known, in a fourfold year."""

import logging

import numpy as np
import pytest

from pipeline.estimation import find_stays, rates_of_stays
from tests.pipeline.estimation.simulation import ADVANCE, AS_OF, STAGES, simulate
from tests.pipeline.estimation.slow import advanced_per_entered, closed_only

figures = logging.getLogger(__name__)

REPEATS = 150


def _repeat(seed, **company):
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(REPEATS):
        stays = find_stays(simulate(rng, **company), STAGES, as_of=AS_OF)
        runs.append((stays, rates_of_stays(stays)))
    return runs


@pytest.fixture(scope="module")
def surge():
    return _repeat(1)


def _relative_bias(estimates):
    return np.abs(np.mean(estimates, axis=0) / ADVANCE - 1).mean()


def _promotions(runs):
    return [[row.promotion.rate for row in rates.by_stage] for _, rates in runs]


def _ratios(runs, ratio):
    return [[ratio(stays, stage) for stage in range(3)] for stays, _ in runs]


def test_rates_stay_unbiased_through_a_fourfold_year(surge):
    bias = _relative_bias(_promotions(surge))
    closed = _relative_bias(_ratios(surge, closed_only))
    entered = _relative_bias(_ratios(surge, advanced_per_entered))
    figures.info(f"bias: {bias:.2%}, closed only {closed:.2%}, per entered {entered:.2%}")
    assert bias < 0.01
    assert closed > 0.03
    assert entered > 0.05


def test_bands_hold_the_truth_as_often_as_they_say(surge):
    inside = {80: [], 90: []}
    for _, rates in surge:
        for row, truth in zip(rates.by_stage, ADVANCE, strict=True):
            inside[80].append(row.promotion.low80 <= truth <= row.promotion.high80)
            inside[90].append(row.promotion.low90 <= truth <= row.promotion.high90)
    figures.info(f"coverage: {np.mean(inside[80]):.3f} {np.mean(inside[90]):.3f}")
    assert 0.76 <= np.mean(inside[80]) <= 0.84
    assert 0.86 <= np.mean(inside[90]) <= 0.94


def test_success_rate_and_its_band_survive_the_fourfold_year(surge):
    first = [rates.by_stage[0].success for _, rates in surge]
    truth = np.prod(ADVANCE)
    inside = np.mean([s.low80 <= truth <= s.high80 for s in first])
    figures.info(f"success {np.mean([s.rate for s in first]) / truth - 1:.2%}, {inside:.3f}")
    assert np.mean([s.rate for s in first]) == pytest.approx(truth, rel=0.015)
    assert 0.74 <= inside <= 0.88


def test_losses_that_nobody_closes_do_not_flatter_the_rates():
    runs = _repeat(2, never_closed=0.3)
    bias = _relative_bias(_promotions(runs))
    closed = _relative_bias(_ratios(runs, closed_only))
    figures.info(f"never closed: bias {bias:.2%}, closed only {closed:.2%}")
    assert bias < 0.01
    assert closed > 0.12
