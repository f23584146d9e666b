from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.engine import Goal, OpenStays, PlanWindow, simulate, solve
from tests.planning.engine.funnels import funnel, open_stays, with_value_law

YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
MID_YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 5, 18))
SHAPE = np.array([1, 2, 3, 2, 1, 1, 1, 1, 2, 3, 2, 1.0])


def cohort_by_cohort(law, stays, window, new_leads):
    """Revenue in the plan's months by following every day's cohort and every open subject
    separately through the law's bins: slow, and sharing no code with the engine."""
    days = int(window.edges[-1])
    stages, bins = law.wins.shape
    lags = np.zeros((bins, days + 1))
    for a in range(bins):
        width = law.edges[a + 1] - law.edges[a]
        for day in range(int(law.edges[a]), min(days, int(np.ceil(law.edges[a + 1])))):
            part = min(day + 1, law.edges[a + 1]) - max(day, law.edges[a])
            lags[a, day] += part / width / 2
            lags[a, day + 1] += part / width / 2
    offspring, won = law.offspring @ lags, law.wins @ lags
    entering, money = np.zeros((days, stages)), np.zeros(days)
    for month in range(window.months):
        start, end = int(max(window.edges[month], 0)), int(max(window.edges[month + 1], 0))
        for day in range(start, end):
            entering[day, 0] += new_leads[month] / (end - start)
    for stage, age in zip(stays.stage, stays.age_days, strict=True):
        own = np.flatnonzero(law.edges <= age)[-1]
        for a in range(own, bins):
            # Daily bins and whole ages only: the rest of a bin is the bin.
            for day in range(int(law.edges[a] - age), int(law.edges[a + 1] - age)):
                if day < days:
                    share = law.edges[a + 1] - law.edges[a]
                    share = 1 / share / law.survival[stage, own]
                    entering[day] += law.offspring[stage, :, a] * share
                    money[day] += law.wins[stage, a] * share * law.amount_per_win
    for day in range(days):
        cohort = entering[day]
        for _ in range(60):
            stay = cohort @ offspring[:, :, 0]
            entering[day + 1 :] += (cohort @ offspring.transpose(1, 0, 2))[:, 1 : days - day].T
            money[day:] += (cohort @ won)[: days - day] * law.amount_per_win
            cohort = stay
    first = int(max(window.edges[window.lead_months], 0))
    return money[first:].sum()


def daily_edges():
    return np.concatenate([np.arange(401.0), [450.0, 500.0, 600.0]])


def aged_stays(count=25, seed=2):
    rng = np.random.default_rng(seed)
    return OpenStays(
        rng.integers(0, 3, count), rng.integers(0, 60, count).astype(float), np.full(count, np.nan)
    )


@pytest.mark.parametrize("window", [YEAR, MID_YEAR])
def test_a_plan_followed_cohort_by_cohort_brings_the_target(window):
    law = funnel(stages=3, edges=daily_edges(), back=0.15)
    stays = aged_stays()
    goal = Goal(target=400_000.0, shape=SHAPE, already_won=50_000.0, base=20_000.0)
    answer = solve(law, stays, window, goal)
    brought = cohort_by_cohort(law, stays, window, answer.new_leads)
    assert answer.leads > 0
    assert brought + 70_000 == pytest.approx(400_000, rel=1e-6)
    assert answer.expected == pytest.approx(400_000, rel=1e-9)


RATES = st.fixed_dictionaries(
    {
        "stages": st.integers(1, 6),
        "forward": st.floats(0.05, 0.6),
        "skip": st.floats(0, 0.2),
        "back": st.floats(0, 0.2),
        "win": st.floats(0.02, 0.8),
        "mean_dwell": st.floats(2, 60),
        "shock_sd": st.floats(0, 0.3),
    }
)


