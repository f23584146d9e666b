"""Cells of a count cube: sums of what has the same key."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Cells:
    """Sums over stays by cell: keys int64[n, 4], whose first column is a month or a bucket, then
    stage, destination and age bin; sums float[n, 4]: stays, those with an amount, their amounts
    and squared amounts."""

    keys: Ints
    sums: Floats

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def none(cls) -> "Cells":
        return cls(np.zeros((0, 4), np.int64), np.zeros((0, 4)))

    @classmethod
    def of_rows(cls, keys: tuple[Ints, ...], amount: Floats, priced: Bools) -> "Cells":
        """Of stays, one a row, with their amounts (nan where unknown)."""
        worth = np.nan_to_num(amount)
        sums = np.column_stack([np.ones(len(worth)), priced, worth, worth**2])
        columns = [column.astype(np.int64, copy=False) for column in keys]
        return cls(*gather(np.column_stack(columns), sums))

    @classmethod
    def add(cls, parts: "Sequence[Cells]") -> "Cells":
        """Sum of several; cells without anything in them are left out."""
        keys = np.concatenate([part.keys for part in parts])
        keys, sums = gather(keys, np.concatenate([part.sums for part in parts]))
        filled = (sums != 0).any(axis=1)
        return cls(keys[filled], sums[filled])

    def at_rows(self, rows: Bools) -> "Cells":
        return Cells(self.keys[rows], self.sums[rows])

    def __neg__(self) -> "Cells":
        return Cells(self.keys, -self.sums)


def gather(keys: Ints, sums: Floats) -> tuple[Ints, Floats]:
    """Rows of equal keys int64[n, k] as one, their sums float[n, c] added; sorted by key."""
    if not len(keys):
        return keys, sums
    lowest = keys.min(axis=0)
    sizes = keys.max(axis=0) - lowest + 1
    key = np.ravel_multi_index(tuple((keys - lowest).T), tuple(sizes))
    unique, group = np.unique(key, return_inverse=True)
    gathered = [np.bincount(group, weights=column) for column in sums.T]
    named = np.column_stack(np.unravel_index(unique, tuple(sizes))) + lowest
    return named, np.column_stack(gathered)
