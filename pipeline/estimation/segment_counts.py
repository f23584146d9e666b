"""Counts of stays by segment, a few segments at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_BINS, age_bin_between
from pipeline.estimation.counts import EventCounts, cell_key
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays

AT_ONCE = 64
"""Segments held in memory at a time: by stage, destination and age a thousand owners would be
fifty megabytes in each array that an estimate goes through."""


@dataclass(frozen=True)
class SegmentChunk:
    """The stays of up to AT_ONCE neighbouring segments, n rows.

    segment int[n]: place 0..segments-1 within the chunk; stage, destination and age bin int[n];
    amount float[n], 0 where unknown, or None where the history has none.
    """

    stages: StageList
    segments: int
    segment: Ints
    stage: Ints
    destination: Ints
    age: Ints
    amount: Floats | None

    @cached_property
    def counts(self) -> EventCounts:
        """float[segments, ...]: stays."""
        dense = self._sums(None)
        return EventCounts(dense[:, :, 1:], dense[:, :, 0], dense[:, :, 1:], dense[:, :, 0])

    @cached_property
    def amounts(self) -> EventCounts | None:
        """The same in money, with squares."""
        if self.amount is None:
            return None
        dense, squared = self._sums(self.amount), self._sums(self.amount**2)
        return EventCounts(dense[:, :, 1:], dense[:, :, 0], squared[:, :, 1:], squared[:, :, 0])

    @cached_property
    def priced(self) -> EventCounts | None:
        """The same, counting only stays with a positive amount."""
        if self.amount is None:
            return None
        dense = self._sums((self.amount > 0).astype(float))
        return EventCounts(dense[:, :, 1:], dense[:, :, 0], dense[:, :, 1:], dense[:, :, 0])

    @cached_property
    def _key(self) -> Ints:
        return cell_key(self.stages, self.segment, self.stage, self.destination, self.age)

    def _sums(self, weight: Floats | None) -> Floats:
        count = len(self.stages)
        shape = (self.segments, count, count + 1, AGE_BINS)
        sums = np.bincount(self._key, weights=weight, minlength=int(np.prod(shape)))
        return sums.astype(np.float64, copy=False).reshape(shape)


def segment_chunks(stays: Stays, segment: Ints, segments: int) -> Iterator[SegmentChunk]:
    """Chunks of segments 0..segments-1 in order; `segment` int[n] is one a stay, −1 in none.

    Raises ValueError where a segment is out of range.
    """
    _check(stays, segment, segments)
    age = age_bin_between(stays.entered, stays.left)
    amount = None if stays.amount is None else np.maximum(np.nan_to_num(stays.amount), 0.0)
    # Without any segment there is one chunk, of none: what is made of it has the right shape.
    for first in range(0, max(segments, 1), AT_ONCE):
        size = min(AT_ONCE, segments - first)
        place = segment.astype(np.int64) - first
        rows = np.flatnonzero((place >= 0) & (place < size))
        columns = (place[rows], stays.stage[rows], stays.destination[rows], age[rows])
        money = None if amount is None else amount[rows]
        yield SegmentChunk(stays.stages, size, *columns, money)


def _check(stays: Stays, segment: Ints, segments: int) -> None:
    if len(segment) != len(stays):
        raise ValueError("one segment a stay is needed")
    if len(segment) and (segment.min() < -1 or segment.max() >= segments):
        raise ValueError("segments are 0 to segments - 1, or -1 for none")
