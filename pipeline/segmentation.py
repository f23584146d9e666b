"""Segments, and which of them each deal and each customer is in."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.estimation.arrays import Ints


@dataclass(frozen=True)
class Segment:
    """``value`` and ``name`` of one field each: an id, a region or a band; None where it says
    nothing. Names are as typed; those of bands are made when they are read."""

    values: tuple[Any, ...]
    names: tuple[str | None, ...]


@dataclass(frozen=True)
class Segmentation:
    """code int[n], one a deal, a place in ``segments``; -1 for the deals of segments too many.
    climbing int[m] likewise, one a customer on the ladder; of none where they are not split."""

    segments: tuple[Segment, ...]
    code: Ints
    climbing: Ints

    @property
    def deals(self) -> Ints:
        """int[G]: deals in each segment."""
        return self._sizes(self.code)

    @property
    def customers(self) -> Ints:
        """int[G]: customers in each segment."""
        return self._sizes(self.climbing)

    @property
    def left_out(self) -> int:
        """Deals in none, because their segments are too small and too many."""
        return int((self.code < 0).sum())

    @property
    def customers_left_out(self) -> int:
        return int((self.climbing < 0).sum())

    def only(self, kept: Ints) -> "Segmentation":
        """The segments at some places, in their order; what is in none of them has none."""
        # One place more than there are segments, for the -1 of those in none.
        place = np.full(len(self.segments) + 1, -1)
        place[kept] = np.arange(len(kept))
        segments = tuple(self.segments[i] for i in kept)
        return Segmentation(segments, place[self.code], place[self.climbing])

    def _sizes(self, code: Ints) -> Ints:
        return np.bincount(code[code >= 0], minlength=len(self.segments))
