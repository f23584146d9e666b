from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planning.rounding import (
    adding_up,
    apportion,
    cents,
    largest_remainder,
    split_money,
    split_wholes,
)

amounts = st.lists(st.floats(0, 1e7), max_size=40)


@given(amounts)
def test_what_is_shown_adds_up_to_the_total_shown(values):
    assert sum(largest_remainder(values)) == round(sum(values))


@given(amounts)
def test_no_month_is_off_by_a_whole_one(values):
    for shown, value in zip(largest_remainder(values), values, strict=True):
        assert abs(shown - value) <= 1


@given(st.lists(st.floats(-1e6, 1e7), min_size=1, max_size=20))
@example([5e-324])
def test_parts_in_three_digits_add_up_to_their_sum_in_three_digits(values):
    total = sum(values)
    parts, shown = adding_up(values, total)
    assert shown == float(f"{total:.3g}")
    assert sum(parts) == pytest.approx(shown, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "shown"),
    [([1 / 3] * 3, [1, 0, 0]), ([0.4, 0.4, 0.4], [1, 0, 0]), ([2, 3], [2, 3]), ([], [])],
)
def test_the_rest_goes_to_the_largest_remainder(values, shown):
    assert largest_remainder(values) == shown


money = st.decimals(0, 10**15, places=2)
weights = st.lists(st.integers(0, 10**17) | st.floats(0, 1e12), min_size=1, max_size=40)


@given(money, weights)
def test_parts_of_a_sum_of_money_add_up_to_the_cent(total, weights):
    parts = split_money(total, weights)
    assert sum(parts) == total
    whole = sum(Fraction(w) for w in weights)
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(weight) / whole if whole else Fraction(1, len(weights))
        assert abs(Fraction(part) - Fraction(total) * share) < Fraction(1, 100)


def test_weights_that_are_all_zero_are_alike():
    assert split_money(Decimal("0.05"), [0, 0]) == [Decimal("0.03"), Decimal("0.02")]
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=14))
def test_a_part_and_the_rest_add_up_to_every_whole(pairs):
    parts, rests = [a for a, _b in pairs], [b for _a, b in pairs]
    wholes = largest_remainder([a + b for a, b in pairs])
    shown = split_wholes(parts, wholes)
    for part, rest, whole, count in zip(parts, rests, wholes, shown, strict=True):
        assert 0 <= count <= whole
        assert abs(count - part) <= 1
        assert abs(whole - count - rest) <= 2
    assert sum(shown) <= round(sum(parts))


@given(st.lists(st.floats(0, 1e7), max_size=40))
def test_cents_add_up_to_the_sum_in_cents(values):
    assert abs(float(sum(cents(values))) - sum(values)) <= 0.0051
