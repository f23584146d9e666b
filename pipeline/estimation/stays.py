"""From moves to stays: one visit of one subject to one stage, entered, left, where to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.bins import DAY
from pipeline.estimation.moves import Moves, check_sorted, standing_rows
from pipeline.estimation.stages import StageList

OPEN = -1
"""Destination of a stay that had not ended at `as_of`."""

BUCKETS = 64


@dataclass(frozen=True)
class Wins:
    """Moves into won that stood at `as_of`, one a subject, whether or not a stay led to it.

    at int64[n] in microseconds; amount float[n], nan where unknown.
    """

    subject: Ints
    at: Ints
    amount: Floats

    def __len__(self) -> int:
        return len(self.subject)


@dataclass(frozen=True)
class Stays:
    """One row a stay, in the order of the moves that began them.

    `destination` is OPEN where the stay had not ended; `left` is `as_of` then, or the earlier
    instant from which nobody looked at the subject any more. `bucket` is the subject's hash
    bucket, 0 to 63; `amount` is the subject's amount, nan where unknown.
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
    wins: Wins

    def __len__(self) -> int:
        return len(self.subject)

    def is_open_deal(self) -> Bools:
        """bool[n]: stays that have not ended, of subjects neither lost nor out of sight."""
        is_watched = (self.destination == OPEN) & (self.left == self.as_of)
        return np.asarray(is_watched & (self.stage != self.stages.lost))

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


def find_stays(
    moves: Moves,
    stages: StageList,
    *,
    as_of: int,
    amount: Floats | None = None,
    watched_until: Ints | None = None,
) -> Stays:
    """Stays known at `as_of` (microseconds); moves at or after it are not looked at.

    `amount` is float[n], one a move: the amount of its subject as known at `as_of`;
    `watched_until` int64[n] likewise: the instant from which nobody looks at the subject.
    Moves that name the stage a subject is in are one stay. Won is no stay, and a win that was
    left again before `as_of` is passed over. Raises UnsortedMoves.
    """
    check_sorted(moves)
    rows = standing_rows(moves, stages, as_of=as_of)
    subject, stage, entered = moves.subject[rows], moves.stage[rows], moves.at[rows]
    left = np.full(len(rows), as_of, np.int64)
    if watched_until is not None:
        left = np.clip(watched_until[rows], entered, as_of)
    destination = np.full(len(rows), OPEN, np.int32)
    ended = np.flatnonzero(subject[1:] == subject[:-1])
    left[ended] = entered[ended + 1]
    destination[ended] = stage[ended + 1]
    is_win = stage == stages.won
    kept, money = ~is_win, None if amount is None else amount[rows]
    unknown = np.full(int(is_win.sum()), np.nan)
    wins = Wins(subject[is_win], entered[is_win], unknown if money is None else money[is_win])
    return Stays(
        stages,
        as_of,
        subject[kept],
        stage[kept].astype(np.int32, copy=False),
        entered[kept],
        left[kept],
        destination[kept],
        bucket_of(subject[kept]),
        None if money is None else money[kept],
        wins,
    )
