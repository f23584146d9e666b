"""Numbers in each stage, checked against single subjects followed through the funnel."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planning.engine import OpenStays, PlanWindow
from planning.engine.expected import look_ahead
from planning.engine.occupancy import occupancy
from tests.planning.engine.funnels import DWELL_SHAPE, age_edges, funnel

YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
MID_YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 5, 18))
RATES = {"forward": 0.6, "skip": 0.15, "back": 0.1, "win": 0.4}
MEAN_DWELL = 20.0


def subject_days(stage, enters, leaves, window, stages):
    """Subject-months by following each stay from entry to exit, float[M, S]."""
    at = np.clip(window.edges[:, None], enters, leaves)
    days = np.diff(at, axis=0)
    total = np.stack([days[:, stage == number].sum(axis=1) for number in range(stages)], axis=1)
    return total / np.diff(window.edges)[:, None]


def followed(stage, at, remaining, window, stages, rng):
    """Subject-months of subjects who entered `stage` and leave it `remaining` days after `at`,
    with all that they do later, drawn at random."""
    total = np.zeros((window.months, stages))
    while stage.size:
        leaves = at + remaining
        total += subject_days(stage, at, leaves, window, stages)
        draw = rng.random(stage.size)
        limits = np.cumsum([RATES["forward"], RATES["skip"], RATES["back"]])
        move = np.select([draw < limit for limit in limits], [1, 2, -1], default=stages)
        target = stage + move
        goes = (target >= 0) & (target < stages) & (leaves < window.edges[-1])
        stage, at = target[goes], leaves[goes]
        remaining = rng.gamma(DWELL_SHAPE, MEAN_DWELL / DWELL_SHAPE, stage.size)
    return total


@pytest.mark.parametrize("window", [YEAR, MID_YEAR])
def test_a_lead_is_in_each_stage_as_long_as_leads_followed_one_by_one(window):
    law = funnel(stages=3, mean_dwell=MEAN_DWELL, edges=age_edges(3000.0), **RATES)
    per_lead = occupancy(law, OpenStays.none(), window).per_lead
    rng = np.random.default_rng(5)
    leads = 40_000
    for month in (4, 9):
        start = max(window.edges[month], 0.0)
        at = rng.uniform(start, window.edges[month + 1], leads)
        remaining = rng.gamma(DWELL_SHAPE, MEAN_DWELL / DWELL_SHAPE, leads)
        stage = np.zeros(leads, dtype=int)
        seen = followed(stage, at, remaining, window, 3, rng) / leads
        assert per_lead[month] == pytest.approx(seen, rel=0.05, abs=0.003)
        assert per_lead[month].sum(axis=0) == pytest.approx(seen.sum(axis=0), rel=0.02)


def test_open_stays_are_there_as_long_as_subjects_followed_one_by_one():
    # Daily bins: in wider ones all of a bin's stays count as of its start.
    law = funnel(stages=3, mean_dwell=MEAN_DWELL, edges=np.arange(401.0), **RATES)
    rng = np.random.default_rng(6)
    born = rng.uniform(-150, 0, 200_000)
    dwell = rng.gamma(DWELL_SHAPE, MEAN_DWELL / DWELL_SHAPE, born.size)
    open_now = born + dwell > 0
    stage = rng.integers(0, 3, born.size)[open_now]
    age, remaining = -born[open_now], (born + dwell)[open_now]
    stays = OpenStays(stage, age, np.full(age.size, np.nan))
    seen = followed(stage, np.zeros(age.size), remaining, YEAR, 3, rng)
    fixed = occupancy(law, stays, YEAR).fixed
    assert fixed[:4] == pytest.approx(seen[:4], rel=0.03, abs=10)
    assert fixed.sum(axis=0) == pytest.approx(seen.sum(axis=0), rel=0.02)


def test_direct_entries_fill_their_stage_up_to_rate_times_stay():
    law = replace(
        funnel(stages=3, mean_dwell=MEAN_DWELL, forward=0.0, skip=0.0, back=0.0),
        direct_per_month=np.array([0.0, 30.0, 0.0]),
    )
    fixed = occupancy(law, OpenStays.none(), YEAR).fixed
    assert fixed[-1, 1] == pytest.approx(30 * MEAN_DWELL / 30.4375, rel=0.01)
    assert not fixed[:, [0, 2]].any()


def test_what_comes_in_and_does_not_go_out_is_there():
    """Little's law over a window long enough for everybody to have left."""
    law = funnel(stages=4, mean_dwell=12.0)
    outlook = look_ahead(law, OpenStays.none(), YEAR)
    there = occupancy(law, OpenStays.none(), YEAR).per_lead[0] * np.diff(YEAR.edges)[:, None]
    entered = outlook.per_lead.entries[0].sum(axis=0)
    mean_stay = np.trapezoid(law.survival[0], law.edges)
    assert there.sum(axis=0) == pytest.approx(entered * mean_stay, rel=1e-4)


def test_who_stays_longer_than_any_age_seen_is_still_there():
    stuck = funnel(stages=1, edges=age_edges(60.0), win=0.0, mean_dwell=1e6)
    stays = OpenStays(np.zeros(5, np.int64), np.full(5, 400.0), np.full(5, np.nan))
    fixed = occupancy(stuck, stays, MID_YEAR).fixed[:, 0]
    assert fixed[:4] == pytest.approx(0)
    assert fixed[4] == pytest.approx(5 * 14 / 31)
    assert fixed[5:] == pytest.approx(5, rel=1e-3)
