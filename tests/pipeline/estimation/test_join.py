import numpy as np
import pytest

from pipeline.estimation import (
    DAY,
    NEVER,
    NOBODY,
    Deals,
    StageList,
    deals_of,
    estimate_join,
    find_stays,
    funnel_curves,
    join_histories,
    ladder_rates,
    rates_of_stays,
)
from planning.engine.law import FunnelLaw
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate

LADDER = StageList.of(("Suspect", "Prospect"))
SUSPECT, PROSPECT, BEYOND = 0, 1, LADDER.won


def deals(*rows):
    """Deals from (customer, opened day, won day or None)."""
    customer, opened, won = zip(*rows, strict=True) if rows else ((), (), ())
    return Deals(
        np.array(customer, np.int64),
        np.array([round(day * DAY) for day in opened], np.int64),
        np.zeros(len(rows), np.int32),
        np.array([NEVER if day is None else round(day * DAY) for day in won], np.int64),
    )


def join_at(day, ladder_rows, *deal_rows):
    moves, handover = join_histories(
        moves_of(ladder_rows),
        LADDER,
        deals(*deal_rows),
        as_of=round(day * DAY),
        pipeline_stages=len(SMALL),
    )
    return find_stays(moves, LADDER, as_of=round(day * DAY)), estimate_join(handover, SMALL)


def test_customers_may_bring_more_than_one_deal():
    rows = [(c, PROSPECT, 0) for c in range(100)]
    opened = [(c, 5, None) for c in range(100)] + [(c, 20, None) for c in range(0, 100, 2)]
    _, join = join_at(200, rows, *opened)
    assert join.deals_per_customer == pytest.approx(1.5)
    assert join.low80 < 1.5 < join.high80
    assert 5 <= join.lag_days <= 6


def test_customers_handed_over_lately_do_not_dilute_the_join():
    """Half were handed over yesterday; deals take ten days."""
    rows = [(c, PROSPECT, 0 if c < 100 else 99) for c in range(200)]
    _, join = join_at(100, rows, *[(c, 10, None) for c in range(100)])
    assert join.deals_per_customer == pytest.approx(1.0)


def test_deals_after_a_win_are_the_base_and_not_the_join():
    _, join = join_at(100, [(1, PROSPECT, 0)], (1, 5, 10), (1, 40, None))
    assert join.deals == 1


def test_deals_without_a_ladder_history_are_direct():
    opened = [(NOBODY, 10, None), (NOBODY, 20, None), (7, 30, None)]
    _, join = join_at(100, [(1, PROSPECT, 0), (7, SUSPECT, 31)], *opened)
    assert (join.deals, join.handed_over) == (0, 1)
    assert join.direct_per_month == pytest.approx(3 / (90 / (365.25 / 12)))


def test_who_passes_the_handing_over_stage_by_is_handed_over_all_the_same():
    stays, join = join_at(100, [(1, SUSPECT, 0), (2, SUSPECT, 0), (2, BEYOND, 9)], (1, 5, None))
    row = ladder_rates(stays, join).by_stage[SUSPECT]
    assert (row.entered, row.advanced) == (2, 2)
    assert join.handed_over == 2


def test_a_first_deal_ends_the_stay_that_hands_over():
    stays, join = join_at(100, [(1, SUSPECT, 0), (1, PROSPECT, 4), (2, PROSPECT, 4)], (1, 9, None))
    last = ladder_rates(stays, join).by_stage[PROSPECT]
    assert (last.entered, last.advanced, last.open) == (2, 1, 1)


def test_the_success_of_a_ladder_stage_is_at_least_one_win():
    rows, opened = [], []
    for c in range(400):
        rows.append((c, SUSPECT, 0))
        if c < 200:
            rows.append((c, PROSPECT, 5))
            opened += [(c, 8, 20 if c < 50 else None), (c, 9, 30 if c < 50 else None)]
    stays, join = join_at(300, rows, *opened)
    suspect, prospect = ladder_rates(stays, join).by_stage
    assert prospect.success.rate == pytest.approx(0.25)
    assert suspect.success.rate == pytest.approx(0.125)
    assert suspect.success.low80 < 0.125 < suspect.success.high80
    assert suspect.success.unresolved == pytest.approx(0.5)


