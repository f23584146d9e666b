"""Segments of ladders: what they truly are in simulated companies, and what small ones show."""

import logging

import numpy as np
import pytest

from pipeline.estimation import DAY, NEVER, Deals, estimate_join, join_histories
from pipeline.estimation.segment_wins import wins_by_segment
from tests.pipeline.estimation.histories import SMALL, moves_of
from tests.pipeline.estimation.laddered import LADDER, climbers, rates_of

figures = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def companies():
    rng = np.random.default_rng(5)
    made = [climbers(rng) for _ in range(20)]
    return [(each, rates_of(each)) for each in made]


def cells(companies):
    """Each segment's place, what is true of it, and its row in each stage."""
    for made, found in companies:
        for place, by_stage in enumerate(found.segments):
            for stage, row in enumerate(by_stage):
                if row.rates.entered:
                    yield made, found, place, stage, row


def judge(name, triples):
    """(raw, believed, true): error as a share of raw's, bias, and how often the band holds."""
    raw = np.array([raw - true for raw, _, true in triples])
    shown = np.array([found.rate - true for _, found, true in triples])
    inside = np.mean([found.low80 <= true <= found.high80 for _, found, true in triples])
    better = np.sqrt((shown**2).mean() / (raw**2).mean())
    figures.info(
        f"{name}: {len(raw)} cells, error {better:.1%} of raw, bias {shown.mean():+.3f}, "
        f"coverage {inside:.3f}"
    )
    return better, shown.mean(), inside


def test_rates_of_sources_on_a_ladder_are_near_the_truth_and_know_how_near(companies):
    promotion, success = [], []
    for made, _found, place, stage, row in cells(companies):
        if not row.is_pooled:
            promotion.append((row.raw, row.rates.promotion, made.advance[place, stage]))
        if row.raw_success is not None:
            success.append((row.raw_success, row.rates.success, made.success[place, stage]))
    for name, triples, most in (("promotion", promotion, 0.85), ("success", success, 0.6)):
        better, bias, inside = judge(name, triples)
        assert better < most
        assert abs(bias) < 0.01
        assert 0.74 <= inside <= 0.87


def test_where_sources_differ_after_the_handover_their_own_wins_tell_more_than_those_of_all(
    companies,
):
    own, alike = [], []
    for made, found, place, stage, row in cells(companies):
        if stage == 0 and not row.is_reach_pooled and not row.is_wins_pooled:
            true, rate = made.success[place, 0], row.rates.success.rate
            own.append(rate - true)
            of_all = found.after.join.wins[0] / found.after.leaning.rate[place]
            alike.append(rate * of_all - true)
    better = np.sqrt(np.square(own).mean() / np.square(alike).mean())
    figures.info(f"success with the wins of the source: error {better:.1%} of that with all wins")
    assert better < 0.9


def test_success_is_being_handed_over_and_won_after_that(companies):
    for _made, found, place, stage, row in cells(companies):
        success, after = row.rates.success, found.after.leaning
        assert 0 <= success.low80 <= success.rate <= success.high80 <= 1
        if stage == 2:
            assert success.rate == after.rate[place]
            assert (success.low80, success.high80) == (after.low80[place], after.high80[place])
        if row.is_success_pooled:
            assert success.rate == pytest.approx(found.whole.by_stage[stage].success.rate)
        assert row.is_success_pooled == (row.is_wins_pooled and (row.is_reach_pooled or stage == 2))


def handed_over(wins_of, days=200, each=40):
    """Entries of customers 0..n-1 on day 0 into the handing-over stage, `each` a segment, of whom
    so many were won, ten days later."""
    customers = each * len(wins_of)
    rows = [(customer, 2, 0) for customer in range(customers)]
    buyers = np.concatenate([each * g + np.arange(wins) for g, wins in enumerate(wins_of)])
    opened = np.full(len(buyers), 5 * DAY)
    deals = Deals(buyers, opened, np.zeros(len(buyers), np.int32), opened + 5 * DAY)
    _moves, handover = join_histories(
        moves_of(rows), LADDER, deals, as_of=days * DAY, pipeline_stages=len(SMALL)
    )
    return handover


def wins_after(handover, segment, segments):
    join = estimate_join(handover, SMALL)
    return wins_by_segment(handover, segment, segments=segments, join=join)


def test_each_segment_has_the_share_of_its_own_customers_that_were_won():
    handover = handed_over([30, 10, 0])
    found = wins_after(handover, handover.customer // 40, 3)
    assert found.handed_over.tolist() == [40, 40, 40]
    assert found.raw == pytest.approx([30 / 40, 10 / 40, 0.0])
    # All were watched to the end: each counts as one.
    assert found.leaning.n_eff == pytest.approx([40.0] * 3)
    assert not found.leaning.thin.any()
    rate = found.leaning.rate
    assert 0.75 > rate[0] > rate[1] > rate[2] > 0


def test_customers_handed_over_of_late_hardly_count():
    everybody = handed_over([20, 20, 0])
    late = everybody.customer >= 80
    entered = np.where(late, 199 * DAY, everybody.entered)
    handover = type(everybody)(**(vars(everybody) | {"entered": entered}))
    found = wins_after(handover, handover.customer // 40, 3)
    assert found.leaning.n_eff[2] < 5
    assert found.leaning.thin.tolist() == [False, False, True]
    # What becomes of them later is taken from the others.
    assert found.raw == pytest.approx([0.5, 0.5, 0.5], abs=0.01)
    assert found.leaning.rate[2] == found.join.wins[0]


def test_a_segment_of_whom_nobody_was_handed_over_wins_as_all_do():
    handover = handed_over([20, 10])
    found = wins_after(handover, handover.customer // 40, 3)
    assert found.handed_over.tolist() == [40, 40, 0]
    assert np.isnan(found.raw[2])
    assert found.leaning.thin.tolist() == [False, False, True]
    assert found.leaning.rate[2] == found.join.wins[0] == pytest.approx(30 / 80)
    assert found.leaning.low80[2] < 0.3 < 0.45 < found.leaning.high80[2]


def test_customers_in_no_segment_count_for_all_alone():
    handover = handed_over([40, 0])
    segment = np.where(handover.customer < 40, -1, 0)
    found = wins_after(handover, segment, 1)
    assert found.handed_over.tolist() == [40]
    assert found.raw.tolist() == [0.0]
    assert found.join.wins[0] == pytest.approx(0.5)


def test_a_win_that_is_still_to_come_is_none_yet():
    handover = handed_over([40])
    never = type(handover)(**(vars(handover) | {"first_win": np.full(40, NEVER)}))
    found = wins_after(never, np.zeros(40, int), 1)
    assert found.raw.tolist() == [0.0]
    assert found.leaning.rate[0] < 0.05
