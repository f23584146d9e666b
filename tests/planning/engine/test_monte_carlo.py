"""Drawn years beside companies simulated deal by deal, and beside the moments of chance.py."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planning.engine import Goal, OpenStays, PlanWindow, solve
from planning.engine.closed_form import year_variance
from planning.engine.draws import Stream
from planning.engine.expected import look_ahead
from planning.engine.monte_carlo import LEVELS, chances_of, monte_carlo, years
from tests.planning.engine.funnels import funnel, open_stays, with_value_law
from tests.planning.engine.test_chance import YEAR, law_with, revenue_of_runs

NOTHING = np.zeros(12)


def stream(law, stays, window, goal, leads):
    return Stream(law, stays, look_ahead(law, stays, window, goal.before_per_month), leads)


@pytest.mark.parametrize("deals", [0, 30, 150])
def test_the_year_has_the_distribution_of_companies_that_sell_deal_by_deal(deals):
    law = law_with(0.15, shock=0.2)
    stays, goal = open_stays(law, deals), Goal(150_000.0, confidence=80)
    answer = solve(law, stays, YEAR, goal)
    told = monte_carlo(law, stays, YEAR, goal, answer.new_leads, seed=1, runs=40_000)
    revenue = revenue_of_runs(law, stays, answer, seed=2)
    np.testing.assert_allclose(told.year, np.quantile(revenue, LEVELS), rtol=0.015)
    assert told.p_target == pytest.approx(np.mean(revenue >= 150_000), abs=0.012)
    assert told.expected == pytest.approx(answer.expected, rel=0.01)


@pytest.mark.parametrize(
    "law",
    [
        law_with(0.15, 0.2),
        with_value_law(law_with(0.1)),
        funnel(direct_per_month=np.full(4, 2.0), amount_cv=0.0),
        funnel(stages=1, win=0.3),
    ],
)
def test_mean_and_spread_are_those_the_plan_was_sized_by(law):
    stays, goal = open_stays(law, 80), Goal(500_000.0, already_won=20_000.0)
    answer = solve(law, stays, YEAR, goal)
    outlook = look_ahead(law, stays, YEAR)
    weights = goal.weights(YEAR)
    moments = year_variance(law, outlook, YEAR, weights, goal.certain_revenue(YEAR))
    drawn = years([Stream(law, stays, outlook, answer.new_leads)], YEAR, goal, seed=3).sum(axis=0)
    assert drawn.mean() == pytest.approx(moments.mean(answer.leads), rel=0.01)
    assert drawn.std() == pytest.approx(moments.sd(answer.leads), rel=0.03)


def test_two_big_deals_make_four_years():
    law = law_with(0.0)
    stays = OpenStays(np.array([3, 3]), np.zeros(2), np.array([1e6, 2e6]))
    revenue = years([stream(law, stays, YEAR, Goal(0.0), NOTHING)], YEAR, Goal(0.0), seed=1)
    amount, often = np.unique(revenue.sum(axis=0).round(), return_counts=True)
    np.testing.assert_allclose(amount, [0, 1e6, 2e6, 3e6])
    chance = look_ahead(law, stays, YEAR).pipeline.wins.sum() / 2
    expected = [(1 - chance) ** 2, chance * (1 - chance), chance * (1 - chance), chance**2]
    np.testing.assert_allclose(often / often.sum(), expected, atol=0.01)


def test_grouped_deals_have_the_spread_of_the_same_deals_one_by_one():
    law, goal = law_with(0.1), Goal(0.0)
    single = OpenStays(np.full(60, 3), np.full(60, 5.0), np.linspace(100, 3000, 60))
    mean, square = single.amount.mean(), np.mean(single.amount**2)
    grouped = OpenStays(
        np.array([3]), np.array([5.0]), np.array([mean]), np.array([60.0]), np.array([square])
    )
    spreads = [
        years([stream(law, each, YEAR, goal, NOTHING)], YEAR, goal, seed=4).sum(axis=0)
        for each in (single, grouped)
    ]
    assert spreads[0].mean() == pytest.approx(spreads[1].mean(), rel=0.01)
    assert spreads[0].std() == pytest.approx(spreads[1].std(), rel=0.03)
    assert spreads[1].max() <= single.amount.sum() + 1e-6


def test_segments_share_the_shock_and_nothing_else():
    law, goal = law_with(0.1, shock=0.3), Goal(0.0)
    leads = np.full(12, 400.0)
    one = stream(law, OpenStays.none(), YEAR, goal, leads)
    both = [years([one], YEAR, goal, seed=seed).sum(axis=0) for seed in (1, 2)]
    together = years([one, one], YEAR, goal, seed=3).sum(axis=0)
    relative = together.std() / together.mean()
    alone = both[0].std() / both[0].mean()
    shock = np.expm1(0.3**2)
    assert relative == pytest.approx(np.sqrt(shock + (alone**2 - shock) / 2), rel=0.02)
    apart = (both[0] + both[1]).std() / together.mean()
    assert apart < 0.8 * relative


def test_the_same_seed_draws_the_same_years():
    law, stays, goal = law_with(0.1), open_stays(funnel()), Goal(160_000.0)
    first, again, other = (
        monte_carlo(law, stays, YEAR, goal, np.full(12, 100.0), seed=seed) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first.months, again.months)
    assert first.p_target == again.p_target != other.p_target
    assert abs(first.p_target - other.p_target) < 5 * first.standard_error


def test_a_fan_of_months_widens_and_runs_up_to_the_year():
    law, stays, goal = law_with(0.15), open_stays(funnel()), Goal(300_000.0)
    told = monte_carlo(law, stays, YEAR, goal, np.full(12, 100.0), seed=1)
    assert told.months.shape == told.running.shape == (5, 12)
    assert np.all(np.diff(told.months, axis=0) >= 0)
    assert np.all(np.diff(told.running, axis=1) >= 0)
    np.testing.assert_array_equal(told.running[:, -1], told.year)
    assert told.running[4, 11] - told.running[0, 11] > told.running[4, 2] - told.running[0, 2]


def test_lead_months_are_drawn_but_do_not_count():
    window = PlanWindow.of_year(date(2002, 1, 1), date(2001, 10, 1), lead=True)
    told = monte_carlo(funnel(), open_stays(funnel()), window, Goal(0.0), np.full(15, 50.0), seed=1)
    assert np.all(told.months[2, :3] > 0)
    assert np.all(told.running[:, :3] == 0)


def test_what_is_certain_has_no_spread():
    told = monte_carlo(
        law_with(0.1), OpenStays.none(), YEAR, Goal(1000.0, already_won=1000.0), NOTHING, seed=1
    )
    assert told.p_target == 1.0
    assert told.standard_error > 0
    np.testing.assert_allclose(told.year, 1000.0)


@pytest.mark.parametrize(
    "law",
    [
        funnel(wins=np.zeros_like(funnel().wins), amount_per_win=float("nan")),
        funnel(win=0.0),
        funnel(success_log_sd=np.full(4, np.nan)),
        replace(funnel(), shock_sd=2.0),
        funnel(forward=0.0, skip=0.0, back=0.0),
        funnel(amount_cv=5.0),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 50])
def test_odd_funnels_are_answered(law, count):
    told = monte_carlo(
        law, open_stays(law, count), YEAR, Goal(1e6), np.full(12, 10.0), seed=1, runs=500
    )
    for name, value in vars(told).items():
        assert np.all(np.isfinite(value)), name
        assert np.all(np.asarray(value) >= 0), name
    past = PlanWindow.of_year(date(2001, 1, 1), date(2002, 3, 1))
    over = monte_carlo(
        law, open_stays(law, count), past, Goal(5.0, already_won=4.0), NOTHING, seed=1, runs=2
    )
    assert (over.p_target, over.expected) == (0.0, 4.0)


def test_one_run_is_no_chance():
    with pytest.raises(ValueError, match="two runs"):
        chances_of([], YEAR, Goal(1.0), seed=1, runs=1)
