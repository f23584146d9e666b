"""Shifts of conversion are found, and quiet histories left in peace."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from pipeline.estimation import AGE_EDGES, DAY, OPEN, StageList, find_stays, months_in
from pipeline.estimation.bins import age_bin
from pipeline.estimation.calendar import MONTHS_TO_1970, calendar_counts, month_numbers
from pipeline.estimation.drift import LEARNING_MONTHS, drift_chart, find_drift
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate
from tests.pipeline.estimation.turns import weaken

figures = logging.getLogger(__name__)

UTC = months_in("UTC")
RUNS = 200
TURN = 2 * 365
TURNED_IN = MONTHS_TO_1970 + 24


def calendar_of(moves, as_of=AS_OF):
    return calendar_counts(find_stays(moves, STAGES, as_of=as_of), UTC)


def drift_of(moves, as_of=AS_OF):
    return find_drift(calendar_of(moves, as_of), as_of=as_of)


def companies(seed, runs=RUNS, **company):
    rng = np.random.default_rng(seed)
    company = {"growth": 0.0, "surge": 0.0, **company}
    return [simulate(rng, **company) for _ in range(runs)]


@pytest.mark.parametrize(
    "company", [{}, {"growth": 0.78, "surge": 4.0}], ids=["even", "fourfold year"]
)
def test_quiet_histories_ring_no_alarm_and_come_as_expected(company):
    alarms, ratios, charted = 0, [], 0
    for moves in companies(1, **company):
        calendar = calendar_of(moves)
        chart = drift_chart(calendar, as_of=AS_OF)
        observed, expected = (
            part[:, LEARNING_MONTHS:].sum() for part in (chart.observed, chart.expected)
        )
        alarms += find_drift(calendar, as_of=AS_OF) is not None
        ratios.append(observed / expected)
        charted += chart.observed.shape[1] - LEARNING_MONTHS
    a_year = alarms / (charted / 12)
    figures.info(f"{company}: false alarms {a_year:.1%} a year, mean O/E {np.mean(ratios):.4f}")
    assert a_year <= 0.05
    assert 0.97 <= np.mean(ratios) <= 1.03


def test_every_month_is_expected_without_bias():
    """Also the first after learning, and the last, most of whose stays are not over."""
    sums = np.zeros((2, 36))
    for moves in companies(2, growth=0.78):
        chart = drift_chart(calendar_of(moves), as_of=AS_OF)
        sums += chart.observed.sum(axis=0)[:36], chart.expected.sum(axis=0)[:36]
    ratio = sums[0, LEARNING_MONTHS:] / sums[1, LEARNING_MONTHS:]
    figures.info(f"O/E by month: {ratio.min():.3f} to {ratio.max():.3f}")
    assert ratio.min() >= 0.97
    assert ratio.max() <= 1.03


def months_until_found(moves, most=12):
    """Months after the turn at which somebody who looks every month is first told."""
    for month in range(1, most + 1):
        drift = drift_of(moves, TURN * DAY + round(month * 365 / 12 * DAY))
        if drift and drift.change < 0 and abs(drift.since - TURNED_IN) < 12:
            return month
    return np.inf


def test_a_quarter_less_is_found_within_six_months():
    rng = np.random.default_rng(3)
    turned = [weaken(moves, rng, 0.25, since=TURN) for moves in companies(3)]
    found = np.array([months_until_found(moves) for moves in turned])
    within = (found <= 6).mean()
    figures.info(f"−25 %: median {np.median(found):.0f} months, {within:.1%} within six")
    assert np.median(found) <= 6
    assert within >= 0.85
    assert np.isfinite(found).mean() >= 0.99


def test_a_shift_is_told_with_its_month_and_size():
    rng = np.random.default_rng(4)
    drifts = [drift_of(weaken(moves, rng, 0.25, since=TURN)) for moves in companies(4, runs=60)]
    late = np.array([drift.since - TURNED_IN for drift in drifts])
    change = np.array([drift.change for drift in drifts])
    figures.info(f"since {np.percentile(late, [10, 50, 90])}, change {change.mean():.1%}")
    assert abs(np.median(late)) <= 1
    assert change.mean() == pytest.approx(-0.25, abs=0.03)


def test_a_shift_in_one_stage_is_told_by_its_name():
    rng = np.random.default_rng(5)
    drifts = [
        drift_of(weaken(moves, rng, 0.5, since=TURN, stages=(1,)))
        for moves in companies(5, runs=40, leads=6000)
    ]
    named = [drift.stage for drift in drifts if drift]
    figures.info(f"{len(named)} of 40 found, {named.count(1)} named")
    assert len(named) >= 38
    assert named.count(1) >= 34


def test_a_stage_is_named_wherever_the_outcomes_stand_in_the_list():
    rng = np.random.default_rng(10)
    moves = weaken(companies(10, runs=1, leads=9000)[0], rng, 0.5, since=TURN, stages=(1,))
    outcomes_first = StageList(("won", "lost", *STAGES.names[:3]), won=0, lost=1)
    moved = replace(moves, stage=np.array([2, 3, 4, 0, 1], np.int32)[moves.stage])
    calendar = calendar_counts(find_stays(moved, outcomes_first, as_of=AS_OF), UTC)
    usual, renumbered = drift_of(moves), find_drift(calendar, as_of=AS_OF)
    assert usual.stage == 1
    assert renumbered == replace(usual, stage=3)


def test_a_shift_of_all_stages_is_told_of_none():
    rng = np.random.default_rng(6)
    moves = weaken(companies(6, runs=1, leads=12_000)[0], rng, 0.4, since=TURN)
    assert drift_of(moves).stage is None


def test_what_has_recovered_is_told_as_a_rise():
    rng = np.random.default_rng(7)
    moves = companies(7, runs=1, leads=12_000)[0]
    drift = drift_of(weaken(moves, rng, 0.4, since=365, until=TURN))
    assert drift.change == pytest.approx(1 / 0.6 - 1, abs=0.15)
    assert abs(drift.since - TURNED_IN) <= 1


def test_months_that_scatter_by_more_than_luck_are_no_shift():
    """Every month loses another share of its advances, 0 to 60 %: none is like the next.

    A chart that knows of luck alone rings in 25 % of such years.
    """
    rng, alarms = np.random.default_rng(8), 0
    for moves in companies(8):
        share = rng.uniform(0, 0.6, 60)[month_numbers(moves.at / DAY) - MONTHS_TO_1970]
        alarms += drift_of(weaken(moves, rng, share, since=0)) is not None
    figures.info(f"months off by ±25 %: false alarms {alarms / (RUNS * 2.5):.1%} a year")
    assert alarms / (RUNS * 2.5) <= 0.1


def slow_chart(stays, as_of):
    """Advances and expected advances by stage and calendar month, one stay at a time."""
    middle, cells = (AGE_EDGES[:-1] + AGE_EDGES[1:]) / 2, {}
    for s, k, entered, days in zip(
        stays.stage, stays.destination, stays.entered, stays.age_days(), strict=True
    ):
        month = np.datetime64(int(entered), "us").astype("datetime64[M]")
        ends = [np.datetime64(m, "us").astype(np.int64) / DAY for m in (month, month + 1)]
        last = int(age_bin(days))
        for age in range(last + 1):
            at = min(np.mean(ends) + middle[age], (as_of - 1) / DAY)
            when = np.datetime64(int(at * DAY), "us").astype("datetime64[M]").astype(int)
            cell = cells.setdefault((int(s), int(when), age), [0.0, 0.0])
            cell[0] += 0.5 if age == last and k == OPEN else 1.0
            cell[1] += age == last and k != OPEN and bool(STAGES.forward(s)[k])
    return cells


def test_the_chart_is_that_of_the_definition_read_slowly():
    moves = companies(9, runs=1, leads=150)[0]
    stays = find_stays(moves, STAGES, as_of=AS_OF)
    chart, cells = drift_chart(calendar_of(moves), as_of=AS_OF), slow_chart(stays, AS_OF)
    assert chart.expected[:, 3].sum() == 0, "too little had happened to expect anything"
    for month in (12, 17, 35):
        for stage in range(3):
            observed = expected = 0.0
            for (s, when, age), (at_risk, moved) in cells.items():
                before = [cells[stage, m, age] for m in range(month) if (stage, m, age) in cells]
                if (s, when) == (stage, month) and before:
                    seen, advanced = np.sum(before, axis=0)
                    observed += moved
                    expected += at_risk * advanced / seen
            assert chart.observed[stage, month] == pytest.approx(observed)
            assert chart.expected[stage, month] == pytest.approx(expected)


def test_a_handful_of_deals_a_month_rings_no_more_often():
    alarms = sum(drift_of(moves) is not None for moves in companies(12, leads=100))
    figures.info(f"three leads a month: false alarms {alarms / (RUNS * 2.5):.1%} a year")
    assert alarms / (RUNS * 2.5) <= 0.05


@pytest.mark.parametrize("rows", [[], path(1, "A", 3, "B", 9)])
def test_next_to_nothing_has_not_drifted(rows):
    stays = find_stays(moves_of(rows), SMALL, as_of=40 * DAY)
    assert find_drift(calendar_counts(stays, UTC), as_of=40 * DAY) is None
