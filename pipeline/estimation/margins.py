"""The two margins of a count cube that rates are made of, so kept that they can be added to.

By month of entry (levels, drift, trends) and by bucket (intervals). Both are sums over deals, so a
database can keep them and take deals in and out, and no cell changes by time passing alone: stays
that have not ended are kept by the day they began on, and get their age when they are looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import DAY, age_bin_between
from pipeline.estimation.calendar import CalendarCounts, calendar_of_cells, month_starts
from pipeline.estimation.cells import Cells
from pipeline.estimation.counts import EventCounts, cell_key, sum_cells
from pipeline.estimation.handover import Deals, months_between
from pipeline.estimation.months import MonthOf
from pipeline.estimation.stages import StageList
from pipeline.estimation.standing import (
    Cohorts,
    Standing,
    cohorts_of,
    older,
    recent_month,
    spread_over_ages,
    standing_stays,
)
from pipeline.estimation.stays import OPEN, Stays, bucket_of
from pipeline.estimation.value import AmountCounts

NEW, AGAIN = -3, -4
"""In place of a destination: a deal begun in the stage, by a new customer, or by one who had won
before."""

YEAR = 12


@dataclass(frozen=True)
class Ended:
    """Stays that ended and wins, one row each, before they are summed.

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

    @classmethod
    def join(cls, parts: "Sequence[Ended]") -> "Ended":
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def by_month(self) -> Cells:
        return self._summed(self.month)

    def by_bucket(self) -> Cells:
        return self._summed(bucket_of(self.subject))

    def _summed(self, first: Ints) -> Cells:
        keys = (first, self.stage, self.destination, self.age)
        return Cells.of_rows(keys, self.amount, self.priced)


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
class Margins:
    """All that the rates of one part of a funnel are made of, as known at `as_of` (microseconds).

    `kept_by_month` and `kept_by_bucket` as `kept_cells` has them; `recent` are the standing stays
    begun in recent_month or after it, one row each; `first` is the instant of the first opening.
    """

    stages: StageList
    as_of: int
    kept_by_month: Cells
    kept_by_bucket: Cells
    recent: Standing
    first: int | None
    month_of: MonthOf

    @cached_property
    def by_bucket(self) -> Cells:
        """Cells of all stays by bucket, the standing ones censored; without wins."""
        days = older(self.kept_by_month, self.as_of, self._recent_month)
        buckets = self.kept_by_bucket
        recent = self.recent.cells(bucket_of(self.recent.subject), self.as_of)
        return Cells.add([self._ended(buckets), recent, spread_over_ages(buckets, days)])

    @cached_property
    def by_month(self) -> Cells:
        """The same by month of entry."""
        days = older(self.kept_by_month, self.as_of, self._recent_month)
        recent = self.recent.cells(self.month_of(self.recent.since), self.as_of)
        return Cells.add([self._ended(self.kept_by_month), recent, days])

    def _ended(self, kept: Cells) -> Cells:
        stage, destination = kept.keys[:, 1], kept.keys[:, 2]
        return kept.at_rows((stage != self.stages.won) & (destination >= OPEN))

    @cached_property
    def _recent_month(self) -> int:
        return recent_month(self.as_of, self.month_of)

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
    def calendar(self) -> CalendarCounts:
        """Stays by month of entry."""
        return calendar_of_cells(self.stages, self.by_month)

    @cached_property
    def calendar_money(self) -> CalendarCounts:
        """Amounts by month of entry."""
        return calendar_of_cells(self.stages, self.by_month, by_value=True)

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
        kept = self.kept_by_month
        rows = kept.at_rows(kept.keys[:, 1] == self.stages.won)
        rows = rows.at_rows(rows.keys[:, 2] == OPEN)
        month, place = np.unique(rows.keys[:, 0], return_inverse=True)
        sums = np.zeros((len(month), 4))
        np.add.at(sums, place, rows.sums)
        return WonMonths(month, *sums.T)

    @cached_property
    def cohorts(self) -> Cohorts:
        """The standing subjects that are not lost, by stage and age bin."""
        return cohorts_of(
            self.recent, self.kept_by_month, self.as_of, self._recent_month, lost=self.stages.lost
        )

    @cached_property
    def starts_per_month(self) -> Floats:
        """float[K]: deals of new customers a month by first stage, over the last year at most."""
        return self.per_month(self.begun(NEW))

    @cached_property
    def repeats_per_month(self) -> Floats:
        """The same of customers who had bought before."""
        return self.per_month(self.begun(AGAIN))

    def begun(self, kind: int) -> Cells:
        """Openings by month: those of NEW customers, or of those who come AGAIN."""
        return self.kept_by_month.at_rows(self.kept_by_month.keys[:, 2] == kind)

    def per_month(self, begun: Cells) -> Floats:
        """float[K]: some of the openings a month by first stage, over the last year at most."""
        table = np.zeros(len(self.stages))
        if self.first is None or not len(begun):
            return table
        since = max(int(self.months[-1]) - YEAR, int(begun.keys[:, 0].min()))
        begun = begun.at_rows(begun.keys[:, 0] >= since)
        np.add.at(table, begun.keys[:, 1], begun.sums[:, 0])
        begin = max(self.first, int(month_starts(np.array([since]))[0] * DAY))
        return table / months_between(begin, self.as_of)


def ended_stays(stays: Stays, month_of: MonthOf) -> Ended:
    """The stays that ended before `as_of`, and the wins."""
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


def kept_cells(ended: Ended, standing: Standing, month_of: MonthOf) -> tuple[Cells, Cells]:
    """What is kept of some stays: cells by month of entry, and by bucket."""
    return (
        Cells.add([ended.by_month(), standing.by_day(month_of)]),
        Cells.add([ended.by_bucket(), standing.by_bucket(month_of)]),
    )


def openings(opened: Deals, is_repeat: Bools, month_of: MonthOf) -> Cells:
    """Cells by month of who began where."""
    nothing = np.zeros(len(opened), np.int64)
    keys = (month_of(opened.opened), opened.first_stage, np.where(is_repeat, AGAIN, NEW), nothing)
    return Cells.of_rows(keys, np.full(len(opened), np.nan), np.zeros(len(opened), bool))


def margins_of(stays: Stays, month_of: MonthOf) -> Margins:
    """Margins straight from a history's stays, without openings."""
    standing = standing_stays(stays)
    by_month, by_bucket = kept_cells(ended_stays(stays, month_of), standing, month_of)
    recent = standing.begun_from(recent_month(stays.as_of, month_of), month_of)
    return Margins(stays.stages, stays.as_of, by_month, by_bucket, recent, None, month_of)
