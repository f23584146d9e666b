"""The level of each hazard now, over a shape that all of history agrees on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats
from pipeline.estimation.bins import DAY
from pipeline.estimation.calendar import CalendarCounts
from pipeline.estimation.chain import eventual_fates
from pipeline.estimation.stages import StageList

KAPPA = 5.0
"""As many moves as the belief that nothing has changed counts for."""

STEP = 1e-3
"""Relative change of a level by which slopes are taken."""


@dataclass(frozen=True)
class Levels:
    """Level of the hazards of each stage by destination, float[S, K] each.

    theta: what to multiply the hazards by; observed and expected: moves, weighted by how
    recent they are; n_eff: as how many moves the observed count; relative_variance: what theta
    adds to the squared relative error of the hazards.
    """

    theta: Floats
    observed: Floats
    expected: Floats
    n_eff: Floats
    relative_variance: Floats


@dataclass(frozen=True)
class Recency:
    """Which part of the past speaks for the level: counts by month of entry, of stays and (where
    there are amounts) of money, and their half-life in days. `as_of` in microseconds."""

    half_life_days: float
    as_of: int
    calendar: CalendarCounts
    money: CalendarCounts | None = None

    def levels(self, shape: AalenJohansen) -> Levels:
        return self._levels(self.calendar, shape)

    def money_levels(self, shape: AalenJohansen) -> Levels:
        """The same weighted by money; as of `levels` without any."""
        return self._levels(self.money or self.calendar, shape)

    def _levels(self, calendar: CalendarCounts, shape: AalenJohansen) -> Levels:
        return levels(calendar, shape, as_of=self.as_of, half_life_days=self.half_life_days)


@dataclass(frozen=True)
class Level:
    """The level of one estimate and what its uncertainty adds."""

    shape: AalenJohansen
    levels: Levels
    stages: StageList

    @classmethod
    def of(
        cls,
        shape: AalenJohansen,
        levels_of: Callable[[AalenJohansen], Levels],
        stages: StageList,
    ) -> "Level":
        return cls(shape, levels_of(shape), stages)

    def adjust(self, shapes: AalenJohansen) -> AalenJohansen:
        return adjust(shapes, self.levels.theta)

    @cached_property
    def log_sd(self) -> Floats:
        """float[S]: to be added in quadrature to that of the log of success."""
        return level_log_sd(self.shape, self.levels, self.stages)

    def variance(self, worth: Floats) -> Floats:
        """float[S]: to be added to that of `expected(worth)`."""
        return level_variance(self.shape, self.levels, worth)


def levels(
    calendar: CalendarCounts,
    shape: AalenJohansen,
    *,
    as_of: int,
    half_life_days: float | None,
    kappa: float = KAPPA,
) -> Levels:
    """θ = (O + κ) / (E + κ), with O and E = Σ n h over cells weighted 2^(−(as_of − time) / H).

    `shape` has no leading axis and is estimated from the same stays; ages at which it had
    nobody at risk (see speaking_ages) do not count. `as_of` in microseconds. Without a
    half-life every level is one. With money for weights κ is that many moves' worth of it.

    The hazards' own relative variance is one over all moves N, and covers the part of theta
    that they share; theta adds 1 / (n_eff + κ) − 1 / (N + κ), which is nothing where all moves
    weigh the same, and the prior's 1 / κ where none is recent.
    """
    weight = _recency(calendar, as_of, half_life_days)
    expected = _expected(calendar, shape, weight)
    observed, squared = _moves(calendar, shape, weight)
    every, every_sq = _moves(calendar, shape, np.ones_like(weight))
    n_eff, most = _ratio(observed**2, squared), _ratio(every**2, every_sq)
    if half_life_days is None:
        flat = np.ones_like(observed)
        return Levels(flat, observed, expected, n_eff, np.zeros_like(observed))
    worth = np.where(every > 0, _ratio(every_sq, every), 1.0)
    theta = level_of(observed, expected, kappa * worth)
    added = 1 / (n_eff + kappa) - 1 / (most + kappa)
    return Levels(theta, observed, expected, n_eff, np.maximum(added, 0.0))


def level_of(observed: Floats, expected: Floats, kappa: float | Floats = KAPPA) -> Floats:
    """Mean of a level after `observed` of `expected`, its prior a gamma of mean 1, shape κ."""
    return np.asarray((observed + kappa) / (expected + kappa))


def adjust(shape: AalenJohansen, theta: Floats) -> AalenJohansen:
    """The estimate with hazards float[..., S, K, A] times theta float[S, K].

    No more than all that are at risk in a bin can leave in it.
    """
    hazards = shape.hazards * theta[..., None]
    leaving = hazards.sum(axis=-2)
    hazards = hazards / np.maximum(leaving, 1.0)[..., None, :]
    survival = np.ones((*leaving.shape[:-1], leaving.shape[-1] + 1))
    np.cumprod(np.maximum(1.0 - leaving, 0.0), axis=-1, out=survival[..., 1:])
    increments = survival[..., None, :-1] * hazards
    return AalenJohansen(shape.at_risk, shape.effective, hazards, survival, increments)


def level_log_sd(shape: AalenJohansen, level: Levels, stages: StageList) -> Floats:
    """float[S]: standard deviation of the log of success that uncertain levels add.

    To be added in quadrature to that of the adjusted shape; `shape` has no leading axis. By
    the delta method, from finite differences in the log of each level.
    """

    def log_success(estimate: AalenJohansen) -> Floats:
        won = eventual_fates(estimate, stages).won
        return np.log(np.where(won > 0, won, 1.0))

    return np.asarray(np.sqrt(_variance_of(log_success, shape, level)))


def level_variance(shape: AalenJohansen, level: Levels, worth: Floats) -> Floats:
    """float[S]: variance that uncertain levels add to that of `expected`.

    `worth` float[S, K] is that of AalenJohansen.expected: for the rate of promotion, the
    destinations ahead of each stage.
    """
    return _variance_of(lambda estimate: estimate.expected(worth), shape, level)


def _variance_of(
    value: Callable[[AalenJohansen], Floats], shape: AalenJohansen, level: Levels
) -> Floats:
    moved = np.flatnonzero(((shape.reached > 0) & (level.relative_variance > 0)).ravel())
    change = np.zeros((len(moved), level.theta.size))
    change[np.arange(len(moved)), moved] = STEP
    change = change.reshape(-1, *level.theta.shape)
    up = value(adjust(shape, level.theta * np.exp(change)))
    down = value(adjust(shape, level.theta * np.exp(-change)))
    slopes = (up - down) / (2 * STEP)
    return np.asarray(level.relative_variance.ravel()[moved] @ slopes**2)


def _recency(calendar: CalendarCounts, as_of: int, half_life_days: float | None) -> Floats:
    days = calendar.days(as_of)
    if half_life_days is None:
        return np.ones_like(days)
    return np.asarray(np.exp2((days - as_of / DAY) / half_life_days))


def _moves(calendar: CalendarCounts, shape: AalenJohansen, weight: Floats) -> tuple[Floats, Floats]:
    within = (shape.at_risk > 0)[:, None, :]
    moves = np.einsum("skma,ma->ska", calendar.events, weight) * within
    squared = np.einsum("skma,ma->ska", calendar.events_sq, weight**2) * within
    return np.asarray(moves.sum(axis=-1)), np.asarray(squared.sum(axis=-1))


def _expected(calendar: CalendarCounts, shape: AalenJohansen, weight: Floats) -> Floats:
    at_risk = np.einsum("sma,ma->sa", calendar.at_risk, weight)
    return np.asarray((shape.hazards * at_risk[:, None, :]).sum(axis=-1))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
