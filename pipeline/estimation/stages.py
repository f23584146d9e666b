"""The stages of one part of a funnel."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Bools, Ints


@dataclass(frozen=True)
class StageList:
    """The stages of one part of a funnel: open stages in funnel order, and the two outcomes.

    For a pipeline the outcomes are won and lost. For a ladder, `won` is the opening of the
    first deal and `lost` a customer given up; where a ladder knows no such stage, nothing
    ever moves into it.
    """

    names: tuple[str, ...]
    won: int
    lost: int

    @classmethod
    def of(cls, open_stages: tuple[str, ...]) -> "StageList":
        """Open stages in order, followed by won and lost."""
        count = len(open_stages)
        return cls((*open_stages, "won", "lost"), won=count, lost=count + 1)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def open(self) -> Ints:
        """Indices of the open stages, in funnel order."""
        return np.setdiff1d(np.arange(len(self)), [self.won, self.lost])

    @cached_property
    def transient(self) -> Ints:
        """Every stage that can be left: all but won (a lost deal may be re-opened)."""
        return np.setdiff1d(np.arange(len(self)), [self.won])

    def forward(self, stage: int) -> Bools:
        """bool[K]: destinations that count as an advance out of `stage`; skips are forward."""
        ahead = np.arange(len(self)) > stage
        ahead[self.won], ahead[self.lost] = True, False
        return ahead

    def backward(self, stage: int) -> Bools:
        """bool[K]: destinations that count as a move back out of `stage`."""
        behind = np.arange(len(self)) < stage
        behind[[self.won, self.lost]] = False
        return behind
