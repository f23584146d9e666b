"""Whole numbers that still add up: for display, and for money in cents."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

CENT = Decimal("0.01")


def largest_remainder(values: Sequence[float]) -> list[int]:
    """``values``, none negative, as whole numbers whose sum is the rounded sum of the values.

    Hamilton's method: everyone gets the whole part, the rest goes to the largest remainders,
    the earlier first where they are equal.
    """
    whole = [floor(value) for value in values]
    return _with_rest(whole, [v - w for v, w in zip(values, whole, strict=True)], sum(values))


def apportion(total: int, weights: Sequence[int | float | Decimal]) -> list[int]:
    """``total`` in whole shares by ``weights``, none negative; evenly where all are zero.

    Hamilton's method in exact fractions: sums of money have more digits than a float.
    """
    parts = [Fraction(weight) for weight in weights]
    if not any(parts):
        parts = [Fraction(1)] * len(parts)
    exact = [total * part / sum(parts) for part in parts]
    whole = [floor(share) for share in exact]
    return _with_rest(whole, [e - w for e, w in zip(exact, whole, strict=True)], total)


def split_money(total: Decimal, weights: Sequence[int | float | Decimal]) -> list[Decimal]:
    """``total`` in parts by ``weights`` that add up to it to the cent."""
    return [cents * CENT for cents in apportion(int(total / CENT), weights)]


def _with_rest(
    whole: list[int], remainders: Sequence[float | Fraction], total: float | int
) -> list[int]:
    missing = round(total) - sum(whole)
    by_remainder = sorted(range(len(whole)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[:missing]:
        whole[i] += 1
    return whole