def test_nothing_later_than_as_of_leaks_into_the_join():
    rows = [(1, SUSPECT, 0), (1, PROSPECT, 5), (2, SUSPECT, 0), (2, PROSPECT, 70)]
    later = join_at(50, rows, (1, 8, 60), (1, 55, None), (NOBODY, 52, None))[1]
    known = join_at(50, rows[:3], (1, 8, None))[1]
    assert np.array_equal(later.increments, known.increments)
    assert np.array_equal(later.wins, known.wins)
    assert later.direct_per_month == known.direct_per_month == 0


def test_a_ladder_without_customers_joins_to_nothing():
    stays, join = join_at(50, [])
    assert (join.handed_over, join.deals_per_customer, join.lag_days) == (0, None, None)
    assert ladder_rates(stays, join).by_stage[0].success.rate is None


def test_deals_of_a_pipeline_know_their_opening_and_their_win():
    moves = moves_of(path(1, "B", 3, "A", 5, "won", 9) + path(2, "A", 4))
    found = deals_of(moves, SMALL, np.array([70, 70, 70, 80]))
    assert found.customer.tolist() == [70, 80]
    assert found.opened.tolist() == [3 * DAY, 4 * DAY]
    assert found.first_stage.tolist() == [1, 0]
    assert found.won.tolist() == [9 * DAY, NEVER]


def test_a_win_that_was_left_again_is_no_win_of_the_customer():
    moves = moves_of(
        path(1, "B", 3, "won", 9, "A", 11) + path(2, "B", 3, "won", 9, "A", 9, "won", 12)
    )
    found = deals_of(moves, SMALL, np.array([70, 70, 70, 80, 80, 80, 80]))
    assert found.won.tolist() == [NEVER, 12 * DAY]


def test_no_deal_after_ten_handed_over_leaves_a_rate_possible():
    _, join = join_at(100, [(c, PROSPECT, 0) for c in range(10)])
    assert (join.deals_per_customer, join.low80) == (0.0, 0.0)
    assert 0.05 < join.high80 < 0.3


def test_later_steps_on_the_ladder_do_not_take_back_a_first_deal():
    rows = [(1, PROSPECT, 0), (1, SUSPECT, 20)]
    stays, _ = join_at(100, rows, (1, 5, None))
    assert stays.destination.tolist() == [LADDER.won]


def test_curves_of_a_funnel_lead_to_the_success_of_its_chain():
    rates = rates_of_stays(find_stays(simulate(np.random.default_rng(3)), STAGES, as_of=AS_OF))
    curves = funnel_curves(rates)
    offspring, wins = curves.offspring.sum(-1), curves.wins.sum(-1)
    success = np.linalg.solve(np.eye(3) - offspring, wins)
    assert success == pytest.approx([row.success.rate for row in rates.by_stage])
    assert curves.survival[:, 0].tolist() == [1.0, 1.0, 1.0]


def test_the_planner_takes_the_curves_as_they_are():
    stays = find_stays(simulate(np.random.default_rng(3)), STAGES, as_of=AS_OF)
    rates = rates_of_stays(stays)
    law = FunnelLaw(**vars(funnel_curves(rates)))
    assert law.success == pytest.approx([row.success.rate for row in rates.by_stage], rel=1e-6)


def test_curves_credit_reopened_deals():
    rows = [row for d in range(10) for row in path(d, "A", 0, "lost", 2, "B", 6, "won", 9)]
    curves = funnel_curves(rates_of_stays(find_stays(moves_of(rows), SMALL, as_of=40 * DAY)))
    assert curves.offspring[0, 1].sum() == pytest.approx(1.0)
    assert curves.offspring[0, 1, 6:8].sum() == pytest.approx(1.0)


def test_curves_of_a_joined_funnel_carry_the_join():
    rows = [(c, SUSPECT, 0) for c in range(100)] + [(c, PROSPECT, 3) for c in range(50)]
    opened = [(c, 6, None) for c in range(50)] + [(c, 9, None) for c in range(25)]
    stays, join = join_at(90, sorted(rows), *opened, (NOBODY, 60, None))
    pipeline = rates_of_stays(
        find_stays(moves_of(path(1, "A", 0, "won", 3)), SMALL, as_of=90 * DAY)
    )
    curves = funnel_curves(pipeline, ladder=ladder_rates(stays, join), join=join)
    assert curves.stages == ("Suspect", "Prospect", "A", "B", "C")
    assert curves.offspring[0, 1].sum() == pytest.approx(0.5)
    assert curves.offspring[1, 2].sum() == pytest.approx(1.5)
    assert curves.direct_per_month[2] > 0
    assert curves.wins.sum(-1).tolist() == [0, 0, 1, 0, 0]
