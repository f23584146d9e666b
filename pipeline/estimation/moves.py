"""Moves of subjects into stages: the history that everything else is made of."""

from dataclasses import dataclass

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.stages import StageList


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


def check_sorted(moves: Moves) -> None:
    """Raises UnsortedMoves."""
    same = moves.subject[1:] == moves.subject[:-1]
    if (moves.subject[1:] < moves.subject[:-1]).any() or (
        same & (moves.at[1:] < moves.at[:-1])
    ).any():
        raise UnsortedMoves("moves must be sorted by subject, then instant")


def standing_rows(moves: Moves, stages: StageList, *, as_of: int | None = None) -> Ints:
    """Rows of the moves that begin something, of those before `as_of`.

    A move that names the stage a subject is in begins nothing. A win that was left again was
    none: what happened before it goes on to where the subject went next.
    """
    known = np.arange(len(moves)) if as_of is None else np.flatnonzero(moves.at < as_of)
    rows = _changes(moves, known)
    left = np.zeros(len(rows), bool)
    left[:-1] = moves.subject[rows[1:]] == moves.subject[rows[:-1]]
    left &= moves.stage[rows] == stages.won
    return _changes(moves, rows[~left]) if left.any() else rows


def standing_wins(moves: Moves, stages: StageList) -> Moves:
    """The moves into won that were not left again, one a subject at most."""
    rows = standing_rows(moves, stages)
    won = rows[moves.stage[rows] == stages.won]
    return Moves(moves.subject[won], moves.stage[won], moves.at[won])


def _changes(moves: Moves, rows: Ints) -> Ints:
    subject, stage = moves.subject[rows], moves.stage[rows]
    changes = np.ones(len(rows), bool)
    changes[1:] = (subject[1:] != subject[:-1]) | (stage[1:] != stage[:-1])
    return rows[changes]


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
