"""The two margins of a count cube that estimates are made of, and the stays still standing.

By month of entry (levels, drift, trends) and by bucket (intervals); both add up over deals, so a
database can keep them and take changes in and out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_BINS, DAY, age_bin_between
from pipeline.estimation.counts import EventCounts, cell_key, sum_cells
from pipeline.estimation.cube import gather
from pipeline.estimation.months import MonthOf
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import OPEN, Stays, bucket_of
from pipeline.estimation.value import AmountCounts


@dataclass(frozen=True)
class Cells:
    """Sums over stays by cell: keys int64[n, 4], whose first column is a month or a bucket, then
    stage, destination and age bin; sums float[n, 4] in the order of cube.SUMS."""

    keys: Ints
    sums: Floats

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def none(cls) -> "Cells":
        return cls(np.zeros((0, 4), np.int64), np.zeros((0, 4)))

    @classmethod
    def add(cls, parts: "Sequence[Cells]") -> "Cells":
        """Sum of several; cells without anything in them are left out."""
        keys = np.concatenate([part.keys for part in parts])
        keys, sums = gather(keys, np.concatenate([part.sums for part in parts]))
        filled = (sums != 0).any(axis=1)
        return cls(keys[filled], sums[filled])

    def __neg__(self) -> "Cells":
        return Cells(self.keys, -self.sums)


@dataclass(frozen=True)
class Ended:
    """The cells of stays that ended and of wins, one row each, before they are summed.

    `subject` int64[n]; `stage`, `destination` (OPEN where nobody watched any more), `month` of
    entry and `age` bin int64[n]; `amount` float[n], nan where unknown; `priced` bool[n]. A win is
    a row in the won stage, its month that of the win.
    """

    subject: Ints
    stage: Ints
    destination: Ints
    month: Ints
    age: Ints
    amount: Floats
    priced: Bools

    def __len__(self) -> int:
        return len(self.subject)

    def by_month(self) -> Cells:
        return self._summed(self.month)

    def by_bucket(self) -> Cells:
        return self._summed(bucket_of(self.subject))

    def _summed(self, first: Ints) -> Cells:
        return _sum_rows((first, self.stage, self.destination, self.age), self.amount, self.priced)


@dataclass(frozen=True)
class Standing:
    """Stays that had not ended at `as_of`, of subjects that are watched: subject int64[n], stage
    int64[n], since int64[n] in microseconds, amount float[n] (nan where unknown)."""

    subject: Ints
    stage: Ints
    since: Ints
    amount: Floats

    def __len__(self) -> int:
        return len(self.subject)

    @classmethod
    def join(cls, parts: "Sequence[Standing]") -> "Standing":
        columns = zip(*((p.subject, p.stage, p.since, p.amount) for p in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def at_rows(self, rows: Bools | Ints) -> "Standing":
        return Standing(self.subject[rows], self.stage[rows], self.since[rows], self.amount[rows])

    def cells(self, first: Ints, as_of: int) -> Cells:
        """Their cells as censored stays; `first` int64[n] is the month of entry or the bucket."""
        age = age_bin_between(self.since, np.full_like(self.since, as_of))
        keys = (first, self.stage, np.full(len(self), OPEN), age)
        return _sum_rows(keys, self.amount, self.amount > 0)


@dataclass(frozen=True)
class WonMonths:
    """What each month brought: month numbers int[M], wins, priced (those with an amount), amount
    and amount_sq float[M]."""

    month: Ints
    wins: Floats
    priced: Floats
    amount: Floats
    amount_sq: Floats

    @property
    def mean_amount(self) -> float | None:
        """Mean amount of a win, None where none is known."""
        priced = self.priced.sum()
        return float(self.amount.sum() / priced) if priced else None

    @property
    def amount_cv(self) -> float | None:
        """Standard deviation of an amount by its mean."""
        mean, priced = self.mean_amount, self.priced.sum()
        if not mean:
            return None
        return float(np.sqrt(max(self.amount_sq.sum() / priced / mean**2 - 1.0, 0.0)))


@dataclass(frozen=True)
class Cohorts:
    """Open subjects of one stage and age bin together: stage, bin int[n]; count float[n]; age_days
    float[n], their mean age; known float[n], those with an amount; amount, amount_sq float[n]."""

    stage: Ints
    bin: Ints
    count: Floats
    age_days: Floats
    known: Floats
    amount: Floats
    amount_sq: Floats


@dataclass(frozen=True)
class Margins:
    """All that the rates of one part of a funnel are made of, as known at `as_of` (microseconds).

    `ended_by_month` and `ended_by_bucket` hold the same stays; `month_of` is the company's
    calendar.
    """

    stages: StageList
    as_of: int
    ended_by_month: Cells
    ended_by_bucket: Cells
    standing: Standing
    month_of: MonthOf

    @cached_property
    def by_bucket(self) -> Cells:
        """Cells of all stays by bucket, the standing ones censored; without wins."""
        standing = self.standing.cells(bucket_of(self.standing.subject), self.as_of)
        return _together(self.ended_by_bucket, standing, self.stages)

    @cached_property
    def by_month(self) -> Cells:
        """The same by month of entry."""
        standing = self.standing.cells(self.month_of(self.standing.since), self.as_of)
        return _together(self.ended_by_month, standing, self.stages)

    @cached_property
    def counts(self) -> EventCounts:
        """float[64, ...]."""
        return sum_cells(self.stages, self._key, self.by_bucket.sums[:, 0])

    @cached_property
    def money(self) -> AmountCounts:
        """Amounts and the number of stays with one, float[64, ...] each."""
        _count, priced, amount, amount_sq = self.by_bucket.sums.T
        return AmountCounts(
            sum_cells(self.stages, self._key, amount, amount_sq),
            sum_cells(self.stages, self._key, priced),
        )

    @cached_property
    def _key(self) -> Ints:
        return cell_key(self.stages, *self.by_bucket.keys.T)

    @cached_property
    def months(self) -> Ints:
        """Month numbers from the first of the history to that of `as_of`, int64[M]."""
        seen = self.by_month.keys[:, 0], self.won.month
        last = int(self.month_of(np.array([self.as_of], np.int64))[0])
        first = min([last, *(int(found.min()) for found in seen if len(found))])
        return np.arange(first, last + 1)

    @cached_property
    def entries(self) -> Floats:
        """float[M, K]: stays begun in each of `months`."""
        table = np.zeros((len(self.months), len(self.stages)))
        month, stage = self.by_month.keys[:, 0], self.by_month.keys[:, 1]
        np.add.at(table, (month - self.months[0], stage), self.by_month.sums[:, 0])
        return table

    @cached_property
    def won(self) -> WonMonths:
        rows = self.ended_by_month.keys[:, 1] == self.stages.won
        month, place = np.unique(self.ended_by_month.keys[rows, 0], return_inverse=True)
        sums = np.zeros((len(month), 4))
        np.add.at(sums, place, self.ended_by_month.sums[rows])
        return WonMonths(month, *sums.T)

    @cached_property
    def cohorts(self) -> Cohorts:
        """The standing subjects that are not lost, by stage and age bin."""
        here = self.standing.at_rows(self.standing.stage != self.stages.lost)
        age = (self.as_of - here.since) / DAY
        bins = age_bin_between(here.since, np.full_like(here.since, self.as_of))
        key, place = np.unique(here.stage * AGE_BINS + bins, return_inverse=True)
        known = np.isfinite(here.amount)
        amount = np.nan_to_num(here.amount)

        def total(weight: Floats) -> Floats:
            return np.bincount(place, weight, len(key)).astype(float)

        count = total(np.ones(len(here)))
        stage, age_bin = np.divmod(key, AGE_BINS)
        mean_age = total(age) / np.maximum(count, 1.0)
        money = (total(known.astype(float)), total(amount), total(amount**2))
        return Cohorts(stage, age_bin, count, mean_age, *money)


def ended_stays(stays: Stays, month_of: MonthOf) -> Ended:
    """The cells of the stays that ended before `as_of`, and of the wins."""
    over = (stays.destination != OPEN) | (stays.left < stays.as_of)
    wins = stays.wins
    amount = np.full(len(stays), np.nan) if stays.amount is None else stays.amount
    nothing = np.zeros(len(wins), np.int64)
    columns = (
        (stays.subject[over], wins.subject),
        (stays.stage[over], nothing + stays.stages.won),
        (stays.destination[over], nothing + OPEN),
        (month_of(stays.entered[over]), month_of(wins.at)),
        (age_bin_between(stays.entered[over], stays.left[over]), nothing),
        (amount[over], wins.amount),
        # A stay without a positive amount weighs nothing; a win of nothing is worth nothing.
        (amount[over] > 0, np.isfinite(wins.amount)),
    )
    return Ended(*(np.concatenate(parts) for parts in columns))


def standing_stays(stays: Stays) -> Standing:
    """The stays that had not ended at `as_of`, of subjects that are watched."""
    here = (stays.destination == OPEN) & (stays.left == stays.as_of)
    amount = np.full(len(stays), np.nan) if stays.amount is None else stays.amount
    stage = stays.stage[here].astype(np.int64)
    return Standing(stays.subject[here], stage, stays.entered[here], amount[here])


def margins_of(stays: Stays, month_of: MonthOf) -> Margins:
    """Margins straight from a history's stays."""
    ended = ended_stays(stays, month_of)
    return Margins(
        stays.stages,
        stays.as_of,
        ended.by_month(),
        ended.by_bucket(),
        standing_stays(stays),
        month_of,
    )


def _sum_rows(keys: tuple[Ints, ...], amount: Floats, priced: Bools) -> Cells:
    worth = np.nan_to_num(amount)
    sums = np.column_stack([np.ones(len(worth)), priced, worth, worth**2])
    columns = [column.astype(np.int64, copy=False) for column in keys]
    return Cells(*gather(np.column_stack(columns), sums))


def _together(ended: Cells, standing: Cells, stages: StageList) -> Cells:
    stays = ended.keys[:, 1] != stages.won
    return Cells.add([Cells(ended.keys[stays], ended.sums[stays]), standing])
