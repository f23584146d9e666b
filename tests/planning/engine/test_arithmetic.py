from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

from planning.engine import Goal, OpenStays, PlanWindow, solve
from planning.engine.arithmetic import Workings
from planning.engine.quality import quality_of
from tests.planning.engine.funnels import DWELL_SHAPE, funnel, open_stays, with_value_law
from tests.planning.engine.test_chance import YEAR

MID_YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 5, 18))
EARLY = PlanWindow.of_year(date(2002, 1, 1), date(2001, 9, 10), lead=True)


def so_far(window, stages=4):
    entries = np.zeros((stages, window.months))
    entries[:, window.edges[:-1] < 0] = 7.0
    return entries


def workings(law, stays, window, goal):
    return Workings.of(law, stays, window, goal, solve(law, stays, window, goal))


@pytest.mark.parametrize("window", [YEAR, MID_YEAR, EARLY])
@pytest.mark.parametrize("by_value", [False, True])
def test_the_parts_of_every_number_are_the_number(window, by_value):
    law = funnel(back=0.2, direct_per_month=np.array([0, 2.0, 0, 1.0]))
    law = with_value_law(law) if by_value else law
    goal = Goal(
        900_000.0,
        confidence=80,
        already_won=30_000.0,
        base=12_000.0,
        entries_so_far=so_far(window),
        before_per_month=np.array([4.0, 0, 1, 0]),
    )
    told = workings(law, open_stays(law), window, goal)
    found = told.solution
    for stage, month in np.ndindex(4, window.months):
        cell = told.entries(stage, month)
        assert cell.entries == pytest.approx(found.entries[stage, month], rel=1e-9, abs=1e-9)
        assert cell.parts.lead_month.sum() + cell.parts.direct_stage.sum() == pytest.approx(
            found.new[stage, month], rel=1e-9, abs=1e-9
        )
        assert cell.entries * cell.success == pytest.approx(cell.wins)
        assert cell.wins_by_month.sum() <= cell.wins * (1 + 1e-6) + 1e-9
        assert cell.parts.shares.sum() == pytest.approx(1.0 if cell.entries else 0.0)
    for month in range(window.months):
        told_month = told.revenue(month)
        assert told_month.revenue.total == pytest.approx(found.revenue[month], rel=1e-9)
        assert told_month.wins.total == pytest.approx(found.wins[month], rel=1e-9, abs=1e-9)
        certain = told_month.won_so_far + told_month.base
        assert certain == pytest.approx(told_month.revenue.certain, rel=1e-9)


@pytest.mark.parametrize("confidence", [50, 80])
def test_the_leads_follow_from_the_target_and_what_is_there(confidence):
    goal = Goal(900_000.0, confidence, already_won=30_000.0, base=10_000.0)
    told = workings(funnel(), open_stays(funnel()), MID_YEAR, goal).leads()
    missing = told.target + told.cushion - told.certain - told.from_open - told.from_direct
    assert told.leads == pytest.approx(missing / told.revenue_per_lead, rel=1e-9)
    assert told.certain == pytest.approx(40_000.0)
    assert (told.cushion > 1e-6) == (confidence == 80)


def test_wins_land_as_long_after_the_stage_as_deals_take():
    """One stage of gamma dwell time: the lag to the win is the dwell time itself."""
    law = funnel(stages=1, win=0.4, mean_dwell=60.0)
    told = workings(law, OpenStays.none(), YEAR, Goal(1e6))
    cell = told.entries(0, 2)
    assert cell.success == pytest.approx(0.4, rel=1e-3)
    for weeks, share in ((cell.median_weeks, 0.5), (cell.two_thirds_weeks, 2 / 3)):
        expected = stats.gamma.ppf(share, DWELL_SHAPE, scale=60 / DWELL_SHAPE) / 7
        # Lags count from the start of the day of entry.
        assert weeks == pytest.approx(expected + 0.5 / 7, abs=0.15)
    assert cell.landing_month in (3, 4)
    assert cell.wins_by_month[:2].sum() == 0
    assert told.entries(0, 11).landing_month >= 12


