"""What a deal's history shall be, and which rows must be added or voided for it.

Pure: stages are primary keys, instants are aware.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class KnownMove(NamedTuple):
    """A live row of a deal's history."""

    pk: int
    before: int | None
    stage: int
    at: datetime
    by: int | None
    reason: int | None
    batch: int | None
    known_from: datetime | None = None

    @property
    def by_hand(self) -> bool:
        return self.batch is None

    def read_by(self, merged: Mapping[int, int]) -> "KnownMove":
        """With the stage that each merged one counts for."""
        if not merged:
            return self
        before = None if self.before is None else merged.get(self.before, self.before)
        return self._replace(before=before, stage=merged.get(self.stage, self.stage))


class Move(NamedTuple):
    """A move that a file tells, or a known one that is to stay. ``before`` is set by hand only."""

    at: datetime
    stage: int
    order: int
    by: int | None = None
    reason: int | None = None
    by_hand: bool = False
    before: int | None = None
    known_from: datetime | None = None


class Step(NamedTuple):
    """A move with the stage it leaves."""

    before: int | None
    move: Move


@dataclass(frozen=True)
class Rules:
    """``rank`` orders the stages of the pipeline."""

    rank: Mapping[int, int]
    outcomes: Set[int]
    first_outcome_ends: bool


@dataclass(frozen=True)
class History:
    """A deal's moves as they shall be."""

    steps: list[Step]
    # Whether a stage log or a hand told the end, and not the columns of the deals' file.
    from_log: bool


@dataclass(frozen=True)
class Correction:
    """Steps to insert, and the known rows that they replace by the place of the new step.

    A row with no successor gives the primary key of the row that voids it.
    """

    added: list[Step]
    voided: list[tuple[KnownMove, int | None, int]]


def settle(
    log: Sequence[Move],
    columns: Sequence[Move],
    known: Sequence[KnownMove],
    *,
    rules: Rules,
    log_batches: Set[int],
) -> History:
    """Join what the file tells with what is known already.

    A log speaks for the time from its first to its last row of the deal; imported rows outside of
    it stay. The columns of the deals' file speak only where no log ever did. Moves made by hand
    stay always.
    """
    hand = [_kept(row) for row in known if row.by_hand]
    logged = [row for row in known if row.batch in log_batches]
    if log:
        first, last = min(log).at, max(log).at
        told = [*log, *(_kept(row) for row in logged if not first <= row.at <= last)]
    elif {(row.at, row.stage) for row in logged} <= {(move.at, move.stage) for move in columns}:
        told = list(columns)
    else:
        log = told = [_kept(row) for row in logged]
    steps = _stays([*told, *hand], rules)
    return History(steps, bool(log) or bool(steps and steps[-1].move.by_hand))


def correct(steps: Sequence[Step], known: Iterable[KnownMove]) -> Correction:
    """The rows to add and to void, so that the live rows become ``steps``."""
    left = {(row.before, _kept(row)[:2], row.by, row.reason, row.by_hand): row for row in known}
    added: list[Step] = []
    kept: list[KnownMove] = []
    for step in steps:
        move = step.move
        key = (step.before, move[:2], move.by, move.reason, move.by_hand)
        # Rows of one instant are read in the order they were written in, so all after a new one
        # must be written anew.
        behind_new = bool(added) and added[-1].move.at == move.at
        if key in left and not behind_new:
            kept.append(left.pop(key))
        else:
            added.append(step)
    voided = [(row, *_successor(row, added, kept)) for row in left.values()]
    return Correction(added, voided)


def _kept(row: KnownMove) -> Move:
    kept = (row.at, row.stage, row.pk, row.by, row.reason, row.by_hand, row.before, row.known_from)
    return Move(*kept)


def _stays(moves: Iterable[Move], rules: Rules) -> list[Step]:
    """In order of time, without moves to the stage a deal is already in."""

    def order(move: Move) -> tuple[datetime, bool, int, int]:
        # Hand moves of one instant (a pinned clock stands still) keep their own order.
        return move.at, move.by_hand, 0 if move.by_hand else rules.rank[move.stage], move.order

    steps: list[Step] = []
    stage: int | None = None
    is_over = False
    for move in sorted(moves, key=order):
        if not steps and move.by_hand:
            stage = move.before
        passed_over = is_over and rules.first_outcome_ends and not move.by_hand
        if move.stage == stage or passed_over:
            continue
        steps.append(Step(stage, move))
        stage = move.stage
        is_over = is_over or stage in rules.outcomes
    return steps


def _successor(
    row: KnownMove, added: Sequence[Step], kept: Sequence[KnownMove]
) -> tuple[int | None, int]:
    """Place of the new step that replaces ``row``, and the row that voids it if there is none."""
    for place, step in enumerate(added):
        if step.move.stage == row.stage:
            return place, row.pk
    return (0 if added else None), (kept[-1].pk if kept else row.pk)
