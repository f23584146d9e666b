"""What the subjects that are open at `as_of` will still bring, by their stage and their age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planning.engine.kernels import Renewals
from planning.engine.law import NOBODY_LEFT, Bools, Floats, FunnelLaw, Ints, OpenStays


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Open stays of one stage and age bin, taken together at their mean age.

    stage, bin: int[G]; age: float[G], days; count: float[G], subjects; worth: float[G], their
    amounts, the law's mean where unknown. carried: subjects older than any stay seen.
    Lags are linear in the age, so a cohort's mean lag is that of its members.
    """

    stage: Ints
    bin: Ints
    age: Floats
    count: Floats
    worth: Floats
    carried: int


@dataclass(frozen=True, eq=False)
class Stock:
    """What the open stays are worth by stage, chances apart: amounts, squared_amounts:
    float[S], known amounts and their squares, summed; unknown: float[S], subjects without."""

    amounts: Floats
    squared_amounts: Floats
    unknown: Floats

    @classmethod
    def of(cls, stays: OpenStays, stages: int) -> Stock:
        known = np.isfinite(stays.amount)
        own = np.where(known, stays.amount, 0.0) * stays.count
        squares = np.where(known, stays.amount_sq, 0.0) * stays.count
        columns = (own, squares, ~known * stays.count)
        return cls(*(_sum_by(stays.stage, column, stages) for column in columns))


@dataclass(frozen=True, eq=False)
class PipelineCredit(Stock):
    """What follows from the open stays in D days, kept apart by their stage s at `as_of`.

    entries: float[S, D, S], moves still to come into the last axis; wins: float[S, D];
    revenue: float[S, D], plan currency; carried: subjects older than any stay seen, given the
    outlook of the oldest age that could be estimated.
    """

    entries: Floats
    wins: Floats
    revenue: Floats
    carried: int


def credit_open_stays(
    law: FunnelLaw, stays: OpenStays, days: int, renewals: Renewals | None = None
) -> PipelineCredit:
    """Expected entries, wins and revenue of `stays` in the `days` days after `as_of`.

    A stay of age a in stage s moves on with density f_s(a + d) / S_s(a-), a- the start of its
    age bin. Deals count with their own amount where it is known, else with the law's mean.
    """
    renewals = renewals or Renewals(law, days)
    cohorts = group(law, stays)
    counts, money = first_moves(law, cohorts, days)
    stock = Stock.of(stays, len(law.stages))
    return PipelineCredit(
        **vars(stock),
        entries=renewals.counts.entries(counts[:, :, :-1]),
        wins=counts[:, :, -1] + renewals.counts.wins(counts[:, :, :-1]),
        revenue=money[:, :, -1] + renewals.money.wins(money[:, :, :-1]),
        carried=cohorts.carried,
    )


def group(law: FunnelLaw, stays: OpenStays) -> Cohorts:
    """The stays by (stage, age bin); the oldest, not estimable, with the last bin that is."""
    bins, carried = _bins(law, stays)
    last = law.edges.size - 1
    age = np.where(carried, law.edges[bins], stays.age_days)
    worth = np.where(np.isfinite(stays.amount), stays.amount, law.money_unit)
    keys, member = np.unique(stays.stage * last + bins, return_inverse=True)
    count = _sum_by(member, stays.count, keys.size)
    stage, own_bin = np.divmod(keys, last)
    age = _sum_by(member, age * stays.count, keys.size)
    mean_age = np.maximum(age / count, law.edges[own_bin])
    worth = _sum_by(member, worth * stays.count, keys.size)
    return Cohorts(stage, own_bin, mean_age, count, worth, int(stays.count[carried].sum()))


def first_moves(law: FunnelLaw, cohorts: Cohorts, days: int) -> tuple[Floats, Floats]:
    """Next moves from each stage per day, float[S, days, S+1] with won last: subjects, money."""
    counts = np.concatenate([law.offspring, law.wins[:, None]], axis=1)
    passage = _passage(law.edges, cohorts, days)
    moves = _moves(cohorts, passage, cohorts.count, law.survival, counts)
    return moves, _money(law, cohorts, passage)