@given(
    rates=RATES,
    direct=st.floats(0, 3),
    by_value=st.booleans(),
    count=st.integers(0, 80),
    target=st.floats(0, 1e7),
    confidence=st.sampled_from([50, 80, 90]),
    start=st.integers(-330, 200),
    lead=st.booleans(),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_plan_is_finite_adds_up_and_returns_its_target(
    rates, direct, by_value, count, target, confidence, start, lead
):
    law = funnel(**rates, direct_per_month=np.full(rates["stages"], direct))
    law = with_value_law(law) if by_value else law
    as_of = date.fromordinal(date(2002, 1, 1).toordinal() - start)
    window = PlanWindow.of_year(date(2002, 1, 1), as_of, lead=lead)
    stays = open_stays(law, count)
    answer = solve(law, stays, window, Goal(target, confidence, SHAPE, already_won=5_000.0))
    for name, value in vars(answer).items():
        if isinstance(value, (float, np.ndarray)):
            assert np.all(np.isfinite(value)), name
    np.testing.assert_allclose(answer.entries, answer.from_pipeline + answer.new)
    assert np.all(answer.low80 <= answer.entries + 1e-9)
    assert np.all(answer.high80 >= answer.entries - 1e-9)
    assert np.all(answer.new_leads[window.edges[1:] <= 0] == 0)
    course = simulate(law, stays, window, answer.new_leads)
    np.testing.assert_allclose(course.entries, answer.entries, rtol=1e-6, atol=1e-6)
    brought = course.revenue @ window.in_plan + 5_000
    assert brought == pytest.approx(answer.expected, rel=1e-6)
    if confidence == 50 and answer.leads > 0:
        assert brought == pytest.approx(target, rel=1e-6)
    if confidence > 50 and answer.leads > 0 and answer.code == "reachable":
        assert confidence / 100 <= answer.p_target <= confidence / 100 + 1e-6


def test_more_revenue_and_more_certainty_take_more_leads():
    law, stays = funnel(), open_stays(funnel())
    leads = [solve(law, stays, YEAR, Goal(target)).leads for target in (1e5, 2e5, 4e5)]
    assert 0 < leads[0] < leads[1] < leads[2]
    sure = [solve(law, stays, YEAR, Goal(4e5, confidence=c)).leads for c in (50, 80, 90)]
    assert sure[0] < sure[1] < sure[2]


def test_a_target_that_the_pipeline_covers_needs_no_new_leads():
    law = funnel()
    answer = solve(law, open_stays(law, 2000), YEAR, Goal(1_000.0))
    assert answer.code == "reachable"
    assert answer.leads == 0
    assert np.all(answer.new == 0)
    assert answer.p_target > 0.99


def test_a_funnel_that_never_won_says_too_little_history():
    law = funnel(wins=np.zeros_like(funnel().wins), amount_per_win=float("nan"))
    answer = solve(law, OpenStays.none(), YEAR, Goal(1e6))
    assert answer.code == "too_little_history"
    assert answer.leads == 0
    assert answer.last_lead_month is None


def test_a_stage_nobody_reached_does_not_stop_the_plan():
    law = funnel()
    law.offspring[2:, :], law.wins[2:] = 0, 0
    answer = solve(law, open_stays(law), YEAR, Goal(1e6))
    assert answer.code == "too_little_history"
    assert np.all(np.isfinite(answer.entries))


def test_too_late_in_the_year_is_unreachable():
    window = PlanWindow.of_year(date(2002, 1, 1), date(2002, 12, 20))
    answer = solve(funnel(mean_dwell=60.0), OpenStays.none(), window, Goal(1e6))
    assert answer.code == "unreachable"
    assert answer.last_lead_month is None
    assert answer.leads == answer.p_target == 0


def test_a_year_that_is_over_is_judged_by_what_was_won():
    window = PlanWindow.of_year(date(2001, 1, 1), date(2002, 3, 1))
    stays = open_stays(funnel())
    missed = solve(funnel(), stays, window, Goal(1e6, already_won=9e5))
    made = solve(funnel(), stays, window, Goal(1e6, already_won=1.1e6))
    assert (missed.code, missed.p_target, missed.expected) == ("unreachable", 0.0, 9e5)
    assert (made.code, made.p_target) == ("reachable", 1.0)


def test_rates_too_uncertain_for_the_confidence_are_sized_for_the_expectation():
    law = funnel(success_log_sd=np.full(4, np.nan))
    answer = solve(law, OpenStays.none(), YEAR, Goal(1e6, confidence=90))
    assert answer.code == "too_little_history"
    assert answer.expected == pytest.approx(1e6)


def test_far_more_leads_than_of_late_is_tight():
    law = funnel()
    one = solve(law, OpenStays.none(), YEAR, Goal(1e6))
    recent = one.leads / 12 / 4
    answer = solve(law, OpenStays.none(), YEAR, Goal(1e6, recent_per_month=recent))
    assert answer.code == "tight"
    assert answer.multiplier == pytest.approx(4)


def test_out_of_all_proportion_more_leads_than_of_late_is_unreachable():
    law = funnel()
    one = solve(law, OpenStays.none(), YEAR, Goal(1e6))
    for times, code in ((19, "tight"), (21, "unreachable")):
        recent = one.leads / 12 / times
        answer = solve(law, OpenStays.none(), YEAR, Goal(1e6, recent_per_month=recent))
        assert answer.code == code
        assert answer.leads == pytest.approx(one.leads)


def test_the_last_month_to_pay_off_is_where_the_share_passes_the_threshold():
    answer = solve(funnel(mean_dwell=30.0), OpenStays.none(), YEAR, Goal(1e6, pays_off=0.3))
    share = answer.payoff_share
    assert np.all(np.diff(share) < 0)
    assert share[answer.last_lead_month] >= 0.3 > share[answer.last_lead_month + 1]


def test_new_leads_enter_only_from_as_of_on():
    so_far = np.zeros((4, 12))
    so_far[:, :4] = 10
    answer = solve(funnel(), OpenStays.none(), MID_YEAR, Goal(1e6, entries_so_far=so_far))
    assert np.all(answer.new[:, :4] == 0)
    np.testing.assert_allclose(answer.entries[:, :4], 10)
    started, full = answer.new_leads[4], answer.new_leads[5]
    assert started == pytest.approx(full * 14 / 31)
    assert answer.new[0, 5] > answer.new_leads[5]


def test_leads_follow_the_shape_of_the_year():
    law = funnel(back=0.0)
    answer = solve(law, OpenStays.none(), YEAR, Goal(1e6, shape=SHAPE))
    np.testing.assert_allclose(answer.new[0], answer.leads * SHAPE / SHAPE.sum())


def test_lead_months_before_the_year_are_used_only_when_asked():
    as_of, first = date(2001, 10, 1), date(2002, 1, 1)
    plain = solve(funnel(), OpenStays.none(), PlanWindow.of_year(first, as_of), Goal(1e6))
    early_window = PlanWindow.of_year(first, as_of, lead=True)
    early = solve(funnel(), OpenStays.none(), early_window, Goal(1e6))
    assert early_window.lead_months == 3
    assert early.leads < plain.leads
    assert early.expected == pytest.approx(1e6)
    assert early.revenue[:3].sum() > 0


def test_an_open_pipeline_ages_up_to_the_year_before_it_counts():
    law = funnel()
    stays = open_stays(law, 500)
    soon = solve(law, stays, YEAR, Goal(1e6))
    later = solve(law, stays, PlanWindow.of_year(date(2002, 1, 1), date(2001, 9, 1)), Goal(1e6))
    assert later.revenue_from_pipeline.sum() < 0.3 * soon.revenue_from_pipeline.sum()


def test_rows_come_month_by_month_in_funnel_order():
    answer = solve(funnel(), open_stays(funnel()), YEAR, Goal(1e6))
    rows = list(answer.rows())
    assert [(row.month, row.stage) for row in rows[:5]] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert sum(row.entries for row in rows) == pytest.approx(answer.entries.sum())
    assert all(row.entries == pytest.approx(row.from_pipeline + row.new) for row in rows)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": float("nan")},
        {"target": -1.0},
        {"target": 1.0, "confidence": 40},
        {"target": 1.0, "confidence": 100},
        {"target": 1.0, "shape": np.zeros(12)},
        {"target": 1.0, "base": float("inf")},
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"target|confidence|shape|base"):
        Goal(**wrong)


def test_deals_that_come_by_themselves_lower_the_need():
    law = funnel()
    helped = replace(law, direct_per_month=np.array([0, 0, 5.0, 0]))
    without = solve(law, OpenStays.none(), YEAR, Goal(1e6))
    with_direct = solve(helped, OpenStays.none(), YEAR, Goal(1e6))
    assert with_direct.leads < without.leads
    # 28 days of February at five a month.
    february = with_direct.new[2, 1] - with_direct.leads / without.leads * without.new[2, 1]
    assert february >= 5 * 28 / (365.25 / 12) - 1e-9
