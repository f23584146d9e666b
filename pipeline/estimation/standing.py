"""Stays that have not ended: kept by the day they began on, and as old as they are looked at.

Those begun lately are looked at one by one. Of those begun earlier, when age bins are days wide,
the day is enough; and how a month's of one bucket spread over its days is taken to be as for all
buckets together, which leaves every sum over buckets exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import AGE_BINS, DAY, age_bin_between
from pipeline.estimation.cells import Cells, gather
from pipeline.estimation.months import MonthOf
from pipeline.estimation.stays import OPEN, Stays, bucket_of

STANDING = -2
"""In place of a destination: the stay has not ended, and in place of its age stands the day it
began on (by month) or the month (by bucket)."""

MOST_STAGES = 1 << 20

RECENT_DAYS = 28
"""From this age on bins are wider than a day."""


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

    def begun_from(self, month: int, month_of: MonthOf) -> "Standing":
        return self.at_rows(month_of(self.since) >= month)

    def by_day(self, month_of: MonthOf) -> Cells:
        """Kept cells: month of entry, stage, STANDING, day since 1970."""
        return self._kept(month_of(self.since), self.since // DAY)

    def by_bucket(self, month_of: MonthOf) -> Cells:
        """Kept cells: bucket, stage, STANDING, month of entry."""
        return self._kept(bucket_of(self.subject), month_of(self.since))

    def cells(self, first: Ints, as_of: int) -> Cells:
        """Their cells as censored stays; `first` int64[n] is the month of entry or the bucket."""
        age = age_bin_between(self.since, np.full_like(self.since, as_of))
        keys = (first, self.stage, np.full(len(self), OPEN), age)
        return Cells.of_rows(keys, self.amount, self.amount > 0)

    def _kept(self, first: Ints, last: Ints) -> Cells:
        keys = (first, self.stage, np.full(len(self), STANDING), last)
        return Cells.of_rows(keys, self.amount, self.amount > 0)


@dataclass(frozen=True)
class Cohorts:
    """Open subjects of one stage and age bin together: stage int[n]; count float[n]; age_days
    float[n], their mean age; known float[n], those with an amount; amount, amount_sq float[n]."""

    stage: Ints
    count: Floats
    age_days: Floats
    known: Floats
    amount: Floats
    amount_sq: Floats


def standing_stays(stays: Stays) -> Standing:
    """The stays that had not ended at `as_of`, of subjects that are watched."""
    here = (stays.destination == OPEN) & (stays.left == stays.as_of)
    amount = np.full(len(stays), np.nan) if stays.amount is None else stays.amount
    stage = stays.stage[here].astype(np.int64)
    return Standing(stays.subject[here], stage, stays.entered[here], amount[here])


def recent_month(as_of: int, month_of: MonthOf) -> int:
    """Month number from which on standing stays are looked at one by one."""
    return int(month_of(np.array([as_of - RECENT_DAYS * DAY], np.int64))[0])


def older(by_month: Cells, as_of: int, recent: int) -> Cells:
    """The standing stays begun before the month `recent`, as censored cells by month."""
    days = _before(by_month, recent)
    month, stage, _standing, day = days.keys.T
    censored = np.full(len(days), OPEN)
    keys = np.column_stack([month, stage, censored, _age_bin(day, as_of)])
    return Cells(*gather(keys, days.sums))


def spread_over_ages(by_bucket: Cells, days: Cells) -> Cells:
    """The same by bucket: the months' numbers of each bucket, over ages as `days` have them."""
    if not len(days):
        return Cells.none()
    months = by_bucket.at_rows(by_bucket.keys[:, 2] == STANDING)
    bucket, stage, _standing, month = months.keys.T
    groups, begin, member = np.unique(
        _group(days.keys[:, 0], days.keys[:, 1]), return_index=True, return_inverse=True
    )
    totals = np.zeros((len(groups), 4))
    np.add.at(totals, member, days.sums)
    share = np.divide(days.sums, totals[member], out=np.zeros_like(days.sums), where=days.sums > 0)
    wanted = _group(month, stage)
    group = np.minimum(np.searchsorted(groups, wanted), len(groups) - 1)
    found = np.flatnonzero(groups[group] == wanted)
    ages = np.bincount(member)[group[found]]
    rows = np.repeat(found, ages)
    day = begin[group[rows]] + np.arange(len(rows)) - np.repeat(np.cumsum(ages) - ages, ages)
    keys = np.column_stack([bucket[rows], stage[rows], days.keys[day, 2], days.keys[day, 3]])
    return Cells(keys, months.sums[rows] * share[day])


def _group(month: Ints, stage: Ints) -> Ints:
    """One number in the order of month, then stage."""
    return month * MOST_STAGES + stage


def cohorts_of(recent: Standing, by_month: Cells, as_of: int, month: int, *, lost: int) -> Cohorts:
    """Those that are not lost, by stage and age bin; `recent` from the month number on."""
    young = recent.at_rows(recent.stage != lost)
    old = _before(by_month, month)
    old = old.at_rows(old.keys[:, 1] != lost)
    day, known = old.keys[:, 3], young.amount > 0
    stage = np.concatenate([young.stage, old.keys[:, 1]])
    bins = age_bin_between(young.since, np.full_like(young.since, as_of))
    key = stage * AGE_BINS + np.concatenate([bins, _age_bin(day, as_of)])
    age = np.concatenate([(as_of - young.since) / DAY, (as_of - _noon(day)) / DAY])
    amount = np.where(known, young.amount, 0.0)
    each = np.column_stack([np.ones(len(young)), known, amount, amount**2])
    sums = np.concatenate([each, old.sums])
    keys, totals = gather(key[:, None], np.column_stack([sums, age * sums[:, 0]]))
    count, priced, money, money_sq, ages = totals.T if len(totals) else np.zeros((5, 0))
    return Cohorts(keys[:, 0] // AGE_BINS, count, ages / count, priced, money, money_sq)


def _before(by_month: Cells, month: int) -> Cells:
    keys = by_month.keys
    return by_month.at_rows((keys[:, 2] == STANDING) & (keys[:, 0] < month))


def _noon(day: Ints) -> Ints:
    return day * DAY + DAY // 2


def _age_bin(day: Ints, as_of: int) -> Ints:
    return age_bin_between(_noon(day), np.full_like(day, as_of))
