"""Segments by money, and segments of a ladder that is joined to a pipeline."""

import numpy as np
import pytest

from pipeline.estimation import (
    DAY,
    Deals,
    Refusal,
    StageList,
    estimate_join,
    find_stays,
    join_histories,
)
from pipeline.estimation.segment_wins import wins_by_segment
from pipeline.estimation.segments import rates_by_segment
from tests.pipeline.estimation.histories import SMALL, moves_of
from tests.pipeline.estimation.segmented import closed, segmented


def test_rates_by_value_differ_where_a_segment_wins_the_big_deals():
    rows = closed(120, 60) + closed(120, 60, start=120)
    small_wins = np.where(np.arange(120) < 60, 100.0, 900.0)
    amounts = np.concatenate([small_wins, small_wins[::-1]])
    _, _, found = segmented(rows, lambda s: int(s >= 120), amounts=amounts)
    poor, rich = (by_stage[0].rates.success for by_stage in found.segments)
    assert poor.rate == pytest.approx(rich.rate)
    assert poor.value_rate == pytest.approx(0.1, abs=0.04)
    assert rich.value_rate == pytest.approx(0.9, abs=0.04)
    assert found.amount_per_win == pytest.approx([100.0, 900.0])
    assert found.wins.tolist() == [60, 60]


def test_money_in_few_deals_is_too_thin_for_a_rate_of_its_own():
    rows = closed(100, 50) + closed(60, 30, start=100)
    amounts = np.full(160, 100.0)
    amounts[100:103] = 1e6
    _, _, found = segmented(rows, lambda s: int(s >= 100), amounts=amounts)
    even, few = (by_stage[0] for by_stage in found.segments)
    assert (even.is_value_pooled, few.is_value_pooled) == (False, True)
    assert few.rates.success.value_rate == found.whole.by_stage[0].success.value_rate
    assert not few.is_success_pooled


def test_value_is_refused_to_the_segment_whose_amounts_depend_on_the_outcome():
    rows = closed(400, 200) + closed(40, 20, start=400)
    amounts = np.full(440, 100.0)
    amounts[420:] = np.nan
    _, _, found = segmented(rows, lambda s: int(s >= 400), amounts=amounts)
    told, silent = (by_stage[0].rates.success for by_stage in found.segments)
    assert found.whole.value_refused is None
    assert (told.value_refused, silent.value_refused) == (None, Refusal.DEPENDS_ON_OUTCOME)
    assert told.value_rate == pytest.approx(0.5, abs=0.03)
    assert silent.value_rate is None


def test_without_amounts_there_is_no_value_in_any_segment():
    _, _, found = segmented(closed(40, 20), lambda s: s % 2)
    for by_stage in found.segments:
        assert by_stage[0].rates.success.value_refused is Refusal.NO_AMOUNTS
        assert by_stage[0].rates.success.value_rate is None
    assert np.isnan(found.amount_per_win).all()


LADDER = StageList.of(("Suspect", "Prospect"))


def laddered(bring):
    """Rates of two sources of 100 customers; `bring` of each 50 handed over bring a won deal.

    Of the first source 80 are handed over, of the second 20.
    """
    rows = []
    for customer in range(200):
        rows.append((customer, 0, 0))
        handed_over = customer % 100 < (80 if customer < 100 else 20)
        rows.append((customer, 1 if handed_over else LADDER.lost, 1 + customer % 5))
    handed = [row[0] for row in rows if row[1] == 1]
    wins = np.array(handed[:: 50 // bring] if bring else [], np.int64)
    days = np.full(len(wins), 20 * DAY)
    deals = Deals(wins, days, np.zeros(len(wins), np.int32), days + DAY)
    moves, handover = join_histories(
        moves_of(rows), LADDER, deals, as_of=400 * DAY, pipeline_stages=len(SMALL)
    )
    stays = find_stays(moves, LADDER, as_of=400 * DAY)
    segment = (stays.subject >= 100).astype(int)
    of_entry = (handover.customer >= 100).astype(int)
    join = estimate_join(handover, SMALL)
    after = wins_by_segment(handover, of_entry, segments=2, join=join)
    return rates_by_segment(stays, segment, segments=2, after=after)


def test_success_on_a_ladder_is_a_win_in_the_pipeline_after_it():
    found = laddered(bring=10)
    first, second = (by_stage[0] for by_stage in found.segments)
    assert found.whole.by_stage[0].success.rate == pytest.approx(0.5 * 0.2)
    assert first.raw == pytest.approx(0.8)
    assert (first.raw_success, second.raw_success) == pytest.approx((0.8 * 0.2, 0.2 * 0.2))
    assert first.rates.success.rate > 0.1 > second.rates.success.rate


def test_where_no_deal_was_ever_won_success_on_a_ladder_is_none_yet():
    first = laddered(bring=0).segments[0][0]
    assert first.raw_success == 0.0
    assert first.rates.success.rate < 0.05
