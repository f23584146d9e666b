"""The half-life is the one that foretold best, or none where none did clearly better."""

import logging
import time
from dataclasses import astuple

import numpy as np
import pytest

from pipeline.estimation import AGE_EDGES, DAY, OPEN, Moves, find_stays, months_in
from pipeline.estimation.bins import age_bin
from pipeline.estimation.calendar import calendar_counts
from pipeline.estimation.half_life import choose_half_life, half_life_of_calendar
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate
from tests.pipeline.estimation.turns import weaken

figures = logging.getLogger(__name__)

UTC = months_in("UTC")


def a_company(seed, *, leads=4000, weakened=0.0, weakened_since=2 * 365):
    rng = np.random.default_rng(seed)
    moves = simulate(rng, leads=leads, growth=0.3, surge=0.0)
    return weaken(moves, rng, weakened, since=weakened_since)


def chosen(seed, **company):
    stays = find_stays(a_company(seed, **company), STAGES, as_of=AS_OF)
    return choose_half_life(stays, UTC, as_of=AS_OF)


def test_all_of_history_counts_where_nothing_changed():
    found = [chosen(seed) for seed in range(20)]
    nats = np.array([[gain for _, gain in run.nats] for run in found])
    figures.info(f"unchanged: best gain {nats.max():.1f} nats, mean {nats.mean(axis=0).round(2)}")
    assert all(run.days is None for run in found)
    assert [days for days, _ in found[0].nats] == [2 * 365.25, 365.25, 365.25 / 2]
    assert nats.max() < 5
    assert nats.mean() < 0


def test_only_the_recent_counts_where_the_market_turned():
    found = [chosen(seed, weakened=0.4) for seed in range(20)]
    nats = np.mean([[gain for _, gain in run.nats] for run in found], axis=0)
    figures.info(f"40 % fewer since a year: mean gains {nats.round(1)} nats")
    assert sum(run.days == 365.25 / 2 for run in found) >= 18
    assert nats.argmax() == 2


def test_a_turn_of_years_ago_is_forgotten():
    """Of two histories alike but for when they turned, the newer turn tells more."""
    late = chosen(3, weakened=0.4, weakened_since=700)
    early = chosen(3, weakened=0.4, weakened_since=200)
    assert early.nats[2][1] < late.nats[2][1]


def slow_exposure(moves, instant):
    """Stays at risk float[S, A] and moves float[S, K, A] known at `instant`, one at a time."""
    size, bins = len(STAGES), len(AGE_EDGES) - 1
    at_risk, events = np.zeros((size, bins)), np.zeros((size, size, bins))
    stays = find_stays(moves, STAGES, as_of=instant)
    for s, k, days in zip(stays.stage, stays.destination, stays.age_days(), strict=True):
        last = int(age_bin(days))
        at_risk[s, :last] += 1
        if k == OPEN:
            width = AGE_EDGES[last + 1] - AGE_EDGES[last]
            at_risk[s, last] += (days - AGE_EDGES[last]) / width
        else:
            at_risk[s, last] += 1
            events[s, k, last] += 1
    return at_risk, events


def slow_nats(moves, ends, half_life):
    """Gain of a half-life, from the history found anew at every end of a month."""
    begun = int(moves.at.min())
    known = [slow_exposure(moves, end) for end in ends]
    middles = (np.array([begun, *ends[:-1]]) + np.array(ends)) / 2
    nats = 0.0
    for now in range(2, len(ends) - 3):
        at_risk, events = known[now]
        hazards = events / np.where(at_risk > 0, at_risk, 1.0)[:, None]
        observed = expected = 0.0
        before = (np.zeros_like(at_risk), np.zeros_like(events))
        for (n, d), middle in zip(known[: now + 1], middles, strict=False):
            weight = 2 ** (-(ends[now] - middle) / DAY / half_life)
            observed = observed + weight * (d - before[1]).sum(axis=-1)
            expected = expected + weight * (hazards * (n - before[0])[:, None]).sum(axis=-1)
            before = (n, d)
        theta = (observed + 5) / (expected + 5)
        n, d = known[now + 3]
        came = ((d - events) * (at_risk > 0)[:, None]).sum(axis=-1)
        due = (hazards * (n - at_risk)[:, None]).sum(axis=-1)
        gain = (came * np.log(theta) - (theta - 1) * due).sum()
        nats += gain * 2 ** (-(AS_OF - ends[now]) / DAY / (3 * 365.25)) / 3
    return nats


