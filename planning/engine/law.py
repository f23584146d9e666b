"""What the engine is told: how a funnel behaves, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Beyond this a rate is anybody's guess; the bound keeps exp() finite for stages that nobody
# has come through.
MAX_LOG_SD = 3.0

# Survival below this is rounding.
NOBODY_LEFT = 1e-12

VALUE_LAW = ("value_offspring", "value_wins", "value_survival")


class InvalidLaw(ValueError):
    """The arrays of a law contradict each other."""


@dataclass(frozen=True, eq=False)
class FunnelLaw:
    """A funnel as a semi-Markov branching process, with the age in a stage counted in bins.

    stages: S names in funnel order, ladder stages first.
    edges: float[A+1], days; age bin a is [edges[a], edges[a+1]), edges[0] = 0.
    offspring: float[S, S, A], expected entries into j in age bin a after an entry into i;
        the row that joins ladder and pipeline may sum to more than one.
    wins: float[S, A], expected direct moves to won in age bin a after an entry into i.
    survival: float[S, A+1], probability that a stay lasts at least to edges[a].
    amount_per_win: mean won amount, plan currency; NaN or 0 where nothing was ever won.
    success_log_sd: float[S], standard deviation of the log of each stage's success rate.
    amount_cv: coefficient of variation of won amounts.
    shock_sd: standard deviation of the log of a shock common to all conversions.
    value_offspring, value_wins: the same as offspring and wins per unit of money instead of
        per subject (big deals win less often); ladder rows repeat offspring. With them goes
        mean_amount, the mean amount of a deal entering the pipeline, and value_survival, the
        share of the money still in the stage (default: survival).
    direct_per_month: float[S], entries a month that come without having passed the first stage.
    oldest_bin: int[S], the oldest age bin with stays at risk; default: the last one that any
        stay survives to.
    wins_seen: how many wins the rates rest on; None where they were not counted but given.

    Raises InvalidLaw where shapes disagree, a value is negative or missing, or the expected
    offspring would grow without end.
    """

    stages: tuple[str, ...]
    edges: Floats
    offspring: Floats
    wins: Floats
    survival: Floats
    amount_per_win: float
    success_log_sd: Floats
    amount_cv: float = 0.0
    shock_sd: float = 0.0
    value_offspring: Floats | None = None
    value_wins: Floats | None = None
    value_survival: Floats | None = None
    mean_amount: float | None = None
    direct_per_month: Floats | None = None
    oldest_bin: Ints | None = None
    wins_seen: float | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_values(self)
        _check_growth(self.offspring)
        if self.value_offspring is not None:
            _check_growth(self.value_offspring)

    @property
    def has_value_law(self) -> bool:
        return self.value_offspring is not None

    @property
    def money_unit(self) -> float:
        """What one subject is worth in the money law, plan currency; 0 where unknown."""
        amount = self.mean_amount if self.has_value_law else self.amount_per_win
        return float(amount) if amount is not None and np.isfinite(amount) else 0.0

    @property
    def size_biased_amount(self) -> float:
        """E[X^2]/E[X] of won amounts: the variance of compound Poisson revenue per unit of it."""
        amount = self.amount_per_win
        return float(amount * (1 + self.amount_cv**2)) if np.isfinite(amount) else 0.0

    @cached_property
    def success(self) -> Floats:
        """float[S]: expected wins per entry, however late (1.0 can be passed at the join)."""
        return _eventual(self.offspring, self.wins)

    @cached_property
    def eventual_revenue(self) -> Floats:
        """float[S]: expected revenue per entry, however late, plan currency."""
        if self.value_offspring is None or self.value_wins is None:
            return self.success * self.money_unit
        return _eventual(self.value_offspring, self.value_wins) * self.money_unit

    @cached_property
    def estimable_bin(self) -> Ints:
        """int[S]: the last age bin whose outlook can be estimated (A-1 where all can)."""
        last = self.edges.size - 2
        seen = np.where(self.survival[:, : last + 1] > NOBODY_LEFT, np.arange(last + 1), 0).max(
            axis=1
        )
        if self.oldest_bin is not None:
            seen = np.minimum(seen, self.oldest_bin)
        return np.asarray(seen, dtype=np.int64)

    @cached_property
    def rate_covariance(self) -> Floats:
        """float[S, S]: covariance of the log success rates.

        Success of an early stage is the rate up to a later one times the later one's success,
        so two stages share the uncertainty of the later one, which is the smaller:
        cov(i, j) = min(var_i, var_j).
        """
        sd = np.nan_to_num(self.success_log_sd, nan=MAX_LOG_SD, posinf=MAX_LOG_SD)
        variance = np.minimum(sd, MAX_LOG_SD) ** 2
        return np.asarray(np.minimum.outer(variance, variance))


@dataclass(frozen=True, eq=False)
class OpenStays:
    """The subjects that are in a stage at `as_of`.

    stage: int[n], index into the law's stages.
    age_days: float[n], days since the stage was entered.
    amount: float[n], plan currency; NaN for customers and for deals without an amount.
    count: float[n], subjects that a row stands for (1 where not given), of one age bin of
        AGE_EDGES and with or without amounts together; age_days and amount are then means, and
        amount_sq: float[n] the mean of their squared amounts.

    Raises ValueError where lengths differ or an age is negative or missing.
    """

    stage: Ints
    age_days: Floats
    amount: Floats
    count: Floats = None  # type: ignore[assignment]
    amount_sq: Floats = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.count is None:
            object.__setattr__(self, "count", np.ones(self.stage.size))
        if self.amount_sq is None:
            object.__setattr__(self, "amount_sq", self.amount**2)
        columns = (self.age_days, self.amount, self.count, self.amount_sq)
        if any(column.shape != self.stage.shape for column in columns):
            raise ValueError("stage, age_days and amount differ in length")
        if not np.all(self.age_days >= 0):
            raise ValueError("ages are zero or more days")

    @classmethod
    def none(cls) -> OpenStays:
        return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))

    def __len__(self) -> int:
        return int(self.stage.size)

    def at_rows(self, rows: Bools) -> OpenStays:
        floats = (self.age_days, self.amount, self.count, self.amount_sq)
        return OpenStays(self.stage[rows], *(column[rows] for column in floats))


def _check_shapes(law: FunnelLaw) -> None:
    count, bins = len(law.stages), law.edges.size - 1
    expected = {
        "offspring": (count, count, bins),
        "wins": (count, bins),
        "survival": (count, bins + 1),
        "success_log_sd": (count,),
        "value_offspring": (count, count, bins),
        "value_wins": (count, bins),
        "value_survival": (count, bins + 1),
        "direct_per_month": (count,),
        "oldest_bin": (count,),
    }
    if count == 0 or bins < 1:
        raise InvalidLaw("a funnel has at least one stage and one age bin")
    for name, shape in expected.items():
        array = getattr(law, name)
        if array is not None and array.shape != shape:
            raise InvalidLaw(f"{name} has shape {array.shape}, expected {shape}")
    parts = (law.value_offspring, law.value_wins, law.mean_amount)
    if len({part is None for part in parts}) > 1:
        raise InvalidLaw("value_offspring, value_wins and mean_amount go together")


def _check_values(law: FunnelLaw) -> None:
    if law.edges[0] != 0 or not np.all(np.diff(law.edges) > 0):
        raise InvalidLaw("edges rise from 0")
    for name in ("offspring", "wins", "survival", *VALUE_LAW):
        array = getattr(law, name)
        if array is not None and not np.all(np.isfinite(array) & (array >= 0)):
            raise InvalidLaw(f"{name} holds a negative or missing value")
    if not (law.amount_cv >= 0 and law.shock_sd >= 0):
        raise InvalidLaw("amount_cv and shock_sd are zero or more")


def _check_growth(offspring: Floats) -> None:
    radius = np.abs(np.linalg.eigvals(offspring.sum(axis=2))).max()
    if radius > 1 + 1e-6:
        raise InvalidLaw("a stage leads back to itself more than once: the funnel never ends")


def _eventual(offspring: Floats, wins: Floats) -> Floats:
    """Absorption values of the embedded chain, (I - Q)^-1 w.

    Two stages that only ever lead to each other make I - Q singular; the hair of damping
    picks the smallest solution, in which nothing is ever won from there.
    """
    transfer = offspring.sum(axis=2) * (1 - 1e-9)
    return np.asarray(np.linalg.solve(np.eye(len(transfer)) - transfer, wins.sum(axis=1)))