def first_money(law: FunnelLaw, cohorts: Cohorts, days: int) -> Floats:
    """The money of `first_moves` alone, float[S, days, S+1]."""
    return _money(law, cohorts, _passage(law.edges, cohorts, days))


def _money(law: FunnelLaw, cohorts: Cohorts, passage: _Passage) -> Floats:
    offspring, wins, survival = law.offspring, law.wins, law.survival
    if law.value_offspring is not None and law.value_wins is not None:
        offspring, wins = law.value_offspring, law.value_wins
    if law.value_survival is not None:
        survival = law.value_survival
    moves = np.concatenate([offspring, wins[:, None]], axis=1)
    return _moves(cohorts, passage, cohorts.worth, survival, moves)


def _bins(law: FunnelLaw, stays: OpenStays) -> tuple[Ints, Bools]:
    """Age bin of each stay, and whether it had to be carried from the last estimable one."""
    oldest = law.estimable_bin[stays.stage]
    found = np.searchsorted(law.edges, stays.age_days, side="right") - 1
    carried = found > oldest
    return np.where(carried, oldest, found), carried


@dataclass(frozen=True, eq=False)
class _Passage:
    """When the cohorts pass the age bins ahead of them, one row a cohort and bin: start and
    end float[P], lags in days, of an even passage that begins before day `days`."""

    owner: Ints
    bin: Ints
    start: Floats
    end: Floats
    days: int


def _passage(edges: Floats, cohorts: Cohorts, days: int) -> _Passage:
    """Bin c is passed from edges[c] - age to edges[c+1] - age; the rest of its own bin, which
    a cohort has all survived to the start of, begins at once."""
    owner, age_bin = np.nonzero(np.arange(edges.size - 1) >= cohorts.bin[:, None])
    start = np.maximum(edges[age_bin] - cohorts.age[owner], 0.0)
    end = np.maximum(edges[age_bin + 1] - cohorts.age[owner], start + 1e-3)
    soon = start < days
    return _Passage(owner[soon], age_bin[soon], start[soon], end[soon], days)


def _moves(
    cohorts: Cohorts, passage: _Passage, size: Floats, survival: Floats, moves: Floats
) -> Floats:
    """float[S, days, S+1] moves of cohorts of `size`, given float[S, S+1, A] `moves` by age bin.

    An even flow is a rise of the rate at its start and a fall at its end, each shared between
    the two days around it, so that the cost grows with the bins and not with the days.
    """
    stages, targets, bins = moves.shape
    if not passage.owner.size:
        return np.zeros((stages, passage.days, targets))
    lasted = survival[cohorts.stage, cohorts.bin]
    # Money can be gone from a stage in which subjects are left; it moves no further.
    share = np.where(lasted > NOBODY_LEFT, size / np.maximum(lasted, NOBODY_LEFT), 0.0)
    rate = share[passage.owner] / (passage.end - passage.start)
    at = np.minimum(np.concatenate([passage.start, passage.end]), passage.days)
    step, day = np.concatenate([rate, -rate]), at.astype(np.int64)
    later = (at - day) * step
    stage = np.tile(cohorts.stage[passage.owner], 2)
    row, column = stage * (passage.days + 2) + day, stage * bins + np.tile(passage.bin, 2)
    steps = np.concatenate([step - later, later])
    where = (np.concatenate([row, row + 1]), np.tile(column, 2))
    changes = sparse.coo_array((steps, where), (stages * (passage.days + 2), stages * bins))
    changed = changes @ moves.transpose(0, 2, 1).reshape(-1, targets)
    per_day = np.cumsum(changed.reshape(stages, -1, targets)[:, : passage.days], axis=1)
    # Summed differences leave rounding of either sign where nothing moves any more.
    return np.asarray(np.maximum(per_day, 0.0))


def _sum_by(key: Ints, weight: Floats | Bools, size: int) -> Floats:
    return np.bincount(key, weight, size).astype(float, copy=False)
