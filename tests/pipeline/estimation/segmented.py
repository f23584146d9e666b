"""Companies whose segments differ: each has its own true rates around those of the whole."""

from typing import NamedTuple

import numpy as np

from pipeline.estimation import BUCKETS, DAY, Stays, Wins, amount_per_move, find_stays
from pipeline.estimation.segments import rates_by_segment
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import (
    ADVANCE,
    ADVANCE_DAYS,
    AS_OF,
    LOSE_DAYS,
    STAGES,
    _as_moves,
    _births,
)


class Company(NamedTuple):
    """`segment` is one a stay, `of_subject` one a lead; advance float[G, 3] the true rates."""

    moves: object
    stays: Stays
    segment: np.ndarray
    of_subject: np.ndarray
    advance: np.ndarray

    @property
    def success(self):
        return self.advance[:, ::-1].cumprod(axis=1)[:, ::-1]


def company(rng, *, leads=4000, segments=20, kappa=40.0):
    """Segments of very different sizes, in a year of fourfold growth."""
    size = np.exp(rng.uniform(0, np.log(60), segments))
    of_subject = rng.choice(segments, leads, p=size / size.sum())
    advance = rng.beta(ADVANCE * kappa, (1 - ADVANCE) * kappa, (segments, 3))
    moves = _simulate(rng, advance[of_subject])
    stays = find_stays(moves, STAGES, as_of=AS_OF)
    return Company(moves, stays, of_subject[stays.subject], of_subject, advance)


def _simulate(rng, advance):
    clock = _births(rng, len(advance), 0.78, 4.0)
    alive = np.arange(len(advance))
    rows = [(alive, np.zeros(len(alive), np.int32), clock)]
    for stage in range(3):
        forward = rng.random(len(alive)) < advance[alive, stage]
        fast = rng.gamma(2.0, ADVANCE_DAYS[stage] / 2, len(alive))
        slow = rng.gamma(1.5, LOSE_DAYS[stage] / 1.5, len(alive))
        clock = clock + np.where(forward, fast, slow)
        gone = np.full((~forward).sum(), STAGES.lost, np.int32)
        rows.append((alive[~forward], gone, clock[~forward]))
        alive, clock = alive[forward], clock[forward]
        rows.append((alive, np.full(len(alive), stage + 1, np.int32), clock))
    return _as_moves(rows)


def many_stays(rng, stages, count):
    """Stays of `count` subjects, drawn at once: no chain, only what a benchmark needs."""
    stage = rng.integers(0, len(stages.open), count).astype(np.int32)
    onward = np.where(rng.random(count) < 0.4, stage + 1, stages.lost)
    destination = np.where(rng.random(count) < 0.1, -1, onward).astype(np.int32)
    as_of = 2000 * DAY
    entered = rng.integers(0, 1999 * DAY, count)
    left = np.minimum(entered + rng.gamma(2, 30 * DAY, count).astype(np.int64), as_of)
    left[destination == -1] = as_of
    subject = np.arange(count)
    nothing = np.empty(0, np.int64)
    wins = Wins(nothing, nothing, np.empty(0))
    amount = rng.lognormal(9, 1, count)
    return Stays(
        stages, as_of, subject, stage, entered, left, destination, subject % BUCKETS, amount, wins
    )


def segmented(rows, of_subject, day=60, segments=2, amounts=None):
    """Rates of a small history; `of_subject` maps a subject to its segment."""
    moves = moves_of(rows)
    amount = None
    if amounts is not None:
        amount = amount_per_move(moves, np.arange(len(amounts)), np.array(amounts, float))
    stays = find_stays(moves, SMALL, as_of=day * DAY, amount=amount)
    segment = np.array([of_subject(subject) for subject in stays.subject], np.int64)
    return stays, segment, rates_by_segment(stays, segment, segments=segments)


def closed(subjects, wins, start=0):
    """Deals that were won (the first `wins`) or lost after one to seven days in A."""
    return [
        row
        for n in range(subjects)
        for row in path(start + n, "A", 0, "won" if n < wins else "lost", 1 + n % 7)
    ]
