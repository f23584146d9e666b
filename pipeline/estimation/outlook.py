"""What a law of stays lets expect, by day: from open deals, and from leads yet to come."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import fftconvolve

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_EDGES
from pipeline.estimation.stages import StageList
from pipeline.estimation.timing import daily_increments, win_days

GONE = 1e-12
"""Below this survival nobody was seen to stay; deals as old are expected to move no more."""


@dataclass(frozen=True)
class Outlook:
    """Expectations over the `days` after an origin, from an estimate without leading axis.

    wins float[K, days]: probability that a stay in stage k leads to a win on its n-th day,
    from win_days; 1 on the first day of won itself.
    """

    estimate: AalenJohansen
    stages: StageList
    wins: Floats

    @classmethod
    def of(cls, estimate: AalenJohansen, stages: StageList, days: int) -> "Outlook":
        wins = win_days(estimate, stages, days)
        wins[stages.won] = 0.0
        wins[stages.won, 0] = 1.0
        return cls(estimate, stages, wins)

    @property
    def days(self) -> int:
        return int(self.wins.shape[-1])

    def from_open(self, stage: Ints, age_days: Floats, worth: Floats | None = None) -> Floats:
        """float[days]: wins expected of deals in stage int[n] at age float[n], times `worth`.

        With worth 1 this is expected_wins_by_day, by Fourier transforms.
        """
        day, oldest = self._whole_days(age_days)
        leaving, staying = self._leaving(oldest)
        size = len(self.stages) * oldest
        cells = np.bincount(stage * oldest + day, worth, size).reshape(-1, oldest) * 1.0
        weight = np.divide(cells, staying, out=np.zeros_like(cells), where=staying > GONE)
        moves = fftconvolve(leaving, weight[:, None, ::-1], axes=-1).sum(axis=0)
        moves = np.maximum(moves[:, oldest - 1 : oldest - 1 + self.days], 0.0)
        return self._after(_between_days(moves))

    def from_starts(self, starts: Floats) -> Floats:
        """float[days]: wins expected of starts float[K, days], by first stage and day."""
        return self._after(starts)

    def chance_within(self, stage: Ints, age_days: Floats, days: int) -> Floats:
        """float[n]: probability of each open deal to be won within `days` (at most all)."""
        day, oldest = self._whole_days(age_days)
        leaving, staying = self._leaving(oldest)
        by_then = _between_days(np.cumsum(self.wins, axis=-1)[:, :days])
        reached = fftconvolve(leaving[..., : oldest + days], by_then[None], axes=-1).sum(axis=1)
        to_come = np.maximum(reached[:, days - 1 : days - 1 + oldest], 0.0)
        chance = np.divide(to_come, staying, out=np.zeros_like(to_come), where=staying > GONE)
        return np.asarray(np.minimum(chance, 1.0)[stage, day])

    def _after(self, arrivals: Floats) -> Floats:
        came = fftconvolve(arrivals, self.wins, axes=-1).sum(axis=0)
        return np.asarray(np.maximum(came[: self.days], 0.0))

    def _whole_days(self, age_days: Floats) -> tuple[Ints, int]:
        """Age of each deal, and one more than the highest; none past the last age at which
        anybody left, from where on all are alike."""
        moving = np.flatnonzero(self.estimate.increments.any(axis=(0, 1)))
        last = AGE_EDGES[moving[-1] + 1] if len(moving) else 0.0
        day = np.minimum(np.floor(age_days), last).astype(np.int64)
        return day, int(day.max(initial=0)) + 1

    @cached_property
    def _by_day_of_age(self) -> Floats:
        return daily_increments(self.estimate, int(AGE_EDGES[-1]))

    def _leaving(self, oldest: int) -> tuple[Floats, Floats]:
        """float[S, K, oldest + days] by day of age, and the survival float[S, oldest]."""
        length = oldest + self.days
        leaving = self._by_day_of_age[..., :length]
        short = length - leaving.shape[-1]
        leaving = np.pad(leaving, [(0, 0), (0, 0), (0, max(short, 0))])
        gone = leaving.sum(axis=1)
        staying = 1.0 - np.cumsum(gone, axis=-1) + gone
        return leaving, staying[:, :oldest]


def _between_days(mass: Floats) -> Floats:
    """Half on the day and half on the next: moves fall in the middle of a day."""
    half = mass / 2
    half[..., 1:] += mass[..., :-1] / 2
    return half
