import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import (
    BUCKETS,
    DAY,
    OPEN,
    Moves,
    UnsortedMoves,
    age_bin,
    age_edges,
    amount_per_move,
    bucket_of,
    find_stays,
    rates_of_stays,
)
from tests.pipeline.estimation.histories import SMALL, moves_of, path, random_rows
from tests.pipeline.estimation.slow import slow_stays


@settings(max_examples=200, deadline=None)
@given(random_rows(), st.integers(0, 62))
def test_stays_are_those_of_reading_each_subject_alone(rows, as_of_day):
    moves, as_of = moves_of(rows), as_of_day * DAY
    stays = find_stays(moves, SMALL, as_of=as_of)
    plain = [(s, k, round(day * DAY)) for s, k, day in rows]
    found = zip(
        stays.subject.tolist(),
        stays.stage.tolist(),
        stays.entered.tolist(),
        stays.left.tolist(),
        stays.destination.tolist(),
        strict=True,
    )
    assert set(found) == slow_stays(plain, SMALL.won, as_of)


def test_naming_the_stage_a_deal_is_in_does_not_begin_a_new_stay():
    stays = find_stays(moves_of(path(1, "A", 0, "A", 3, "B", 5)), SMALL, as_of=9 * DAY)
    assert stays.age_days().tolist() == [5.0, 4.0]


def test_a_lost_deal_may_be_reopened():
    rows = path(2, "A", 0, "lost", 2, "B", 5)
    frame = find_stays(moves_of(rows), SMALL, as_of=9 * DAY).to_frame()
    assert frame.stage.tolist() == ["A", "lost", "B"]
    assert frame.is_open.tolist() == [False, False, True]


def test_a_win_that_was_left_again_counts_as_never_happened():
    rows = path(1, "A", 0, "won", 2, "A", 3, "lost", 5) + path(2, "A", 0, "won", 2, "B", 3)
    moves = moves_of(rows)
    stays = find_stays(moves, SMALL, as_of=9 * DAY)
    frame = stays.to_frame()
    assert frame.query("subject == 1").destination.tolist() == ["lost", "open"]
    assert frame.query("subject == 1").days.tolist() == [5.0, 4.0]
    assert frame.query("subject == 2").stage.tolist() == ["A", "B"]
    assert len(stays.wins) == 0
    known_then = find_stays(moves, SMALL, as_of=round(2.5 * DAY))
    assert known_then.wins.subject.tolist() == [1, 2]


def test_a_deal_won_at_once_has_a_win_and_no_stay():
    moves = moves_of(path(4, "won", 3) + path(5, "A", 0, "won", 7))
    stays = find_stays(moves, SMALL, as_of=9 * DAY, amount=np.array([8.0, 2.0, 2.0]))
    assert stays.subject.tolist() == [5]
    assert stays.wins.at.tolist() == [3 * DAY, 7 * DAY]
    assert stays.wins.amount.tolist() == [8.0, 2.0]
    assert rates_of_stays(stays).amount_per_win == 5.0


def test_nobody_looks_at_a_subject_after_it_was_put_away():
    moves = moves_of(path(1, "A", 0) + path(2, "A", 0, "lost", 4) + path(3, "A", 0))
    until = np.array([6, 6, 6, 99]) * DAY
    stays = find_stays(moves, SMALL, as_of=9 * DAY, watched_until=until)
    assert stays.age_days().tolist() == [6.0, 4.0, 2.0, 9.0]
    assert stays.subject[stays.is_open_deal()].tolist() == [3]


def test_a_move_at_the_instant_of_as_of_is_not_known_yet():
    stays = find_stays(moves_of(path(1, "A", 0, "B", 4)), SMALL, as_of=4 * DAY)
    assert stays.destination.tolist() == [OPEN]


def test_amounts_follow_their_subjects_and_are_unknown_for_others():
    moves = moves_of(path(5, "A", 0, "B", 1) + path(9, "A", 0))
    amount = amount_per_move(moves, np.array([9, 5]), np.array([90.0, 50.0]))
    assert amount.tolist() == [50.0, 50.0, 90.0]
    assert np.isnan(amount_per_move(moves, np.array([9]), np.array([90.0]))[0])


def test_unsorted_moves_are_refused_and_can_be_sorted():
    rows = path(2, "A", 0, "B", 5) + path(1, "A", 3)
    moves = moves_of(rows)
    with pytest.raises(UnsortedMoves):
        find_stays(moves, SMALL, as_of=9 * DAY)
    stays = find_stays(Moves.sort(moves.subject, moves.stage, moves.at), SMALL, as_of=9 * DAY)
    assert stays.age_days().tolist() == [6.0, 5.0, 4.0]


def test_buckets_are_even_and_never_change():
    buckets = bucket_of(np.arange(64_000))
    assert np.bincount(buckets, minlength=BUCKETS).min() > 900
    assert bucket_of(np.array([1, 2, 3, 173_688])).tolist() == [39, 15, 54, 5]


def test_age_bins_are_days_for_four_weeks_and_then_grow_by_a_tenth():
    edges = age_edges()
    assert edges[:29].tolist() == list(range(29))
    assert edges[-1] >= 40 * 365
    width = np.diff(edges)[28:]
    assert width == pytest.approx(1.1 ** np.arange(1, len(width) + 1), abs=1.0)


@given(st.floats(0, 14_000))
def test_an_age_lies_inside_its_bin(days):
    edges = age_edges()
    place = int(age_bin(days))
    assert edges[place] <= days < edges[place + 1]
