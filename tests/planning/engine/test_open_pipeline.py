import numpy as np
import pytest

from planning.engine import OpenStays, PlanWindow, forecast
from planning.engine.open_pipeline import credit_open_stays
from tests.planning.engine.funnels import funnel, open_stays, with_value_law

LONG = 1500


def success_from(law, stage, age):
    """P(won | stage, age), bin by bin as the method states it."""
    age_bin = np.flatnonzero(law.edges <= age)[-1]
    later = law.offspring[stage, :, age_bin:].sum(axis=1) @ law.success
    return (later + law.wins[stage, age_bin:].sum()) / law.survival[stage, age_bin]


def test_eventual_wins_are_the_sum_of_the_age_aware_win_probabilities():
    law = funnel(back=0.2)
    stays = open_stays(law)
    each = [
        success_from(law, stage, age)
        for stage, age in zip(stays.stage, stays.age_days, strict=True)
    ]
    credit = credit_open_stays(law, stays, LONG)
    assert credit.wins.sum() == pytest.approx(sum(each), rel=1e-6)
    by_stage = np.bincount(stays.stage, each, 4)
    np.testing.assert_allclose(credit.wins.sum(axis=1), by_stage, rtol=1e-6)
    worth = np.where(np.isnan(stays.amount), law.amount_per_win, stays.amount)
    assert credit.revenue.sum() == pytest.approx(np.dot(each, worth), rel=0.01)


def test_subjects_together_bring_what_they_bring_one_by_one():
    law = funnel(mean_dwell=60.0)
    stays = open_stays(law, 200, mean_age=90.0)
    together = credit_open_stays(law, stays, 365)
    apart = np.zeros_like(together.wins)
    revenue = np.zeros_like(together.revenue)
    for row in range(len(stays)):
        one = OpenStays(
            stays.stage[row : row + 1], stays.age_days[row : row + 1], stays.amount[row : row + 1]
        )
        alone = credit_open_stays(law, one, 365)
        apart += alone.wins
        revenue += alone.revenue
    days = np.array([30, 90, 180, 365])
    np.testing.assert_allclose(
        np.cumsum(together.wins.sum(axis=0))[days - 1],
        np.cumsum(apart.sum(axis=0))[days - 1],
        rtol=2e-3,
    )
    np.testing.assert_allclose(
        np.cumsum(together.revenue.sum(axis=0))[days - 1],
        np.cumsum(revenue.sum(axis=0))[days - 1],
        rtol=1e-2,
    )


def test_moves_of_a_subject_come_when_its_age_says():
    """One stage, moves only in [10, 14): at age 12 two of the four days are left."""
    law = funnel(stages=1, win=0.0)
    wins = np.zeros_like(law.wins)
    wins[0, 10:14] = 0.25
    survival = np.ones_like(law.survival)
    survival[0, :15] = 1 - np.concatenate([[0], np.cumsum(wins[0, :14])])
    survival[0, 14:] = 0
    law = funnel(stages=1, wins=wins, survival=survival, offspring=law.offspring * 0)
    stays = OpenStays(np.array([0]), np.array([12.0]), np.array([np.nan]))
    credit = credit_open_stays(law, stays, 5)
    np.testing.assert_allclose(credit.wins[0], [0.5, 0.5, 0, 0, 0], atol=1e-9)
    halfway = OpenStays(np.array([0]), np.array([12.5]), np.array([np.nan]))
    # Half a day is left of the bin, but none of its probability has been used up.
    np.testing.assert_allclose(
        credit_open_stays(law, halfway, 3).wins[0], [0.75, 0.25, 0], atol=1e-9
    )


def test_a_subject_older_than_any_seen_keeps_the_last_known_outlook_and_is_counted():
    law = funnel(oldest_bin=np.full(4, 20))
    old = OpenStays(np.array([3, 3]), np.array([20.0, 900.0]), np.array([100.0, 100.0]))
    credit = credit_open_stays(law, old, LONG)
    assert credit.carried == 1
    assert credit.wins.sum() == pytest.approx(2 * success_from(law, 3, 20.0), rel=1e-9)


def test_an_age_past_the_last_edge_is_carried():
    law = funnel()
    ancient = OpenStays(np.array([3]), np.array([99_999.0]), np.array([np.nan]))
    credit = credit_open_stays(law, ancient, 365)
    assert credit.carried == 1
    assert np.all(np.isfinite(credit.wins))


def test_big_deals_are_credited_at_the_rate_of_money():
    plain = funnel()
    law = with_value_law(plain, ratio=0.5)
    stays = open_stays(plain)
    known = ~np.isnan(stays.amount)
    stays = OpenStays(stays.stage[known], stays.age_days[known], stays.amount[known])
    full, half = credit_open_stays(plain, stays, 365), credit_open_stays(law, stays, 365)
    np.testing.assert_allclose(half.wins, full.wins, atol=1e-9)
    np.testing.assert_allclose(half.revenue, full.revenue / 2, atol=1e-5)


def test_forecast_by_month_and_by_stage_add_up_to_its_total():
    law = funnel()
    stays = open_stays(law)
    answer = forecast(law, stays, PlanWindow(np.arange(13) * 30.0))
    assert answer.total_wins.mean[0] == pytest.approx(answer.wins.mean.sum())
    assert answer.total_wins.mean[0] == pytest.approx(answer.stage_wins.sum())
    assert answer.total_value.mean[0] == pytest.approx(answer.stage_value.sum())
    assert answer.stage_open.sum() == len(stays)
    for flow in (answer.wins, answer.value, answer.total_wins, answer.total_value):
        assert np.all((flow.low80 <= flow.mean) & (flow.mean <= flow.high80))
        assert np.all(flow.low80 >= 0)


def test_the_forecast_band_is_the_stated_formula_where_luck_is_small():
    law = funnel(success_log_sd=np.zeros(4), amount_cv=0.0)
    stays = open_stays(law, 200_000)
    answer = forecast(law, stays, PlanWindow(np.array([0.0, 1500.0])), dispersion=0.3)
    factor = np.exp(1.2816 * 0.3)
    mean = answer.total_wins.mean[0]
    assert answer.total_wins.high80[0] == pytest.approx(mean * factor, rel=0.01)
    assert answer.total_wins.low80[0] == pytest.approx(mean / factor, rel=0.01)


def test_the_forecast_of_an_empty_pipeline_is_nothing():
    answer = forecast(funnel(), OpenStays.none(), PlanWindow(np.arange(13) * 30.0))
    assert answer.total_wins.mean[0] == answer.total_value.high80[0] == 0
    assert np.all(answer.wins.high80 == 0)


def test_months_with_hardly_a_win_keep_a_sane_band():
    law = funnel()
    one = OpenStays(np.array([0]), np.array([0.0]), np.array([np.nan]))
    answer = forecast(law, one, PlanWindow(np.arange(13) * 30.0))
    assert np.all(answer.wins.high80 < 1.0)


def test_the_band_of_wins_holds_four_times_in_five_when_only_luck_is_at_work():
    law = funnel(success_log_sd=np.zeros(4))
    rng = np.random.default_rng(5)
    stays = open_stays(law, 400)
    chance = np.array(
        [success_from(law, s, a) for s, a in zip(stays.stage, stays.age_days, strict=True)]
    )
    wins = (rng.random((20_000, 400)) < chance).sum(axis=1)
    answer = forecast(law, stays, PlanWindow(np.array([0.0, 1500.0])), dispersion=0.0)
    held = np.mean((wins >= answer.total_wins.low80) & (wins <= answer.total_wins.high80))
    assert 0.76 < held < 0.86
