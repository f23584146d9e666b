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


def without_misclicks(moves: Moves, window: int) -> Moves:
    """The moves without those taken back within `window` microseconds; 0 keeps all.

    A subject that is back in a stage sooner than `window` after leaving it never left: the stays
    in between are none, however many, and the one before goes on. Moves are judged in their
    order, each by what those before it have left standing, so no later move changes what was
    said of an earlier return. The stage a subject began in is where it began, however short.
    Moves must be sorted; a subject's moves are judged alone.
    """
    if window <= 0:
        return moves
    suspects = _rows_of_hasty(moves, window)
    kept = np.ones(len(moves), bool)
    kept[suspects] = False
    rows = _changes(moves, suspects)
    while len(rows):
        back_to = _returns(moves, rows, window)
        settled = ~_of_same_subject(moves.subject[rows], back_to >= 0)
        kept[rows[settled]] = True
        rows = rows[~settled & ~_undone(back_to)]
    return moves if kept.all() else moves.at_rows(kept)


def _rows_of_hasty(moves: Moves, window: int) -> Ints:
    """Rows of the subjects that ever moved twice within `window`: few, but in imports."""
    quick = moves.at[1:] - moves.at[:-1] < window
    quick &= moves.subject[1:] == moves.subject[:-1]
    hasty = np.unique(moves.subject[1:][quick])
    begins = np.searchsorted(moves.subject, hasty)
    sizes = np.searchsorted(moves.subject, hasty, side="right") - begins
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(np.repeat(begins, sizes) + within)


def _of_same_subject(subject: Ints, chosen: Bools) -> Bools:
    """bool[n]: rows whose subject has a chosen row."""
    begins = np.flatnonzero(np.append(True, subject[1:] != subject[:-1]))
    return np.repeat(np.logical_or.reduceat(chosen, begins), np.diff(begins, append=len(subject)))


def _returns(moves: Moves, rows: Ints, window: int) -> Ints:
    """int[n]: place in `rows` of the move that each takes its subject back to in time, or -1."""
    subject, stage, at = moves.subject[rows], moves.stage[rows], moves.at[rows]
    back_to = np.full(len(rows), -1)
    places, lag = np.arange(2, len(rows)), 2
    while len(places):
        near = subject[places - lag] == subject[places]
        near &= at[places] - at[places - lag + 1] < window
        places = places[near]
        is_back = stage[places - lag] == stage[places]
        back_to[places[is_back]] = places[is_back] - lag
        lag += 1
        places = places[~is_back & (places >= lag)]
    return back_to


def _undone(back_to: Ints) -> Bools:
    """bool[n]: places between a return, which is one too, and where it leads back to.

    Returns that another return lies within wait for what that one leaves.
    """
    is_return = back_to >= 0
    returns_before: Ints = np.cumsum(is_return) - is_return
    places = np.flatnonzero(is_return)
    begins = back_to[places]
    plain: Bools = np.equal(returns_before[places], returns_before[begins + 1])
    change = np.zeros(len(back_to) + 1, np.int64)
    change[begins[plain] + 1] += 1
    change[places[plain] + 1] -= 1
    return np.cumsum(change[:-1]) > 0


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
