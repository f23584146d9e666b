"""From moves to stays: one visit of one subject to one stage, entered, left, where to."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import DAY

OPEN = -1
"""Destination of a stay that had not ended at `as_of`."""

BUCKETS = 64


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


class UnsortedMoves(ValueError):
    """Moves are not sorted by subject and instant."""


@dataclass(frozen=True)
class Moves:
    """One row a move into a stage, sorted by subject, instant and order of recording.

    subject int64[n]: any ids; stage int[n]: index into a StageList;
    at int64[n]: microseconds since 1970, UTC.
    """

    subject: Ints
    stage: Ints
    at: Ints

    @classmethod
    def sort(cls, subject: Ints, stage: Ints, at: Ints) -> "Moves":
        """Moves of rows in order of recording, which decides between equal instants."""
        order = np.lexsort((at, subject))
        return cls(subject[order], stage[order], at[order])

    def __len__(self) -> int:
        return len(self.subject)

    def at_rows(self, rows: Bools) -> "Moves":
        return Moves(self.subject[rows], self.stage[rows], self.at[rows])

    def before(self, as_of: int) -> "Moves":
        """The moves that were known at `as_of`."""
        known = self.at < as_of
        return self if known.all() else self.at_rows(known)


@dataclass(frozen=True)
class Stays:
    """One row a stay, in the order of the moves that began them.

    `left` is `as_of` and `destination` OPEN where the stay had not ended; `bucket` is the
    subject's hash bucket, 0 to 63; `amount` is the subject's amount, nan where unknown.
    """

    stages: StageList
    as_of: int
    subject: Ints
    stage: Ints
    entered: Ints
    left: Ints
    destination: Ints
    bucket: Ints
    amount: Floats | None

    def __len__(self) -> int:
        return len(self.subject)

    def is_open_deal(self) -> Bools:
        """bool[n]: stays that have not ended, of subjects that are not lost."""
        return np.asarray((self.destination == OPEN) & (self.stage != self.stages.lost))

    def age_days(self) -> Floats:
        """float[n]: length of each stay, so far where it has not ended."""
        return (self.left - self.entered) / DAY

    def to_frame(self) -> pd.DataFrame:
        """Columns subject, stage and destination (names; destination "open" where censored),
        entered and left (UTC timestamps), days (length so far), is_open, bucket, amount."""
        names = np.array([*self.stages.names, "open"], dtype=object)
        return pd.DataFrame(
            {
                "subject": self.subject,
                "stage": names[self.stage],
                "entered": pd.to_datetime(self.entered, unit="us", utc=True),
                "left": pd.to_datetime(self.left, unit="us", utc=True),
                "days": self.age_days(),
                "destination": names[self.destination],
                "is_open": self.destination == OPEN,
                "bucket": self.bucket,
                "amount": np.nan if self.amount is None else self.amount,
            }
        )


def bucket_of(subject: Ints) -> Ints:
    """Bucket 0 to 63 of each subject id: the same for ever, on every machine.

    Multiplicative hashing by the golden ratio (Knuth, The Art of Computer Programming 6.4).
    """
    scattered = subject.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (scattered >> np.uint64(58)).astype(np.intp)


def amount_per_move(moves: Moves, subject: Ints, amount: Floats) -> Floats:
    """float[n]: the amount of each move's subject, nan for subjects not listed.

    `subject` and `amount` are one row a subject, in any order.
    """
    if not len(subject):
        return np.full(len(moves), np.nan)
    order = np.argsort(subject, kind="stable")
    place = np.searchsorted(subject, moves.subject, sorter=order)
    found = order[np.minimum(place, len(order) - 1)]
    return np.where(subject[found] == moves.subject, amount[found], np.nan)


def find_stays(
    moves: Moves,
    stages: StageList,
    *,
    as_of: int,
    amount: Floats | None = None,
) -> Stays:
    """Stays known at `as_of` (microseconds); moves at or after it are not looked at.

    `amount` is float[n], one a move: the amount of its subject as known at `as_of`.
    Moves that name the stage a subject is in are one stay. Won is absorbing: it is no stay,
    and what follows it is passed over. Raises UnsortedMoves.
    """
    _check_sorted(moves)
    rows = _stay_beginnings(moves, stages, as_of)
    subject, stage, entered = moves.subject[rows], moves.stage[rows], moves.at[rows]
    left = np.full(len(rows), as_of, np.int64)
    destination = np.full(len(rows), OPEN, np.int32)
    ended = np.flatnonzero(subject[1:] == subject[:-1])
    left[ended] = entered[ended + 1]
    destination[ended] = stage[ended + 1]
    kept = stage != stages.won
    return Stays(
        stages,
        as_of,
        subject[kept],
        stage[kept].astype(np.int32, copy=False),
        entered[kept],
        left[kept],
        destination[kept],
        bucket_of(subject[kept]),
        None if amount is None else amount[rows[kept]],
    )


def _check_sorted(moves: Moves) -> None:
    same = moves.subject[1:] == moves.subject[:-1]
    if (moves.subject[1:] < moves.subject[:-1]).any() or (
        same & (moves.at[1:] < moves.at[:-1])
    ).any():
        raise UnsortedMoves("moves must be sorted by subject, then instant")


def _stay_beginnings(moves: Moves, stages: StageList, as_of: int) -> Ints:
    rows = np.flatnonzero(moves.at < as_of)
    subject, stage = moves.subject[rows], moves.stage[rows]
    same_subject = subject[1:] == subject[:-1]
    if (same_subject & (stage[:-1] == stages.won)).any():
        rows = rows[_not_after_win(subject, stage == stages.won)]
        subject, stage = moves.subject[rows], moves.stage[rows]
        same_subject = subject[1:] == subject[:-1]
    begins = np.ones(len(rows), bool)
    begins[1:] = ~same_subject | (stage[1:] != stage[:-1])
    return rows[begins]


def _not_after_win(subject: Ints, won: Bools) -> Bools:
    wins_before: Ints = np.cumsum(won) - won
    first = np.ones(len(subject), bool)
    first[1:] = subject[1:] != subject[:-1]
    at_first: Ints = wins_before[first]
    return np.asarray(wins_before == at_first[np.cumsum(first) - 1])