def test_gains_are_those_of_forecasts_that_knew_only_what_was_known():
    """Oracle: the history is found anew at every origin, and read one stay at a time."""
    moves = a_company(1, leads=120, weakened=0.3)
    found = choose_half_life(find_stays(moves, STAGES, as_of=AS_OF), UTC, as_of=AS_OF)
    months = np.arange(1, 36).astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
    ends = [int(end) for end in months if moves.at.min() < end <= AS_OF]
    assert found.origins == len(ends) - 5
    for days, gain in found.nats:
        assert gain == pytest.approx(slow_nats(moves, ends, days), abs=1e-8)


def test_an_earlier_as_of_gives_what_would_have_been_chosen_then():
    moves = a_company(2, weakened=0.4)
    then = AS_OF - 200 * DAY
    later_known = choose_half_life(find_stays(moves, STAGES, as_of=AS_OF), UTC, as_of=then)
    known_then = choose_half_life(find_stays(moves, STAGES, as_of=then), UTC, as_of=then)
    assert later_known.origins == known_then.origins > 10
    assert np.allclose(later_known.nats, known_then.nats)


@pytest.mark.parametrize("weakened", [0.0, 0.4])
def test_monthly_counts_choose_as_the_stays_themselves_do(weakened):
    for seed in range(10):
        stays = find_stays(a_company(seed, weakened=weakened), STAGES, as_of=AS_OF)
        by_stays = choose_half_life(stays, UTC, as_of=AS_OF)
        by_month = half_life_of_calendar(calendar_counts(stays, UTC), as_of=AS_OF)
        assert by_month.days == by_stays.days
        assert by_month.origins == by_stays.origins
        assert [d for d, _ in by_month.nats] == [d for d, _ in by_stays.nats]
        gains = np.array([by_stays.nats, by_month.nats])[:, :, 1]
        assert gains[1] == pytest.approx(gains[0], rel=0.25, abs=1.0)


def test_monthly_counts_of_less_than_a_year_choose_none():
    stays = find_stays(moves_of(path(1, "A", 3, "B", 90)), SMALL, as_of=300 * DAY)
    found = half_life_of_calendar(calendar_counts(stays, UTC), as_of=300 * DAY)
    assert astuple(found) == (None, (), 0)


def test_a_young_history_is_tried_by_weeks():
    moves = simulate(np.random.default_rng(6))
    young = Moves(moves.subject, moves.stage, moves.at // 5)
    stays = find_stays(young, STAGES, as_of=AS_OF // 5)
    found = choose_half_life(stays, UTC, as_of=AS_OF // 5)
    assert [days for days, _ in found.nats] == [182.0, 91.0, 42.0, 21.0]
    assert found.origins > 15
    assert found.days is None


def test_no_candidate_is_longer_than_the_history():
    rows = [row for n in range(50) for row in path(n, "A", n, "B", n + 3)]
    stays = find_stays(moves_of(rows), SMALL, as_of=60 * DAY)
    assert [days for days, _ in choose_half_life(stays, UTC, as_of=60 * DAY).nats] == [42.0, 21.0]


@pytest.mark.parametrize("rows", [[], path(1, "A", 3)])
def test_a_history_of_next_to_nothing_has_no_half_life(rows):
    stays = find_stays(moves_of(rows), SMALL, as_of=9 * DAY)
    assert astuple(choose_half_life(stays, UTC, as_of=9 * DAY)) == (None, (), 0)


def test_a_hundred_thousand_stays_take_less_than_two_seconds():
    moves = simulate(np.random.default_rng(7), leads=45_000)
    ten_years = Moves(moves.subject, moves.stage, moves.at * 10 // 3)
    stays = find_stays(ten_years, STAGES, as_of=AS_OF * 10 // 3)
    assert len(stays) > 1e5
    begin = time.process_time()
    found = choose_half_life(stays, UTC, as_of=AS_OF * 10 // 3)
    took = time.process_time() - begin
    figures.info(f"{len(stays):,} stays, {found.origins} origins: {took:.2f} s")
    assert took < 2
