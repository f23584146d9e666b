"""Counts of stays by bucket, stage, destination and age: what the estimators start from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_BINS, age_bin_between
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import BUCKETS, Stays


@dataclass(frozen=True)
class EventCounts:
    """Stays by stage, destination and age bin; weights may stand in for counts.

    events float[..., S, K, A] and censored float[..., S, A] are sums of weights, `events_sq`
    and `censored_sq` of squared weights (with unit weights the same arrays). S = K = number
    of stages. The leading axis, where there is one, is the bucket.
    """

    events: Floats
    censored: Floats
    events_sq: Floats
    censored_sq: Floats

    def total(self) -> "EventCounts":
        """The same, all buckets together."""
        return self._each(lambda part: part.sum(axis=0))

    def leave_one_out(self) -> "EventCounts":
        """[B + 1, ...]: all buckets together, then all but each one."""
        return self._each(_all_and_all_but_each)

    def _each(self, change: Callable[[Floats], Floats]) -> "EventCounts":
        events, censored = change(self.events), change(self.censored)
        if self.events_sq is self.events:
            return EventCounts(events, censored, events, censored)
        return EventCounts(events, censored, change(self.events_sq), change(self.censored_sq))


def _all_and_all_but_each(part: Floats) -> Floats:
    total = part.sum(axis=0, keepdims=True)
    # Sums of amounts leave a rounding residue where a cell's only bucket is left out.
    return np.concatenate([total, np.maximum(total - part, 0.0)])


def count_stays(stays: Stays, *, weight: Floats | None = None) -> EventCounts:
    """float[64, ...] counts straight from stays; `weight` is float[n], one a stay."""
    age = age_bin_between(stays.entered, stays.left)
    key = cell_key(stays.stages, stays.bucket, stays.stage, stays.destination, age)
    if weight is None:
        return sum_cells(stays.stages, key)
    return sum_cells(stays.stages, key, weight, weight**2)


def cell_key(
    stages: StageList,
    bucket: Ints,
    stage: Ints,
    destination: Ints,
    age: Ints,
) -> Ints:
    """One integer a row that names its (bucket, stage, destination, age bin)."""
    count = len(stages)
    # OPEN is -1: adding one puts the censored in front of the destinations.
    key: Ints = bucket * count + stage
    key = key * (count + 1) + (destination + 1)
    return key * AGE_BINS + age


def sum_cells(
    stages: StageList,
    key: Ints,
    weight: Floats | None = None,
    squared: Floats | None = None,
) -> EventCounts:
    """Sums of `weight` and `squared` over the rows of each cell (ones where not given)."""
    shape = (BUCKETS, len(stages), len(stages) + 1, AGE_BINS)
    dense = partial(_bincount, key, shape)
    censored, events = dense(weight)
    if squared is None:
        return EventCounts(events, censored, events, censored)
    censored_sq, events_sq = dense(squared)
    return EventCounts(events, censored, events_sq, censored_sq)


def _bincount(key: Ints, shape: tuple[int, ...], weight: Floats | None) -> tuple[Floats, Floats]:
    sums = np.bincount(key, weights=weight, minlength=int(np.prod(shape)))
    cells = sums.astype(np.float64, copy=False).reshape(shape)
    return cells[:, :, 0], cells[:, :, 1:]
