"""Scores against small cases worked out by hand."""

import numpy as np
import pytest

from pipeline.estimation import dispersed_band, dispersion_of
from pipeline.estimation.reliability import brier_score, log_loss, reliability
from pipeline.estimation.scores import (
    Forecasts,
    dispersions,
    log_sd,
    pinball_loss,
    score,
    windows_of,
)

NAN = np.nan
STEPS = 12


def forecasts(expected, actual, *, log_var=0.0, lump=1.0, resolved=None):
    """Rows of any length, one an origin; what is left out has not resolved."""
    size = len(expected)
    if resolved is None:
        resolved = np.tril(np.ones((size, size), bool), -1)
    return Forecasts(
        _table(expected), _table(actual), np.full(size, log_var), np.full(size, lump), resolved
    )


def _table(rows):
    return np.array([[*row, *[NAN] * (STEPS - len(row))] for row in rows], float)


@pytest.fixture
def three():
    """Sums of two steps: 30 for 20 that came, 20 for 25; the third origin has one step only."""
    return forecasts([[10, 20, 30], [8, 12], [50]], [[12, 8, 20], [5, 20], [40]])


def test_errors_of_whole_horizons_and_of_single_steps(three):
    scores = score(three, 2)
    assert scores.windows == 2
    assert scores.mape == pytest.approx((30 / 20 - 1 + 1 - 20 / 25) / 2)
    assert scores.bias == pytest.approx(50 / 45 - 1)
    assert scores.cells == 6
    assert scores.wmape == pytest.approx((2 + 12 + 10 + 3 + 8 + 10) / 105)


def test_the_middle_pinball_is_half_the_absolute_error(three):
    scores = score(three, 2)
    assert scores.pinball[1] == pytest.approx((10 + 5) / 2 / 2 / 22.5)
    assert scores.step_pinball[1] == pytest.approx(45 / 6 / 2 / 17.5)


def test_pinball_charges_the_side_that_was_thought_unlikely():
    assert pinball_loss(np.array([10.0]), np.array([4.0]), 0.9) == pytest.approx(5.4)
    assert pinball_loss(np.array([10.0]), np.array([14.0]), 0.9) == pytest.approx(0.4)
    draws = np.random.default_rng(0).normal(size=20_000)
    losses = [pinball_loss(draws, np.full(20_000, q), 0.9) for q in (1.1, 1.2816, 1.5)]
    assert losses[1] == min(losses)


def test_bands_are_those_of_the_forecast_page():
    """Luck, rates and dispersion add up; without earlier origins τ is .3."""
    case = forecasts([[40, 60]], [[50, 70]], log_var=0.01)
    (window,) = windows_of(case, np.array([7]), 2)
    low, high = dispersed_band(100, 100 * np.sqrt(1 / 100 + 0.01), 0.3)
    assert (window.origin, window.steps) == (7, 2)
    assert (window.forecast, window.actual) == (100, 120)
    assert (window.low80, window.high80) == pytest.approx((low, high))
    assert window.high90 == pytest.approx(100 * (high / 100) ** (1.644854 / 1.281552), rel=1e-5)


def test_windows_that_are_not_over_are_shown_shorter(three):
    last = windows_of(three, np.array([1, 2, 3]), 2)[-1]
    assert (last.steps, last.forecast, last.actual) == (1, 50, 40)


def test_dispersion_of_an_origin_comes_from_what_had_resolved_by_then(three):
    """Of origin 0 one step at origin 1; two at origin 2, with one of origin 1."""
    found = dispersions(three)
    assert found[0] == 0.3
    assert found[1] == pytest.approx(dispersion_of([12], [10]))
    assert found[2] == pytest.approx(dispersion_of([20, 5], [30, 8]))


def test_later_outcomes_do_not_change_earlier_dispersions(three):
    other = forecasts([[10, 20, 30], [8, 12], [50]], [[12, 99, 99], [99, 99], [99]])
    assert dispersions(other)[:2] == pytest.approx(dispersions(three)[:2])


def test_origins_that_had_not_resolved_are_passed_over():
    resolved = np.zeros((3, 3), bool)
    resolved[2, 1] = True
    case = forecasts([[10, 20], [8, 12], [50]], [[90, 8], [5, 20], [40]], resolved=resolved)
    assert dispersions(case) == pytest.approx([0.3, 0.3, dispersion_of([5], [8])])


