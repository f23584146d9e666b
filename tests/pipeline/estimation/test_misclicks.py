"""A move taken back at once is no stay; one that goes on is, however short."""

import time
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import DAY, Moves, find_stays
from pipeline.estimation.moves import without_misclicks
from tests.pipeline.estimation.bank_log import origin, read_bank_log
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


@pytest.mark.parametrize("slip", ["B", "C", "won", "lost"])
def test_a_move_taken_back_in_time_is_no_stay(slip):
    assert read("A", 0, slip, 5, "A", 6, "B", 9) == [("A", 0, "B"), ("B", 9, "open")]


@pytest.mark.parametrize("back", ["A", "won", "lost"])
def test_whatever_it_came_from_goes_on(back):
    assert read(back, 0, "B", 5, back, 6) == read(back, 0)


def test_a_move_taken_back_later_is_a_move_back():
    assert read("A", 0, "B", 5, "A", 6.5)[:2] == [("A", 0, "B"), ("B", 5, "A")]
    assert len(read("A", 0, "B", 5, "A", 6.4375)) == 1


def test_a_short_stay_that_goes_on_is_a_stay():
    found = read("A", 0, "B", 5, "C", 5, "won", 6)
    assert found == [("A", 0, "B"), ("B", 5, "C"), ("C", 5, "won")]


def test_a_slip_over_several_stages_is_one_if_all_of_it_is_in_time():
    assert read("A", 0, "B", 5, "C", 5.5, "A", 6) == [("A", 0, "open")]
    assert read("A", 0, "B", 5, "C", 5.5, "B", 5.75, "A", 6) == [("A", 0, "open")]
    assert len(read("A", 0, "B", 5, "C", 6, "A", 7)) == 4


def test_a_slip_within_a_longer_stay_leaves_that_stay():
    found = read("A", 0, "B", 5, "C", 6, "B", 7, "A", 9)
    assert found == [("A", 0, "B"), ("B", 5, "A"), ("A", 9, "open")]


def test_wavering_ends_where_it_ends():
    """Each move back takes back the one before it, and the last one stands."""
    assert read("A", 0, "B", 5, "A", 6, "B", 7) == [("A", 0, "B"), ("B", 7, "open")]
    assert read("A", 0, "B", 5, "A", 6, "B", 7, "A", 8) == [("A", 0, "open")]


def test_the_stage_a_subject_began_in_is_its_first_however_short():
    assert read("A", 0, "B", 0) == [("A", 0, "B"), ("B", 0, "open")]
    assert read("A", 0, "B", 1, "A", 2) == [("A", 0, "open")]


def test_being_told_the_stage_again_lengthens_no_slip():
    assert read("A", 0, "B", 5, "B", 5.5, "A", 6, "A", 8) == [("A", 0, "open")]


def test_a_move_and_its_return_at_one_instant_are_none():
    assert read("A", 0, "B", 5, "A", 5, window=1) == [("A", 0, "open")]
    assert len(read("A", 0, "B", 5, "A", 5, window=0)) == 3


def test_a_slip_stands_until_it_is_taken_back():
    assert read("A", 0, "B", 5, "A", 6, as_of=6) == [("A", 0, "B"), ("B", 5, "open")]
    assert read("A", 0, "B", 5, "A", 6, as_of=7) == [("A", 0, "open")]


def test_one_subject_does_not_take_back_what_another_did():
    moves = moves_of(path(1, "A", 0, "B", 5) + path(2, "A", 5, "B", 6) + path(3, "A", 6))
    assert without_misclicks(moves, WINDOW) is moves


def test_a_log_without_slips_is_counted_as_it_is(shared_data):
    """Its stages follow one another within seconds, but none is taken back."""
    moves, stages = read_bank_log(shared_data)
    as_of = origin(200)
    plain = find_stays(moves, stages, as_of=as_of)
    found = find_stays(without_misclicks(moves, 300_000_000), stages, as_of=as_of)
    assert len(found) == len(plain)
    for part in ("subject", "stage", "entered", "left", "destination"):
        assert (getattr(found, part) == getattr(plain, part)).all()


def test_a_few_slips_among_millions_of_moves_are_found_in_no_time():
    subjects = 1_000_000
    moves = Moves(
        np.repeat(np.arange(subjects), 4),
        np.tile(np.array([0, 1, 2, 3], np.int32), subjects),
        np.arange(4 * subjects) * DAY,
    )
    stage, at = moves.stage.copy(), moves.at.copy()
    stage[2::4000], at[2::4000] = 0, at[1::4000] + 1
    slipped = Moves(moves.subject, stage, at)
    started = time.thread_time()
    found = without_misclicks(slipped, WINDOW // 2)
    seconds = time.thread_time() - started
    print(f"without_misclicks: {len(moves):,} moves in {seconds:.3f} s")
    assert len(found) == len(moves) - 2 * (subjects // 1000)
    assert seconds < 0.5
