"""Skips, moves back, re-openings and slips against reading every history slowly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import DAY, OPEN, find_stays, rates_of_stays
from pipeline.estimation.moves import without_misclicks
from tests.pipeline.estimation.histories import SMALL, moves_of, random_rows
from tests.pipeline.estimation.slow import slow_stays
from tests.pipeline.estimation.test_misclicks import slow_without_misclicks

LONG_AFTER = 3000 * DAY


def slow_counts(stays, stage):
    """(entered, advanced, moved back, lost, open) by where each stay in ``stage`` went."""
    to = [row[4] for row in stays if row[1] == stage]
    advanced = sum(k == SMALL.won or stage < k < SMALL.won for k in to)
    back = sum(0 <= k < stage for k in to)
    return len(to), advanced, back, to.count(SMALL.lost), to.count(OPEN)


def slow_success(stays):
    """Share of subjects in each stage that win, if from every stage, lost too, the same shares
    go the same ways for ever: the chances of winning within one step, two steps, and so on."""
    shares = np.zeros((len(SMALL), len(SMALL)))
    for stage in range(len(SMALL)):
        to = [row[4] for row in stays if row[1] == stage]
        for k in set(to) - {OPEN}:
            shares[stage, k] = to.count(k) / len(to)
    chance = np.eye(len(SMALL))[SMALL.won]
    shares[SMALL.won, SMALL.won] = 1.0
    for _step in range(5000):
        chance = shares @ chance
    return chance


@settings(max_examples=200, deadline=None)
@given(random_rows(subjects=6, days=20), st.integers(0, 12))
def test_every_stay_counts_where_it_went(rows, quarters):
    window = quarters * DAY // 4
    told = [(s, k, round(day * DAY)) for s, k, day in rows]
    expected = slow_stays(slow_without_misclicks(told, window), SMALL.won, LONG_AFTER)
    moves = without_misclicks(moves_of(rows), window)
    rates = rates_of_stays(find_stays(moves, SMALL, as_of=LONG_AFTER))
    for row in rates.by_stage:
        found = row.entered, row.advanced, row.moved_back, row.lost, row.open
        assert found == slow_counts(expected, row.stage)


@settings(max_examples=100, deadline=None)
@given(random_rows(subjects=8, days=20))
def test_a_chance_of_winning_goes_round_by_back_and_by_lost(rows):
    """All that will happen has happened: every rate is a plain share."""
    told = [(s, k, round(day * DAY)) for s, k, day in rows]
    expected = slow_success(slow_stays(told, SMALL.won, LONG_AFTER))
    rates = rates_of_stays(find_stays(moves_of(rows), SMALL, as_of=LONG_AFTER))
    for row in rates.by_stage:
        if row.entered:
            assert row.success.rate == pytest.approx(expected[row.stage], abs=1e-6)