def test_coverage_counts_the_actuals_inside():
    """With τ .3 and luck of one in a hundred the 80 % band of 100 is 67 to 150."""
    none = np.zeros((4, 4), bool)
    case = forecasts([[100]] * 4, [[66], [68], [149], [151]], resolved=none)
    scores = score(case, 1)
    assert scores.coverage80 == 0.5
    assert scores.coverage90 == 1.0
    assert scores.step_coverage80 == 0.5


def test_money_has_the_luck_of_its_number_of_wins():
    """Ten wins of 50 are as uncertain as ten wins, not as five hundred."""
    money = forecasts([[500], [500]], [[600], [400]], lump=50.0)
    wins = forecasts([[10], [10]], [[12], [8]])
    assert dispersions(money) == pytest.approx(dispersions(wins))
    one, other = (windows_of(case, np.arange(2), 1)[0] for case in (money, wins))
    assert one.high80 == pytest.approx(50 * other.high80)
    assert score(money, 1).pinball == pytest.approx(score(wins, 1).pinball)


def test_bands_of_single_steps_are_judged_from_five_wins_on():
    case = forecasts([[0.2, 40]], [[0, 40]])
    scores = score(case, 2)
    assert scores.cells == 1
    assert scores.step_coverage80 == 1.0
    assert scores.wmape == pytest.approx(0.2 / 40)


def test_forecasts_of_nothing_say_nothing_rather_than_fail():
    scores = score(forecasts([[0.0]], [[0.0]]), 1)
    assert (scores.mape, scores.bias, scores.wmape) == (None, None, None)
    assert scores.coverage80 == 1.0
    assert scores.step_coverage80 is None
    missing = score(forecasts([[NAN], [NAN]], [[3.0], [4.0]]), 1)
    assert (missing.windows, missing.mape, missing.coverage80) == (0, None, None)
    assert windows_of(forecasts([[NAN]], [[3.0]]), np.array([1]), 1) == ()


def test_luck_is_measured_in_lumps():
    assert log_sd(np.array([400.0]), np.array([0.0]), np.array([100.0]), np.array([0.0])) == 0.5
    assert log_sd(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([0.3])) == 0.3


def test_brier_and_log_loss_of_four_deals():
    chance, won = np.array([0.9, 0.6, 0.2, 0.5]), np.array([True, False, False, True])
    assert brier_score(chance, won) == pytest.approx((0.01 + 0.36 + 0.04 + 0.25) / 4)
    expected = -np.log([0.9, 0.4, 0.8, 0.5]).mean()
    assert log_loss(chance, won) == pytest.approx(expected)


def test_a_certainty_that_fails_costs_much_but_not_all():
    assert log_loss(np.array([0.0]), np.array([True])) == pytest.approx(-np.log(0.001))
    assert (
        brier_score(np.empty(0), np.empty(0, bool)),
        log_loss(np.empty(0), np.empty(0, bool)),
    ) == (
        None,
        None,
    )


def test_reliability_puts_like_chances_together_and_knows_deals_seen_twice():
    chance = np.repeat([0.1, 0.3, 0.8], [20, 20, 20])
    won = np.concatenate([np.arange(20) < 2, np.arange(20) < 5, np.arange(20) < 17])
    rows = reliability(chance, won, np.arange(60))
    assert [row.mean_chance for row in rows] == pytest.approx([0.1, 0.3, 0.8])
    assert [row.won_share for row in rows] == pytest.approx([0.1, 0.25, 0.85])
    assert [row.n for row in rows] == [20, 20, 20]
    assert all(row.low80 < row.won_share < row.high80 for row in rows)
    twice = reliability(chance, won, np.arange(60) // 2)
    assert [row.deals for row in twice] == [10, 10, 10]
    assert twice[0].high80 > rows[0].high80


def test_reliability_of_many_chances_has_ten_bins_of_as_many():
    rng = np.random.default_rng(0)
    chance = rng.random(5000)
    rows = reliability(chance, rng.random(5000) < chance, np.arange(5000))
    assert len(rows) == 10
    assert {row.n for row in rows} == {500}
    held = [row.low80 <= row.mean_chance <= row.high80 for row in rows]
    assert np.mean(held) >= 0.6
    assert reliability(np.empty(0), np.empty(0, bool), np.empty(0, int)) == ()