def test_wins_of_all_entries_to_the_last_stage_are_the_wins_of_the_year():
    law = funnel(back=0.0)
    told = workings(law, OpenStays.none(), YEAR, Goal(1e6))
    landed = sum(told.entries(3, month).wins_by_month for month in range(12))
    assert landed.sum() == pytest.approx(told.solution.wins.sum(), rel=0.002)
    # While the stage fills up, its entries come late in the month and not evenly.
    np.testing.assert_allclose(landed, told.solution.wins, rtol=0.02, atol=2.5)


def test_what_entered_before_as_of_lands_from_then_on():
    law = funnel()
    told = workings(law, OpenStays.none(), MID_YEAR, Goal(1e6, entries_so_far=so_far(MID_YEAR)))
    cell = told.entries(3, 1)
    assert cell.parts.certain == cell.entries == 7.0
    assert cell.wins_by_month[0] == 0
    assert cell.wins_by_month[1:4].sum() == pytest.approx(cell.wins, rel=0.2)


def test_a_funnel_that_never_won_has_entries_without_wins():
    law = funnel(wins=np.zeros_like(funnel().wins), amount_per_win=float("nan"))
    told = workings(law, open_stays(law), YEAR, Goal(1e6))
    cell = told.entries(2, 3)
    assert cell.entries > 0
    assert (cell.wins, cell.landing_month, cell.median_weeks) == (0.0, None, None)
    assert told.leads().revenue_per_lead == 0.0


def test_a_year_that_is_over_is_all_certain():
    window = PlanWindow.of_year(date(2001, 1, 1), date(2002, 3, 1))
    goal = Goal(1e6, already_won=9e5, entries_so_far=so_far(window))
    told = workings(funnel(), OpenStays.none(), window, goal)
    np.testing.assert_array_equal(told.entries(1, 4).parts.shares, [1, 0, 0, 0])
    assert sum(told.revenue(month).revenue.certain for month in range(12)) == pytest.approx(9e5)


def quality(law, stays, window=YEAR, goal=None):
    goal = goal or Goal(900_000.0)
    told = workings(law, stays, window, goal)
    return quality_of(law, stays, window, told.outlook, told.solution, goal.before_per_month)


def test_deals_without_amounts_have_the_mean_amount_everywhere():
    law = funnel(direct_per_month=np.array([0, 1.0, 0, 0]))
    found = quality(law, OpenStays.none())
    np.testing.assert_allclose(found.mean_amount[:, 2:], 1000.0, rtol=1e-6)
    by_month = np.tile(law.success[:, None], 12)
    np.testing.assert_allclose(found.success, by_month)
    np.testing.assert_allclose(found.value_success, by_month)
    np.testing.assert_allclose(found.origin.sum(axis=0)[:, 2:], 1.0)


def test_big_deals_that_are_lost_more_often_leave_smaller_ones_ahead():
    law = funnel()
    law = replace(
        law,
        value_offspring=law.offspring * 0.8,
        value_wins=law.wins * 0.8,
        mean_amount=1000.0,
    )
    found = quality(law, OpenStays.none())
    assert np.all(np.diff(found.mean_amount[:, 11]) < 0)
    assert np.all(found.value_success < found.success)


def test_big_open_deals_raise_the_mean_amount_of_the_months_they_move_in():
    law = funnel()
    stays = OpenStays(np.full(50, 2), np.zeros(50), np.full(50, 9_000.0))
    found = quality(law, stays)
    assert found.mean_amount[3, 0] > 3 * found.mean_amount[3, 11]
    np.testing.assert_allclose(found.mean_amount[3], 1000 + 8000 * found.origin[0, 3], rtol=1e-6)


def test_where_nobody_enters_there_is_no_amount():
    law = funnel(forward=0.0, skip=0.0, back=0.0)
    found = quality(law, OpenStays.none())
    assert np.all(np.isnan(found.mean_amount[1:]))
    assert np.all(found.origin[:, 1:] == 0)
