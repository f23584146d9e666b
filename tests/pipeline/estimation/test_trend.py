"""Rates by quarter of entry: what has happened, and what is still open."""

import logging

import numpy as np
import pytest

from pipeline.estimation import (
    DAY,
    OPEN,
    aalen_johansen,
    count_stays,
    find_stays,
    months_in,
)
from pipeline.estimation.aalen_johansen import speaking_ages
from pipeline.estimation.calendar import MONTHS_TO_1970, calendar_counts
from pipeline.estimation.trend import trend
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import ADVANCE, AS_OF, STAGES, simulate
from tests.pipeline.estimation.turns import weaken

figures = logging.getLogger(__name__)

UTC = months_in("UTC")


def a_company(seed=1, **company):
    moves = simulate(np.random.default_rng(seed), **company)
    return find_stays(moves, STAGES, as_of=AS_OF)


def rows_of(stays, keep):
    """Stays of some rows only, as a history of its own."""
    columns = ("subject", "stage", "entered", "left", "destination", "bucket")
    picked = {name: getattr(stays, name)[keep] for name in columns}
    return type(stays)(stays.stages, stays.as_of, **picked, amount=None, wins=stays.wins)


@pytest.mark.parametrize(("by", "months"), [("month", 1), ("quarter", 3), ("year", 12)])
def test_every_stay_is_in_one_place_of_one_period(by, months):
    stays = a_company()
    points = trend(calendar_counts(stays, UTC), by=by)
    assert all(p.entered == p.advanced + p.moved_back + p.lost + p.open for p in points)
    assert all(p.first_month % months == 0 for p in points)
    assert sum(p.entered for p in points) == np.isin(stays.stage, STAGES.open).sum()
    assert len(points) == 3 * len({p.first_month for p in points})
    entered_in = UTC(stays.entered) // months * months
    for point in points:
        own = (stays.stage == point.stage) & (entered_in == point.first_month)
        assert point.entered == own.sum()
        assert point.open == (own & (stays.destination == OPEN)).sum()
        assert point.lost == (own & (stays.destination == STAGES.lost)).sum()


def test_a_quarters_rate_is_that_of_its_stays_alone():
    stays = a_company()
    month = UTC(stays.entered)
    for point in trend(calendar_counts(stays, UTC)):
        own = rows_of(stays, (month >= point.first_month) & (month < point.first_month + 3))
        counts = count_stays(own).total()
        alone = aalen_johansen(counts, within=speaking_ages(counts))
        rate = alone.expected([STAGES.forward(s) for s in range(len(STAGES))])[point.stage]
        assert point.rate == pytest.approx(rate)
        assert point.unresolved == pytest.approx(alone.unresolved[point.stage])
        assert point.low80 <= point.rate <= point.high80


def test_bands_of_quarters_whose_stays_are_over_hold_the_truth():
    inside, bias = [], []
    for seed in range(40):
        for point in trend(calendar_counts(a_company(seed, growth=0.2, surge=0.0), UTC)):
            if point.first_month < MONTHS_TO_1970 + 18:
                inside.append(point.low80 <= ADVANCE[point.stage] <= point.high80)
                bias.append(point.rate / ADVANCE[point.stage] - 1)
    figures.info(f"coverage {np.mean(inside):.3f}, bias {np.mean(bias):.2%}")
    assert 0.74 <= np.mean(inside) <= 0.86
    assert abs(np.mean(bias)) < 0.01


def test_a_young_quarter_shows_what_is_open_as_unresolved_and_the_shape_completes_it():
    young, completed = [], []
    for seed in range(40):
        stays = a_company(seed, growth=0.2, surge=0.0)
        last = [p for p in trend(calendar_counts(stays, UTC)) if p.stage == 2][-1]
        young.append((last.rate, last.unresolved))
        completed.append(last.shape_rate)
    rate, unresolved = np.mean(young, axis=0)
    figures.info(f"seen {rate:.3f}, open {unresolved:.3f}, by the shape {np.mean(completed):.3f}")
    assert rate < 0.9 * ADVANCE[2]
    assert unresolved > 0.2
    assert np.mean(completed) == pytest.approx(ADVANCE[2], rel=0.03)


def test_a_turn_of_the_market_shows_in_the_quarters_after_it():
    rng = np.random.default_rng(3)
    moves = weaken(simulate(rng, leads=9000, growth=0.0, surge=0.0), rng, 0.5, since=548)
    stays = find_stays(moves, STAGES, as_of=AS_OF)
    leads = [p for p in trend(calendar_counts(stays, UTC)) if p.stage == 0]
    before = [p for p in leads if p.first_month <= MONTHS_TO_1970 + 12]
    after = [p for p in leads if p.first_month >= MONTHS_TO_1970 + 18][:4]
    assert min(p.rate for p in before) > 0.4
    assert max(p.rate for p in after) < 0.28


def test_a_stage_nobody_entered_in_a_quarter_has_a_point_without_rates():
    rows = path(1, "A", 3, "B", 20) + path(2, "A", 200, "lost", 210)
    points = trend(calendar_counts(find_stays(moves_of(rows), SMALL, as_of=260 * DAY), UTC))
    empty = [p for p in points if p.first_month == MONTHS_TO_1970 + 3]
    assert [p.stage for p in empty] == [0, 1, 2]
    assert all(p.entered == 0 and p.rate is None and p.shape_rate is None for p in empty)
    assert [p.first_month for p in points if p.stage == 0] == [
        MONTHS_TO_1970,
        MONTHS_TO_1970 + 3,
        MONTHS_TO_1970 + 6,
    ]


def test_an_empty_history_has_no_trend():
    assert trend(calendar_counts(find_stays(moves_of([]), SMALL, as_of=9 * DAY), UTC)) == []
