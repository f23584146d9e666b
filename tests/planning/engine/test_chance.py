"""What a plan was sized for, beside seeded companies that sell for real."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

from planning.engine import Goal, OpenStays, PlanWindow, solve
from planning.engine.kernels import Renewals
from planning.engine.open_pipeline import credit_open_stays
from planning.engine.skewed import Skewed
from tests.planning.engine.funnels import funnel, open_stays

YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
RUNS = 40_000


def lognormal(rng, variance):
    """Factors with mean one."""
    return np.exp(rng.normal(0, np.sqrt(variance), RUNS) - variance / 2)


def success_factors(law, rng):
    """float[S, RUNS]: how far the true success rates are from the estimated ones.

    Success of a stage is its own rate times the success of the next.
    """
    variance = law.success_log_sd**2
    own = variance - np.append(variance[1:], 0)
    factors = np.array([lognormal(rng, each) for each in own])
    return np.cumprod(factors[::-1], axis=0)[::-1]


def amounts(rng, law, wins):
    shape = 1 / law.amount_cv**2
    return rng.gamma(np.maximum(wins * shape, 1e-12)) * law.amount_per_win / shape


def revenue_of_runs(law, stays, answer, seed):
    """Yearly revenue of RUNS companies that follow the plan: rates redrawn, wins by luck."""
    rng = np.random.default_rng(seed)
    success, shock = success_factors(law, rng), lognormal(rng, law.shock_sd**2)
    expected = answer.revenue_new.sum() / law.amount_per_win
    revenue = amounts(rng, law, rng.poisson(expected * success[0] * shock))
    renewals = Renewals(law, 365)
    for row in range(len(stays)):
        stage, amount = stays.stage[row], stays.amount[row]
        one = OpenStays(np.array([stage]), stays.age_days[row : row + 1], np.array([amount]))
        chance = credit_open_stays(law, one, 365, renewals).wins.sum()
        won = rng.random(RUNS) < np.minimum(chance * success[stage] * shock, 1)
        revenue += won * amount if np.isfinite(amount) else amounts(rng, law, won)
    return revenue


def law_with(sd, shock=0.0):
    law = funnel(success_log_sd=np.array([sd, sd * 0.8, sd * 0.6, sd * 0.5]), amount_cv=0.9)
    return replace(law, shock_sd=shock)


@pytest.mark.parametrize("sd", [0.106, 0.209])  # n_eff 200 and 50 at 290 wins a year
def test_a_plan_sized_for_eighty_percent_is_met_by_eighty_of_a_hundred_companies(sd):
    law = law_with(sd)
    answer = solve(law, OpenStays.none(), YEAR, Goal(290_000.0, confidence=80))
    revenue = revenue_of_runs(law, OpenStays.none(), answer, seed=1)
    assert 0.77 <= np.mean(revenue >= 290_000) <= 0.83


@pytest.mark.parametrize("confidence", [80, 90])
@pytest.mark.parametrize("shock", [0.0, 0.3])
@pytest.mark.parametrize("deals", [0, 60])
@pytest.mark.parametrize("wins", [20, 300])
@pytest.mark.parametrize("sd", [0.106, 0.15, 0.209])  # n_eff 200, 100 and 50
def test_the_chance_a_plan_was_sized_for_holds_for_few_wins_and_many(
    sd, wins, deals, shock, confidence
):
    law = law_with(sd, shock)
    stays = open_stays(law, deals)
    target = 1_000.0 * wins
    answer = solve(law, stays, YEAR, Goal(target, confidence))
    assert answer.leads > 0
    revenue = revenue_of_runs(law, stays, answer, seed=wins + deals)
    assert np.mean(revenue >= target) == pytest.approx(confidence / 100, abs=0.015)


def test_sized_as_if_rates_were_known_the_plan_is_missed_too_often():
    certain = law_with(0.0)
    answer = solve(certain, OpenStays.none(), YEAR, Goal(290_000.0, confidence=80))
    revenue = revenue_of_runs(law_with(0.106), OpenStays.none(), answer, seed=2)
    assert 0.66 <= np.mean(revenue >= 290_000) <= 0.73


@pytest.mark.parametrize("shock", [0.0, 0.15])
def test_chance_and_p80_revenue_hold_with_an_open_pipeline(shock):
    law = law_with(0.12, shock)
    stays = open_stays(law, 120)
    answer = solve(law, stays, YEAR, Goal(150_000.0, confidence=70))
    revenue = revenue_of_runs(law, stays, answer, seed=3)
    assert answer.leads > 0
    assert np.mean(revenue) == pytest.approx(answer.expected, rel=0.02)
    assert np.mean(revenue >= 150_000) == pytest.approx(answer.p_target, abs=0.03)
    assert np.mean(revenue >= answer.p80_revenue) == pytest.approx(0.8, abs=0.03)


def test_monthly_revenue_stays_in_its_band_four_times_in_five():
    law = law_with(0.106, shock=0.1)
    answer = solve(law, OpenStays.none(), YEAR, Goal(2_900_000.0))
    rng = np.random.default_rng(4)
    success, shock = success_factors(law, rng)[0], lognormal(rng, law.shock_sd**2)
    for month in (3, 6, 11):
        wins = rng.poisson(answer.wins[month] * success * shock)
        revenue = amounts(rng, law, wins)
        low, high = answer.revenue_low80[month], answer.revenue_high80[month]
        assert 0.77 <= np.mean((revenue >= low) & (revenue <= high)) <= 0.83


def test_entries_stay_in_their_band_four_times_in_five():
    law = law_with(0.106)
    answer = solve(law, OpenStays.none(), YEAR, Goal(2_900_000.0))
    rng = np.random.default_rng(5)
    success = success_factors(law, rng)
    for stage in (0, 2, 3):
        rate = success[0] / success[stage]
        entries = rng.poisson(answer.entries[stage, 8] * rate)
        low, high = answer.low80[stage, 8], answer.high80[stage, 8]
        assert 0.77 <= np.mean((entries >= low) & (entries <= high)) <= 0.85


@pytest.mark.parametrize("skewness", [0.0, 1e-9, 0.3, 2.0, 30.0])
def test_a_skewed_quantity_is_exceeded_as_often_as_it_says(skewness):
    skewed = Skewed(100.0, 20.0, skewness)
    for probability in (0.01, 0.2, 0.5, 0.8, 0.99):
        value = skewed.exceeded_with(probability)
        assert skewed.chance_of(value) == pytest.approx(probability, abs=1e-6)
    assert skewed.chance_of(-1e9) == 1.0


def test_a_skewed_quantity_has_the_moments_it_was_given():
    rng = np.random.default_rng(6)
    skewed = Skewed(100.0, 20.0, 1.2)
    drawn = np.array([skewed.exceeded_with(p) for p in rng.random(20_000)])
    assert drawn.mean() == pytest.approx(100, abs=0.5)
    assert drawn.std() == pytest.approx(20, rel=0.02)
    assert stats.skew(drawn) == pytest.approx(1.2, abs=0.15)


def test_a_skewness_of_zero_is_the_normal_distribution():
    normal = Skewed(100.0, 20.0, 0.0)
    assert normal.exceeded_with(0.8) == pytest.approx(100 - 0.8416212 * 20, abs=1e-4)
