"""A requirement divided among the parts of a company, in whole numbers that add up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from planning.engine.chance import band80
from planning.engine.law import Floats, Ints

Exact = NDArray[Any]
"""Python's own integers, which never overflow."""

MILLION = 1_000_000


def divide(counts: Sequence[int], weights: Sequence[int]) -> Ints:
    """int[P, M]: whole ``counts`` int[M] divided among P parts by whole ``weights`` int[P].

    Controlled rounding: every cell, and every part's sum over the months, is its exact share
    rounded down or up, and the parts of each month add up to its count. Such a table always
    exists, as the exact shares are a flow with whole column sums (Cox, 1987, J. Am. Stat. Assoc.
    82, 520-524); of those the one is taken that rounds up the largest remainders. With weights
    that are all zero everybody is alike.

    Raises ValueError where there are counts and no parts, or anything is negative.
    """
    if min((*counts, *weights), default=0) < 0 or (any(counts) and not len(weights)):
        raise ValueError("counts and weights are zero or more, and there is a part to take them")
    if not len(weights) or not len(counts):
        return np.zeros((len(weights), len(counts)), np.int64)
    shares = np.array([int(weight) for weight in weights], dtype=object)
    if not shares.any():
        shares = shares + 1
    exact = np.outer(shares, np.array([int(count) for count in counts], dtype=object))
    return _rounded(exact, int(shares.sum()))


def divide_table(counts: Sequence[int], weights: Sequence[Sequence[int]]) -> Ints:
    """The same by weights int[P, M] of each month's own, kept to a millionth of a count.

    Raises ValueError as `divide` does.
    """
    each = [[int(weight) for weight in row] for row in weights]
    if min((*counts, *(n for row in each for n in row)), default=0) < 0:
        raise ValueError("counts and weights are zero or more")
    if any(counts) and not each:
        raise ValueError("there is a part to take the counts")
    if not each or not len(counts):
        return np.zeros((len(each), len(counts)), np.int64)
    columns = [_millionths(int(count), [row[m] for row in each]) for m, count in enumerate(counts)]
    return _rounded(np.array(columns, dtype=object).T, MILLION)


def _millionths(count: int, weights: list[int]) -> list[int]:
    """``count`` divided in millionths that add up to it; alike where no weight says how."""
    weights = weights if any(weights) else [1] * len(weights)
    shared = [divmod(count * MILLION * weight, sum(weights)) for weight in weights]
    parts = [whole for whole, _rest in shared]
    by_rest = sorted(range(len(parts)), key=lambda p: (-shared[p][1], p))
    for p in by_rest[: count * MILLION - sum(parts)]:
        parts[p] += 1
    return parts


def _rounded(exact: Exact, unit: int) -> Ints:
    """Exact shares in ``unit``-ths, whose columns are whole, rounded so that these stay."""
    return np.asarray(exact // unit + _rounded_up(exact % unit, unit), dtype=np.int64)


def _rounded_up(rest: Exact, unit: int) -> Ints:
    """0 or 1 for each cell with a ``rest`` in ``unit``-ths."""
    rows, columns = np.nonzero(rest > 0)
    up = np.zeros(rest.shape, np.int64)
    if not rows.size:
        return up
    in_row = (rows == np.arange(rest.shape[0])[:, None]).astype(float)
    in_column = (columns == np.arange(rest.shape[1])[:, None]).astype(float)
    sums = rest.sum(axis=1)
    floor, ceiling = (sums // unit).astype(float), (-(-sums // unit)).astype(float)
    found = linprog(
        -np.array([rest[cell] / unit for cell in zip(rows, columns, strict=True)]),
        A_ub=np.vstack([in_row, -in_row]),
        b_ub=np.concatenate([ceiling, -floor]),
        A_eq=in_column,
        b_eq=(rest.sum(axis=0) // unit).astype(float),
        bounds=(0, 1),
        # The simplex method ends in a corner, and the corners of a flow are whole.
        method="highs-ds",
    )
    if found.x is None:
        raise ArithmeticError(found.message)
    up[rows, columns] = np.rint(found.x)
    return up


def share_band(
    entries: Floats, low80: Floats, high80: Floats, share: Floats
) -> tuple[Floats, Floats]:
    """The 80 % band of a ``share`` of each of ``entries``, given the bands of the whole.

    What is uncertain of the rates is as uncertain for a part; luck is more so, as fewer carry it.
    Where nothing of the whole is left to luck, as in months gone by, nothing of a part is.
    """
    mean, safe = entries * share, np.maximum(entries, 1e-12)
    ones = np.ones_like(mean)
    (luck_low, luck_high), (own_low, own_high) = (
        band80(ones, events, 0.0) for events in (entries, mean)
    )
    low = _widened(1 - low80 / safe, 1 - luck_low, 1 - own_low)
    high = _widened(high80 / safe - 1, luck_high - 1, own_high - 1)
    return mean * np.clip(1 - low, 0, None), mean * (1 + high)


def _widened(width: Floats, luck: Floats, own: Floats) -> Floats:
    """A relative half-width with its luck exchanged for that of a part."""
    width, luck = np.maximum(width, 0), np.maximum(luck, 1e-12)
    at_work = np.minimum(width / luck, 1) ** 2
    return np.asarray(np.sqrt(np.maximum(width**2 + (own**2 - luck**2) * at_work, 0)))
