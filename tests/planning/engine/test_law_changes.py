from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.engine import FunnelLaw, Goal, OpenStays, solve
from planning.engine.expected import look_ahead
from planning.engine.law_changes import (
    at_pace,
    most_promotions,
    promotions,
    with_amounts,
    with_direct,
    with_pace,
    with_promotion,
    with_promotions,
)
from planning.engine.open_pipeline import credit_open_stays
from tests.planning.engine.funnels import funnel, open_stays, with_value_law
from tests.planning.engine.test_chance import YEAR


def lost_and_stuck(law):
    """float[S]: what never moves on."""
    return 1 - law.offspring.sum(axis=(1, 2)) - law.wins.sum(axis=1)


def with_join(law):
    """The first stage leads to two and a half deals a customer."""
    offspring = law.offspring.copy()
    offspring[0] *= 2.5 / offspring[0].sum()
    return replace(law, offspring=offspring)


def test_larger_deals_bring_more_but_open_ones_keep_their_amounts():
    law, stays = with_value_law(funnel()), open_stays(funnel())
    larger = with_amounts(law, 1.5)
    assert larger.eventual_revenue == pytest.approx(law.eventual_revenue * 1.5)
    known = stays.at_rows(np.isfinite(stays.amount))
    before, after = (credit_open_stays(each, known, 365).revenue for each in (law, larger))
    np.testing.assert_allclose(after, before)


def test_more_who_begin_past_the_first_stage():
    law = funnel(direct_per_month=np.array([0, 1.0, 0, 2.0]))
    np.testing.assert_allclose(with_direct(law, 2.0).direct_per_month, [0, 2, 0, 4])
    assert with_direct(funnel(), 2.0).direct_per_month is None


def test_a_faster_funnel_wins_the_same_in_less_time():
    law = funnel(edges=np.arange(1501.0))
    fast = with_pace(law, 0.5)
    np.testing.assert_allclose(fast.success, law.success)
    slow_wins = look_ahead(law, OpenStays.none(), YEAR).per_lead.wins[0].cumsum()
    fast_wins = look_ahead(fast, OpenStays.none(), YEAR).per_lead.wins[0].cumsum()
    assert fast_wins[3] > slow_wins[3]
    mean = funnel(mean_dwell=10.0, edges=np.arange(1501.0))
    expected = look_ahead(mean, OpenStays.none(), YEAR).per_lead.wins[0].cumsum()
    np.testing.assert_allclose(fast_wins, expected, atol=1e-4)


def test_what_is_left_of_an_open_stay_is_shortened_and_not_its_chance():
    law, stays = funnel(), open_stays(funnel())
    fast, moved = with_pace(law, 0.5), at_pace(stays, 0.5)
    before = credit_open_stays(law, stays, 1600).wins.sum(axis=0).cumsum()
    after = credit_open_stays(fast, moved, 1600).wins.sum(axis=0).cumsum()
    assert after[-1] == pytest.approx(before[-1], rel=1e-6)
    np.testing.assert_allclose(after[[14, 44, 99]], before[[29, 89, 199]], rtol=0.01)


def test_promotions_of_one_stage_gain_points_that_the_lost_make_room_for():
    law = funnel()
    better = with_promotion(law, 1, points=0.1)
    np.testing.assert_allclose(promotions(better) - promotions(law), [0, 0.1, 0, 0], atol=1e-12)
    back = better.offspring[1, 0].sum()
    assert back == pytest.approx(law.offspring[1, 0].sum())
    assert lost_and_stuck(better)[1] == pytest.approx(lost_and_stuck(law)[1] - 0.1)
    assert better.success[0] > law.success[0]
    np.testing.assert_allclose(
        with_promotion(law, 1, factor=1 + 0.1 / promotions(law)[1]).offspring, better.offspring
    )


