from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import (
    BUCKETS,
    DAY,
    aalen_johansen,
    count_cube,
    count_stays,
    eventual_fates,
    find_stays,
    months_in,
    rates_of_cube,
    rates_of_stays,
    success_band,
    win_probability,
)
from tests.pipeline.estimation.histories import SMALL, moves_of, path, random_rows
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate
from tests.pipeline.estimation.slow import slow_stays


def rates_at(rows, day):
    return rates_of_stays(find_stays(moves_of(rows), SMALL, as_of=day * DAY))


@pytest.fixture(scope="module")
def company():
    return simulate(np.random.default_rng(5), leads=3000)


@settings(max_examples=40, deadline=None)
@given(random_rows(), st.integers(1, 62))
def test_counts_add_up_and_every_subject_ends_somewhere(rows, day):
    rates = rates_at(rows, day)
    for row in rates.by_stage:
        assert row.entered == row.advanced + row.moved_back + row.lost + row.open
    fates = rates.fates
    assert fates.won + fates.lost + fates.unresolved == pytest.approx(1.0)
    had_a_stay = {row[0] for row in slow_stays(rows, SMALL.won, day)}
    assert rates.subjects.total == len(had_a_stay)


@settings(max_examples=25, deadline=None)
@given(random_rows(), st.integers(1, 62))
def test_nothing_later_than_as_of_leaks(rows, day):
    known = [row for row in rows if row[2] < day]
    assert rates_at(rows, day).by_stage == rates_at(known, day).by_stage


def test_with_nothing_entered_the_rates_are_unknown():
    row = rates_at(path(1, "A", 0, "B", 3), 5).by_stage[2]
    assert (row.name, row.entered) == ("C", 0)
    assert set(astuple(row.promotion)) == {None}
    assert (row.success.rate, row.dwell_median, row.unresolved) == (None, None, None)


def test_unresolved_is_the_chains_own_and_not_lost():
    stays = find_stays(moves_of(path(1, "A", 0, "lost", 2) + path(2, "A", 0)), SMALL, as_of=9 * DAY)
    estimate = aalen_johansen(count_stays(stays).total())
    fates = eventual_fates(estimate, SMALL)
    assert (fates.won[0], fates.lost[0], fates.unresolved[0]) == pytest.approx((0, 0.5, 0.5))
    assert estimate.unresolved[0] == pytest.approx(0.5)


def test_reopened_deals_count_as_wins_of_the_stage_they_were_lost_from():
    rows = [
        row
        for deal in range(40)
        for row in (
            path(deal, "A", 0, "lost", 2, "B", 6, "won", 9)
            if deal < 10
            else path(deal, "A", 0, "lost", 2)
        )
    ]
    rates = rates_at(rows, 60)
    assert rates.by_stage[0].success.rate == pytest.approx(0.25)
    assert rates.by_stage[0].promotion.rate == 0.0


def test_skips_advance_and_moves_back_do_not():
    rows = path(1, "A", 0, "C", 1, "B", 2, "won", 5)
    first, second, third = rates_at(rows, 9).by_stage
    assert (first.advanced, second.advanced) == (1, 1)
    assert (third.advanced, third.moved_back) == (0, 1)


def test_a_history_that_only_goes_in_circles_has_no_winners():
    rows = path(1, *(x for turn in range(9) for x in ("A", 2 * turn, "B", 2 * turn + 1)))
    row = rates_at(rows, 17).by_stage[0]
    assert row.success.rate == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("wins", [0, 1, 2, 30])
def test_success_band_is_sane_at_the_ends(wins):
    rows = [
        row for deal in range(30) for row in path(deal, "A", 0, "won" if deal < wins else "lost", 3)
    ]
    success = rates_at(rows, 20).by_stage[0].success
    assert 0 <= success.low80 <= success.rate <= success.high80 <= 1
    assert success.rate == pytest.approx(wins / 30)
    assert 0.01 < success.high80 - success.low80 < 0.25
    assert np.isfinite(success.log_sd)


def test_certainty_that_rounding_missed_lies_inside_its_band():
    """After ten thousand wins of all ages a chain's rate misses one by rounding."""
    missed = np.full((BUCKETS + 1, 1), 1 - 2e-12)
    missed[::2] -= 1e-13
    band = success_band(missed[0], missed[1:], np.array([10_000.0]), 0.8)
    assert band.high[0] == 1.0
    assert 0.999 < band.low[0] < 0.9999
    rows = [row for n in range(900) for row in path(n, "A", 0, "B", 1 + n % 7, "won", 9 + n % 41)]
    for row in rates_at(rows, 90).by_stage[:2]:
        assert row.success.low80 < row.success.rate == row.success.high80 == 1.0
        assert row.promotion.low80 < row.promotion.rate == row.promotion.high80 == 1.0


def test_dwell_is_read_off_the_survival_with_open_stays_counted():
    rows = [row for deal in range(10) for row in path(deal, "A", 0, "B", deal + 0.5)]
    row = rates_at(rows, 50).by_stage[0]
    assert row.dwell_median == pytest.approx(5.0)
    assert row.dwell_p90 == pytest.approx(9.0)
    open_rows = rows + [row for deal in range(10, 40) for row in path(deal, "A", 0)]
    assert rates_at(open_rows, 50).by_stage[0].dwell_median is None


def test_win_probability_follows_the_age_and_is_carried_past_the_oldest_seen():
    rows = [row for deal in range(20) for row in path(deal, "A", 0, "lost", 2)]
    rows += [row for deal in range(20, 40) for row in path(deal, "A", 0, "won", 8)]
    estimate = aalen_johansen(
        count_stays(find_stays(moves_of(rows), SMALL, as_of=20 * DAY)).total()
    )
    chances = win_probability(estimate, eventual_fates(estimate, SMALL).won)
    chance, carried = chances.of(np.array([0, 0, 0]), np.array([0.0, 5.0, 500.0]))
    assert chance == pytest.approx([0.5, 1.0, 1.0])
    assert carried.tolist() == [False, False, True]
    unseen, carried = chances.of(np.array([2]), np.array([1.0]))
    assert np.isnan(unseen[0])
    assert carried[0]


def test_cube_and_stays_give_the_same_rates_and_cubes_add_up(company):
    stays = find_stays(company, STAGES, as_of=AS_OF)
    month_of = months_in("Asia/Shanghai")
    early = company.at_rows(company.subject < 1000)
    late = company.at_rows(company.subject >= 1000)
    cubes = [count_cube(find_stays(m, STAGES, as_of=AS_OF), month_of) for m in (early, late)]
    whole = count_cube(stays, month_of)
    together = cubes[0] + cubes[1]
    assert np.array_equal(together.cells, whole.cells)
    assert np.array_equal(together.sums, whole.sums)
    assert rates_of_cube(together).by_stage == rates_of_stays(stays).by_stage


def test_months_are_the_companys():
    month_of = months_in("Asia/Shanghai")
    new_year = np.array(["2002-01-01T00:00"], "datetime64[us]").astype(np.int64)
    eight_hours = 8 * 3600 * 1_000_000
    assert month_of(new_year - eight_hours).tolist() == [2002 * 12]
    assert month_of(new_year - eight_hours - 1).tolist() == [2001 * 12 + 11]
    assert month_of(np.array([new_year[0], new_year[0] + 400 * DAY])).tolist() == [24024, 24037]
