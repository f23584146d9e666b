"""Whole numbers for display that still add up."""

from collections.abc import Sequence
from math import floor


def largest_remainder(values: Sequence[float]) -> list[int]:
    """``values``, none negative, as whole numbers whose sum is the rounded sum of the values.

    Hamilton's method: everyone gets the whole part, the rest goes to the largest remainders,
    the earlier first where they are equal.
    """
    whole = [floor(value) for value in values]
    missing = round(sum(values)) - sum(whole)
    by_remainder = sorted(range(len(whole)), key=lambda i: (whole[i] - values[i], i))
    for i in by_remainder[:missing]:
        whole[i] += 1
    return whole