@pytest.mark.parametrize("law", [funnel(), with_value_law(funnel()), funnel(back=0.3)])
@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.3, 50.0])
def test_stays_of_every_age_keep_chances_that_are_chances(law, ratio):
    changed = with_promotions(law, np.full(4, ratio))
    parts = [(changed.offspring, changed.wins, changed.survival)]
    if law.has_value_law:
        parts.append((changed.value_offspring, changed.value_wins, changed.value_survival))
    for offspring, wins, survival in parts:
        moves = offspring.sum(axis=1) + wins
        to_come = np.cumsum(moves[:, ::-1], axis=1)[:, ::-1]
        assert np.all(to_come <= survival[:, :-1] + 1e-9)
        np.testing.assert_allclose(survival[:, 0], 1)
        assert np.all(np.diff(survival, axis=1) <= 1e-12)
        # Nobody leaves more than once.
        assert np.all(moves <= -np.diff(survival, axis=1) + 1e-9)


def test_a_stage_can_promote_all_and_no_more():
    law = funnel(back=0.2)
    most = most_promotions(law)
    np.testing.assert_allclose(most[1], (1 - 0.2) / 0.6)
    all_of_them = with_promotion(law, 1, factor=1000.0)
    assert promotions(all_of_them)[1] == pytest.approx(0.8)
    np.testing.assert_allclose(all_of_them.offspring[1, 0], law.offspring[1, 0])


def test_unchanged_promotions_change_nothing():
    law = with_value_law(with_join(funnel(back=0.3)))
    same = with_promotions(law, np.ones(4))
    np.testing.assert_allclose(same.survival, law.survival, atol=1e-12)
    np.testing.assert_allclose(same.value_survival, law.survival, atol=1e-12)
    goal, stays = Goal(1e6), open_stays(law)
    assert solve(same, stays, YEAR, goal).leads == pytest.approx(
        solve(law, stays, YEAR, goal).leads
    )


def test_deals_per_customer_grow_without_end_unless_they_lead_back():
    joined = with_join(funnel(back=0.0))
    assert most_promotions(joined)[0] == np.inf
    assert promotions(with_promotion(joined, 0, factor=2.0))[0] == pytest.approx(5.0)
    assert with_promotion(joined, 0, factor=2.0).survival is not None


def test_a_stage_nobody_left_forward_has_nothing_to_scale():
    law = funnel(win=0.0)
    assert most_promotions(law)[3] == 1.0
    np.testing.assert_array_equal(with_promotion(law, 3, points=0.5).wins, law.wins)


def test_leads_of_a_better_channel_are_won_more_often():
    law = funnel(back=0.0)
    channel = with_promotions(law, np.array([1.3, 1.0, 1.0, 1.0]))
    assert channel.success[0] == pytest.approx(1.3 * law.success[0])


@pytest.mark.parametrize("factor", [-0.1, float("nan"), float("inf"), 1e7])
def test_factors_out_of_bounds_are_refused(factor):
    law = funnel()
    for change in (
        lambda: with_amounts(law, factor),
        lambda: with_direct(law, factor),
        lambda: with_pace(law, factor),
        lambda: at_pace(open_stays(law), factor),
        lambda: with_promotion(law, 0, factor=factor),
        lambda: with_promotions(law, np.full(4, factor)),
    ):
        with pytest.raises(ValueError, match="factor|pace"):
            change()
    with pytest.raises(ValueError, match="points"):
        with_promotion(law, 0, points=float("nan"))


@given(
    forward=st.floats(0, 0.7),
    skip=st.floats(0, 0.2),
    back=st.floats(0, 0.1),
    win=st.floats(0, 0.9),
    stages=st.integers(1, 5),
    by_value=st.booleans(),
    joined=st.booleans(),
    ratio=st.lists(st.floats(0, 1e6), min_size=5, max_size=5),
    pace=st.floats(0.01, 100),
    amount=st.floats(0, 1e6),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_change_within_bounds_is_a_law(
    forward, skip, back, win, stages, by_value, joined, ratio, pace, amount
):
    law = funnel(forward=forward, skip=skip, back=back, win=win, stages=stages)
    law = with_join(law) if joined and stages > 1 and forward > 0.01 and not back else law
    law = with_value_law(law) if by_value else law
    changed = with_pace(with_promotions(law, np.array(ratio[:stages])), pace)
    changed = with_amounts(changed, amount)
    assert isinstance(changed, FunnelLaw)
    assert np.all(np.isfinite(changed.success))
    credit = credit_open_stays(changed, at_pace(open_stays(law, 20), pace), 100)
    assert np.all(np.isfinite(credit.revenue))
