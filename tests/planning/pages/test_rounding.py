import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.views.rounding import largest_remainder

amounts = st.lists(st.floats(0, 1e7), max_size=40)


@given(amounts)
def test_what_is_shown_adds_up_to_the_total_shown(values):
    assert sum(largest_remainder(values)) == round(sum(values))


@given(amounts)
def test_no_month_is_off_by_a_whole_one(values):
    for shown, value in zip(largest_remainder(values), values, strict=True):
        assert abs(shown - value) <= 1


@pytest.mark.parametrize(
    ("values", "shown"),
    [([1 / 3] * 3, [1, 0, 0]), ([0.4, 0.4, 0.4], [1, 0, 0]), ([2, 3], [2, 3]), ([], [])],
)
def test_the_rest_goes_to_the_largest_remainder(values, shown):
    assert largest_remainder(values) == shown
