"""Renewal kernels: what an entry into a stage leads to, day by day and then by month.

Time runs in days. A flow (entries, wins) is held as mass per day cell [c, c+1), spread evenly
inside it; a lag is held as mass on whole days. A lag spread evenly over the day [d, d+1) is
split half and half between d and d+1, which keeps its mean, and a cell shifted by whole days
is a cell again: nothing is rounded, however many stages follow each other. Moving a transition
to the end of its bin instead loses about 5 % of a fast-growing year.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from planning.engine.law import Floats, FunnelLaw

Spectrum = NDArray[np.complex128]

# What is left of a series after one period of the transform; see Renewal.
ALIAS = 1e-10


@dataclass(frozen=True, eq=False)
class LagKernels:
    """Direct moves by lag in whole days.

    offspring: float[D, S, S], expected moves i -> j at lag d; wins: float[D, S].
    """

    offspring: Floats
    wins: Floats

    @property
    def days(self) -> int:
        return int(self.wins.shape[0])

    @property
    def stages(self) -> int:
        return int(self.wins.shape[1])


def count_lags(law: FunnelLaw, days: int) -> LagKernels:
    """Direct moves per subject at lags 0 .. days-1."""
    return _lag_kernels(law.edges, law.offspring, law.wins, days)


def money_lags(law: FunnelLaw, days: int) -> LagKernels:
    """Direct moves per unit of money; the same as per subject where no value law is known."""
    if law.value_offspring is None or law.value_wins is None:
        return count_lags(law, days)
    return _lag_kernels(law.edges, law.value_offspring, law.value_wins, days)


def _lag_kernels(edges: Floats, offspring: Floats, wins: Floats, days: int) -> LagKernels:
    per_lag = split_to_lags(edges, days)
    return LagKernels(np.moveaxis(offspring @ per_lag, 2, 0), (wins @ per_lag).T)


def split_to_lags(edges: Floats, days: int) -> Floats:
    """float[A, days]: how the mass of an age bin is shared out among whole-day lags.

    Even over the days of the bin, then each day's share half to its start and half to its end.
    """
    start = np.arange(days, dtype=float)
    covered = np.minimum(edges[1:, None], start + 1) - np.maximum(edges[:-1, None], start)
    per_day = np.clip(covered, 0, None) / np.diff(edges)[:, None]
    lags = per_day / 2
    lags[:, 1:] += per_day[:, :-1] / 2
    return np.asarray(lags)


class Renewal:
    """Solves the renewal equation x[c] = f[c] + sum_u x[c-u] O[u] for any inflow f.

    In the frequency domain it reads x = f (I - O)^-1, one S x S inverse per frequency, loops
    between stages included, and serves every inflow. The response never ends, so its tail
    would wrap around: all series are first damped by a factor that falls to 1e-10 over the
    period, and the result is amplified back (Grubel & Hermesmeier, ASTIN Bulletin 29, 1999,
    on aliasing and exponential tilting). Results are exact to about 1e-10 of their maximum.
    """

    def __init__(self, lags: LagKernels) -> None:
        self.days = max(lags.days, 1)
        self.period = int(fft.next_fast_len(2 * self.days, real=True))
        self._damping = ALIAS ** (np.arange(self.days) / self.period)
        self._lags = lags
        self._kernels: dict[int, tuple[Floats, Floats]] = {}

    @cached_property
    def _moves(self) -> Spectrum:
        """complex[F, S, S], transposed: what follows which stage; most pairs never do."""
        offspring = self._lags.offspring.transpose(2, 1, 0)
        moves = np.zeros((self.period // 2 + 1, *offspring.shape[:2]), np.complex128)
        some = offspring.any(axis=2)
        moves[:, some] = self._transform(offspring[some]).T
        return moves

    @cached_property
    def _resolvent(self) -> Spectrum:
        return np.asarray(np.linalg.inv(np.eye(self._lags.stages) - self._moves).transpose(0, 2, 1))

    @cached_property
    def _win_rates(self) -> Spectrum:
        """complex[F, S]: of direct wins."""
        return np.asarray(self._transform(self._lags.wins.T).T)

    @cached_property
    def _wins(self) -> Spectrum:
        return np.asarray((self._resolvent @ self._win_rates[:, :, None])[:, :, 0])

    def entries(self, inflow: Floats) -> Floats:
        """float[B, D, S], entries per day cell that follow from float[B, D, S], itself included."""
        found = np.zeros_like(inflow)
        if (some := inflow.any(axis=(1, 2))).any():
            series = self._transform(inflow[some].transpose(0, 2, 1)).transpose(2, 0, 1)
            spectrum = (series @ self._resolvent).transpose(1, 2, 0)
            found[some] = self._restore(spectrum, inflow.shape[1]).transpose(0, 2, 1)
        return found

    def wins(self, inflow: Floats) -> Floats:
        """float[B, D], wins per day cell that follow from float[B, D, S]."""
        found = np.zeros(inflow.shape[:2])
        if (some := inflow.any(axis=(1, 2))).any():
            series = self._transform(inflow[some].transpose(0, 2, 1))
            spectrum = np.einsum("bsf,fs->bf", series, self._wins)
            found[some] = self._restore(spectrum, inflow.shape[1])
        return found

    def kernel(self, stage: int = 0) -> tuple[Floats, Floats]:
        """float[D, S] entries and float[D] wins at each lag after one entry into `stage`; kept,
        not to be written to."""
        if stage not in self._kernels:
            self._kernels[stage] = self._kernel(stage)
        return self._kernels[stage]

    def _kernel(self, stage: int) -> tuple[Floats, Floats]:
        start = self._transform(np.eye(1, self.days))
        follows = self._following(stage)
        wins = np.sum(follows * self._win_rates, axis=1)
        entries = self._restore((follows * start.T).T, self.days)
        return entries.T, self._restore(wins * start[0], self.days)

    def _following(self, stage: int) -> Spectrum:
        """complex[F, S]: one row of the resolvent, without the others where nobody asked."""
        if "_resolvent" in vars(self):
            return np.asarray(self._resolvent[:, stage])
        one = np.broadcast_to(np.eye(self._lags.stages)[:, [stage]], (*self._moves.shape[:2], 1))
        return np.asarray(np.linalg.solve(np.eye(self._lags.stages) - self._moves, one)[:, :, 0])

    def wins_after(self) -> Floats:
        """float[S, D], wins at each lag after one entry into each stage."""
        start = self._transform(np.eye(1, self.days))
        return self._restore(self._wins.T * start, self.days)

    def _transform(self, series: Floats) -> Spectrum:
        damped = series * self._damping[: series.shape[-1]]
        return np.asarray(fft.rfft(damped, self.period, axis=-1))

    def _restore(self, spectrum: Spectrum, days: int) -> Floats:
        series = fft.irfft(spectrum, self.period, axis=-1)[..., :days] / self._damping[:days]
        # Rounding may leave a hair below zero where nothing can happen.
        return np.maximum(series, 0.0)


class Renewals:
    """The renewal equations of a law in subjects and in money over `days` days."""

    def __init__(self, law: FunnelLaw, days: int) -> None:
        self.days = max(days, 1)
        self.counts = Renewal(count_lags(law, self.days))
        self.money = Renewal(money_lags(law, self.days)) if law.has_value_law else self.counts


def landing_share(starts: Floats, ends: Floats, edges: Floats, days: int) -> Floats:
    """float[N, M, days]: chance that something `days` later falls into each month.

    The cause happens at a uniform instant of [starts[n], ends[n]); months are the intervals
    between `edges`. Multiplied with a renewal kernel it gives the kernel by month.
    """
    instant = edges[None, :, None] - np.arange(days) - starts[:, None, None]
    before = np.clip(instant / (ends - starts)[:, None, None], 0, 1)
    return np.diff(before, axis=1)


def by_month(per_day: Floats, edges: Floats, axis: int = -1) -> Floats:
    """Sums of a daily flow over months; `edges` in days from `as_of`, past months give 0."""
    total = np.cumsum(np.moveaxis(per_day, axis, -1), axis=-1)
    total = np.concatenate([np.zeros((*total.shape[:-1], 1)), total], axis=-1)
    at = np.clip(edges, 0, total.shape[-1] - 1)
    below = np.minimum(at.astype(int), max(total.shape[-1] - 2, 0))
    above = np.minimum(below + 1, total.shape[-1] - 1)
    reached = total[..., below] + (at - below) * (total[..., above] - total[..., below])
    return np.moveaxis(np.diff(reached, axis=-1), -1, axis)
