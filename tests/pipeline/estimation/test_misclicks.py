"""A move taken back at once is no stay; one that goes on is, however short."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import DAY, OPEN, Moves, find_stays
from pipeline.estimation.moves import without_misclicks
from tests.pipeline.estimation.histories import SMALL, moves_of, path, random_rows

WINDOW = round(1.5 * DAY)


def slow_without_misclicks(rows, window):
    """Each subject's moves in turn, over the path that stands so far.

    A return to a stage of the path takes everything behind it off, if that began lately enough.
    """
    kept = []
    for subject, history in groupby(rows, lambda row: row[0]):
        standing = []
        for _, stage, at in history:
            if standing and standing[-1][0] == stage:
                continue
            for place in range(len(standing) - 1):
                if standing[place][0] == stage and at - standing[place + 1][1] < window:
                    del standing[place + 1 :]
                    break
            else:
                standing.append((stage, at))
        kept += [(subject, stage, at) for stage, at in standing]
    return kept


def read(*steps, window=WINDOW, as_of=99):
    """(stage, day entered, destination) of the stays of one subject."""
    moves = without_misclicks(moves_of(path(1, *steps)).before(as_of * DAY), window)
    stays = find_stays(moves, SMALL, as_of=as_of * DAY)
    names = [*SMALL.names, "open"]
    return [
        (names[stage], entered / DAY, names[to])
        for stage, entered, to in zip(stays.stage, stays.entered, stays.destination, strict=True)
    ]


def stays_of(moves):
    stays = find_stays(moves, SMALL, as_of=99 * DAY)
    parts = (stays.subject, stays.stage, stays.entered, stays.left, stays.destination)
    return list(zip(*(part.tolist() for part in parts), strict=True))


@settings(max_examples=500, deadline=None)
@given(random_rows(subjects=4, days=12), st.integers(0, 40))
def test_what_is_left_is_what_reading_each_move_in_turn_leaves(rows, quarters):
    window = quarters * DAY // 4
    plain = [(s, k, round(day * DAY)) for s, k, day in rows]
    expected = slow_without_misclicks(plain, window)
    left = without_misclicks(moves_of(rows), window)
    found = moves_of([(s, k, at / DAY) for s, k, at in expected])
    assert stays_of(left) == stays_of(found)


@settings(max_examples=200, deadline=None)
@given(random_rows(subjects=3, days=12), st.integers(1, 40), st.integers(0, 12))
def test_what_comes_later_leaks_into_nothing_known_before(rows, quarters, day):
    """Reading on from what stood then gives the same as reading it all."""
    moves, as_of, window = moves_of(rows), day * DAY, quarters * DAY // 4
    later = moves.at_rows(moves.at >= as_of)
    before = without_misclicks(moves.before(as_of), window)
    joined = Moves.sort(
        np.concatenate([before.subject, later.subject]),
        np.concatenate([before.stage, later.stage]),
        np.concatenate([before.at, later.at]),
    )
    assert stays_of(without_misclicks(joined, window)) == stays_of(without_misclicks(moves, window))
