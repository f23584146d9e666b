import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.engine.allocation import divide, share_band

counts = st.lists(st.integers(0, 5_000), min_size=1, max_size=12)
weights = st.lists(st.integers(0, 10**18), min_size=1, max_size=9)


@given(counts, weights)
@settings(deadline=None)
def test_the_parts_of_every_month_add_up_and_nobody_is_off_by_one(counts, weights):
    table = divide(counts, weights)
    assert table.sum(axis=0).tolist() == counts
    shares = np.array(weights, float)
    shares = shares / shares.sum() if shares.any() else np.full(len(weights), 1 / len(weights))
    assert (table >= 0).all()
    assert np.abs(table - np.outer(shares, counts)).max() < 1 + 1e-6
    assert np.abs(table.sum(axis=1) - shares * sum(counts)).max() < 1 + 1e-6


def test_a_small_part_gets_its_due_over_the_year_and_not_nothing_every_month():
    table = divide([3] * 12, [8, 1, 1])
    assert table.sum(axis=1).sum() == 36
    assert set(table[1:].sum(axis=1)) <= {3, 4}


def test_equal_shares_of_nothing_known():
    assert divide([4], [0, 0]).tolist() == [[2], [2]]
    assert divide([], [1, 2]).shape == (2, 0)
    assert divide([0, 0], []).shape == (0, 2)


@pytest.mark.parametrize(("counts", "weights"), [([1], []), ([-1], [1]), ([1], [-1])])
def test_what_cannot_be_divided_is_refused(counts, weights):
    with pytest.raises(ValueError, match="zero or more"):
        divide(counts, weights)


def test_a_part_is_less_certain_than_the_whole_but_the_past_stays_certain():
    entries, share = np.array([100.0, 100.0]), np.array([0.25, 0.25])
    low, high = share_band(entries, np.array([80.0, 100.0]), np.array([125.0, 100.0]), share)
    assert 20 > low[0] > 0
    assert high[0] > 31.25
    assert (low[1], high[1]) == pytest.approx((25, 25))


def test_the_band_of_all_of_it_is_the_band_of_the_whole():
    whole = np.array([7.0]), np.array([3.0]), np.array([12.0])
    low, high = share_band(*whole, np.ones(1))
    assert (low[0], high[0]) == pytest.approx((3, 12))
    assert share_band(*(np.zeros(1),) * 4)[1][0] == 0
