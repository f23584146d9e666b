"""Age bins: daily for four weeks, then each a tenth wider than the one before."""

import numpy as np
from numpy.typing import ArrayLike

from pipeline.estimation.arrays import Floats, Ints

DAY = 86_400_000_000
"""Microseconds in a day."""

DAILY_BINS = 28
GROWTH = 1.1
LONGEST_DAYS = 40 * 365


def age_edges(longest_days: int = LONGEST_DAYS) -> Floats:
    """Edges in days, float[A + 1], from 0 to at least `longest_days`; bin a is [e[a], e[a+1]).

    Edges are whole days, so that a bin can be looked up instead of searched for.
    """
    edges = [float(day) for day in range(DAILY_BINS + 1)]
    exact, width = edges[-1], 1.0
    while edges[-1] < longest_days:
        width *= GROWTH
        exact += width
        edges.append(float(round(exact)))
    return np.array(edges)


AGE_EDGES = age_edges()
AGE_BINS = len(AGE_EDGES) - 1
_BIN_OF_DAY = np.repeat(np.arange(AGE_BINS), np.diff(AGE_EDGES).astype(int))


def age_bin(days: ArrayLike) -> Ints:
    """Bin of each age in days; ages past the last edge fall into the last bin."""
    whole = np.floor(np.asarray(days)).astype(np.intp)
    return np.asarray(_BIN_OF_DAY.take(whole, mode="clip"))


def age_bin_of(days: float) -> int:
    """Bin of one age in days, for which an array would cost more than the look-up."""
    return int(_BIN_OF_DAY[min(int(days), len(_BIN_OF_DAY) - 1)])


def age_bin_between(start: Ints, end: Ints) -> Ints:
    """Bin of the age from `start` to `end`, both in microseconds."""
    # Floor division of int64 is several times slower than a float multiplication, and the
    # ages of a history (below 2**53 microseconds, 285 years) are exact as floats.
    whole = ((end - start) / DAY).astype(np.intp)
    return np.asarray(_BIN_OF_DAY.take(whole, mode="clip"))
