"""Hours of work by stage, measured by what people noted.

Work is placed in the earliest stay of its subject that holds its instant, both ends included: what
was done at the very instant of a move led to that move, and belongs to the stage that was left.
Of each stage the minutes of its first ``FIRST_DAYS`` days, of stays that began within the period,
over the entries of the period are hours for each entry; all other minutes over all subject-months
of stays within the period, open ones too, are hours a month. So ``per_entry * entries + per_month *
months`` are the hours that were noted, and hours over subject-months in all is their honest sum.
Bands are delete-a-group jackknives over the hash buckets of subjects.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.jackknife import log_band

DAY = 86_400_000_000
MONTH_DAYS = 30.4375
FIRST_DAYS = 14
"""Half a month: what comes later is not told from staying by a plan that counts in months."""
BUCKETS = 64
LEVEL = 0.8


@dataclass(frozen=True)
class Visits:
    """Stays int64[n], sorted by subject and, within each, by time. Instants in microseconds;
    ``stage`` from 0 to ``stages`` - 1; ``bucket`` is the subject's, 0 to 63."""

    stages: int
    subject: Ints
    stage: Ints
    entered: Ints
    left: Ints
    bucket: Ints


@dataclass(frozen=True)
class Work:
    """What was done: whom it was for, when (microseconds), and the minutes it took, int64[k]."""

    subject: Ints
    at: Ints
    minutes: Ints

    def __len__(self) -> int:
        return len(self.at)

    def at_rows(self, rows: Bools) -> "Work":
        return Work(self.subject[rows], self.at[rows], self.minutes[rows])


@dataclass(frozen=True)
class Rate:
    """float[S] each; nan where nothing was observed or a band is not known."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Measured:
    """By stage, [S]: ``per_month_in_all`` is hours over subject-months, ``per_entry`` and
    ``per_month`` its two parts. ``subjects`` are those with work in the stage, ``logged`` the share
    of ``stays`` that had any; ``minutes_elsewhere`` lie in no stay of these stages."""

    minutes: Ints
    activities: Ints
    subjects: Ints
    stays: Ints
    entries: Ints
    months: Floats
    logged: Floats
    per_entry: Rate
    per_month: Rate
    per_month_in_all: Rate
    minutes_elsewhere: int


def place_work(visits: Visits, work: Work) -> Ints:
    """int64[k]: the visit that each piece of work belongs to, -1 for none."""
    n = len(visits.subject)
    if not n or not len(work):
        return np.full(len(work), -1, np.int64)
    # Work goes before the visits that end at its instant; the next visit in order is the earliest
    # of the subject that had not ended before.
    kind = np.concatenate([np.zeros(len(work), np.int8), np.ones(n, np.int8)])
    subject = np.concatenate([work.subject, visits.subject])
    at = np.concatenate([work.at, visits.left])
    order = np.lexsort((kind, at, subject))
    ahead = np.empty(len(order), np.int64)
    ahead[order] = np.cumsum(kind[order]) - kind[order]
    # Visits of equal subject and end keep their order: lexsort is stable.
    found = ahead[: len(work)]
    rows = np.minimum(found, n - 1)
    holds = (visits.subject[rows] == work.subject) & (visits.entered[rows] <= work.at)
    return np.where(holds & (found < n), rows, -1)


def measure_hours(visits: Visits, work: Work, *, since: int, as_of: int) -> Measured:
    """What ``work`` from ``since`` to before ``as_of`` (microseconds) tells of each stage."""
    work = work.at_rows((work.at >= since) & (work.at < as_of))
    row = place_work(visits, work)
    inside = (visits.left >= since) & (visits.entered < as_of)
    begun = inside & (visits.entered >= since)
    span = np.clip(np.minimum(visits.left, as_of) - np.maximum(visits.entered, since), 0, None)
    placed = row >= 0
    row, minutes = row[placed], work.minutes[placed]
    is_first = begun[row] & (work.at[placed] - visits.entered[row] <= FIRST_DAYS * DAY)
    sums = _Sums(visits.stages, visits.bucket, visits.stage)
    hours = minutes / 60
    first = sums.of(row[is_first], hours[is_first])
    later = sums.of(row[~is_first], hours[~is_first])
    entries = sums.of(np.flatnonzero(begun), 1.0)
    months = sums.of(np.arange(len(span)), span / (DAY * MONTH_DAYS))
    worked = np.unique(row)
    stays, with_work = sums.of(np.flatnonzero(inside), 1.0), sums.of(worked, 1.0)
    with np.errstate(invalid="ignore"):
        logged = with_work.sum(axis=0) / stays.sum(axis=0)
    who = np.unique(np.column_stack([visits.stage[worked], visits.subject[worked]]), axis=0)
    return Measured(
        minutes=_count(visits, row, minutes),
        activities=_count(visits, row, 1),
        subjects=np.bincount(who[:, 0], minlength=visits.stages),
        stays=stays.sum(axis=0).astype(np.int64),
        entries=entries.sum(axis=0).astype(np.int64),
        months=months.sum(axis=0),
        logged=logged,
        per_entry=_rate(first, entries),
        per_month=_rate(later, months),
        per_month_in_all=_rate(first + later, months),
        minutes_elsewhere=int(work.minutes[~placed].sum()),
    )


@dataclass(frozen=True)
class _Sums:
    stages: int
    bucket: Ints
    stage: Ints

    def of(self, rows: Ints, amount: Floats | float) -> Floats:
        """float[BUCKETS, S]: sums of ``amount`` over visits ``rows``."""
        key = self.bucket[rows] * self.stages + self.stage[rows]
        weights = np.broadcast_to(amount, len(rows)).astype(float)
        total = np.bincount(key, weights=weights, minlength=BUCKETS * self.stages)
        return np.asarray(total.reshape(BUCKETS, self.stages), float)


def _count(visits: Visits, rows: Ints, amount: Ints | int) -> Ints:
    total = np.zeros(visits.stages, np.int64)
    np.add.at(total, visits.stage[rows], amount)
    return total


def _rate(part: Floats, whole: Floats) -> Rate:
    """Of float[BUCKETS, S] each, with what leaving out one bucket at a time makes of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = part.sum(axis=0) / whole.sum(axis=0)
        # Left-out sums leave a rounding residue where a stage's only bucket is left out.
        left = np.where(part == part.sum(axis=0), 0.0, part.sum(axis=0) - part)
        replicates = left / (whole.sum(axis=0) - whole)
        low, high = log_band(value, replicates, LEVEL)
    return Rate(value, low, high)
