"""Rates by segment: what each has shown, how sure that is, and when it is the whole's."""

import logging
import time
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import (
    DAY,
    OPEN,
    Deals,
    Refusal,
    StageList,
    age_bin,
    amount_per_move,
    estimate_join,
    find_stays,
    join_histories,
    rates_of_stays,
)
from pipeline.estimation.segments import rates_by_segment
from tests.pipeline.estimation.histories import SMALL, moves_of, path, random_rows
from tests.pipeline.estimation.segmented import company, many_stays

figures = logging.getLogger(__name__)


def segmented(rows, of_subject, day=60, segments=2, amounts=None):
    """Rates of a small history; `of_subject` maps a subject to its segment."""
    moves = moves_of(rows)
    amount = None
    if amounts is not None:
        amount = amount_per_move(moves, np.arange(len(amounts)), np.array(amounts, float))
    stays = find_stays(moves, SMALL, as_of=day * DAY, amount=amount)
    segment = np.array([of_subject(subject) for subject in stays.subject], np.int64)
    return stays, segment, rates_by_segment(stays, segment, segments=segments)


def closed(subjects, wins, start=0):
    """Deals that were won (the first `wins`) or lost after one to seven days in A."""
    return [
        row
        for n in range(subjects)
        for row in path(start + n, "A", 0, "won" if n < wins else "lost", 1 + n % 7)
    ]


@settings(max_examples=20, deadline=None)
@given(random_rows(), st.integers(1, 62), st.integers(1, 4))
def test_counts_of_a_segment_are_those_of_its_own_stays(rows, day, segments):
    stays, segment, found = segmented(rows, lambda s: s % (segments + 1) - 1, day, segments)
    assert len(found) == segments
    for place, by_stage in enumerate(found.segments):
        for row in (each.rates for each in by_stage):
            here = (segment == place) & (stays.stage == row.stage)
            to = stays.destination[here]
            forward = SMALL.forward(row.stage)[to] & (to != OPEN)
            assert row.entered == here.sum()
            assert row.entered == row.advanced + row.moved_back + row.lost + row.open
            assert (row.open, row.advanced) == ((to == OPEN).sum(), forward.sum())
            assert row.lost == (to == SMALL.lost).sum()
        assert found.wins[place] == ((stays.destination == SMALL.won) & (segment == place)).sum()


@settings(max_examples=20, deadline=None)
@given(random_rows(), st.integers(1, 62))
def test_rates_and_bands_are_in_order_whatever_the_history(rows, day):
    _, _, found = segmented(rows, lambda s: s % 3, day, 4)
    for each in (row for by_stage in found.segments for row in by_stage):
        rates = each.rates
        if not rates.entered:
            assert set(astuple(rates.promotion)) == {None}
            assert (rates.success.rate, each.raw, rates.unresolved) == (None, None, None)
            continue
        p, s = rates.promotion, rates.success
        assert 0 <= p.low90 <= p.low80 <= p.rate <= p.high80 <= p.high90 <= 1
        assert 0 <= s.low80 <= s.rate <= s.high80 <= 1
        assert s.rate + s.unresolved <= 1 + 1e-9
        assert each.pace_low80 <= each.pace <= each.pace_high80


def test_all_stays_as_one_segment_show_the_rates_of_the_whole():
    made = company(np.random.default_rng(1), leads=1500)
    one = rates_by_segment(made.stays, np.zeros(len(made.stays), int), segments=1)
    for each, whole in zip(one.segments[0], one.whole.by_stage, strict=True):
        rates = each.rates
        assert each.raw == pytest.approx(whole.promotion.rate, abs=1e-12)
        assert each.raw_success == pytest.approx(whole.success.rate, abs=1e-12)
        assert rates.promotion.n_eff == pytest.approx(whole.promotion.n_eff)
        assert rates.promotion.rate == pytest.approx(whole.promotion.rate, abs=0.01)
        width = whole.promotion.high80 - whole.promotion.low80
        assert rates.promotion.high80 - rates.promotion.low80 == pytest.approx(width, rel=0.1)
        assert (rates.dwell_median, rates.unresolved) == (whole.dwell_median, whole.unresolved)
        assert each.pace == pytest.approx(1.0, abs=0.02)


def test_raw_rates_are_those_of_the_segment_alone():
    rows = closed(40, 10) + closed(60, 45, start=40)
    _, _, found = segmented(rows, lambda s: int(s >= 40))
    for by_stage, raw in zip(found.segments, (0.25, 0.75), strict=True):
        assert by_stage[0].raw == pytest.approx(raw)
        assert by_stage[0].raw_success == pytest.approx(raw)
    low, high = (by_stage[0].rates.promotion.rate for by_stage in found.segments)
    assert 0.25 < low < 0.35
    assert 0.65 < high < 0.75


def test_a_thin_segment_shows_the_rate_of_the_whole_and_says_so():
    rows = closed(100, 30) + closed(9, 9, start=100)
    _, _, found = segmented(rows, lambda s: int(s >= 100))
    (large, *_), (thin, *_) = found.segments
    whole = found.whole.by_stage[0]
    assert (large.is_pooled, thin.is_pooled, thin.is_success_pooled) == (False, True, True)
    assert thin.rates.promotion.rate == whole.promotion.rate
    assert thin.rates.success.rate == whole.success.rate
    assert thin.raw == 1.0
    # What is known of the segment itself has not become surer by showing another rate.
    assert thin.rates.promotion.high80 > 0.6 > large.rates.promotion.high80
    assert (thin.rates.dwell_median, thin.rates.entered) == (None, 9)
    assert large.rates.dwell_median is not None


def test_enough_stays_are_believed():
    rows = closed(100, 30) + closed(12, 12, start=100)
    _, _, found = segmented(rows, lambda s: int(s >= 100))
    believed = found.segments[1][0]
    assert not believed.is_pooled
    assert believed.rates.promotion.rate > 0.6
    assert believed.rates.promotion.n_eff == pytest.approx(12.0)


def test_open_stays_count_as_far_as_their_age_rules_something_out():
    rng = np.random.default_rng(2)
    made = company(rng, leads=1200, segments=6)
    found = rates_by_segment(made.stays, made.segment, segments=6)
    stays, whole = made.stays, found.whole
    for stage in range(3):
        survival = whole.estimate.survival[stage]
        info = np.array(
            [
                1.0 if to != OPEN else 1 - survival[age_bin(days)]
                for to, days in zip(stays.destination, stays.age_days(), strict=True)
            ]
        )
        here = stays.stage == stage
        share = min(1.0, whole.by_stage[stage].promotion.n_eff / info[here].sum())
        for place in range(6):
            n_eff = found.segments[place][stage].rates.promotion.n_eff
            assert n_eff == pytest.approx(info[here & (made.segment == place)].sum() * share)


def test_a_young_segment_takes_from_the_whole_what_it_was_not_old_enough_to_show():
    old = closed(200, 60)
    young = [row for n in range(200, 260) for row in path(n, "A", 59.5)]
    _, _, found = segmented(old + young, lambda s: int(s >= 200))
    row = found.segments[1][0]
    assert row.raw == pytest.approx(0.3, abs=0.01)
    assert row.is_pooled
    assert row.rates.promotion.n_eff < 1
    assert row.rates.success.rate == pytest.approx(0.3, abs=0.01)


def test_where_a_segment_has_come_no_further_its_success_goes_on_as_the_wholes():
    old = [
        row
        for n in range(200)
        for row in path(n, "A", 0, "B", 1 + n % 5, "won" if n % 4 else "lost", 20)
    ]
    new = [row for n in range(200, 240) for row in path(n, "A", 50, "B", 51 + n % 5)]
    _, _, found = segmented(old + new, lambda s: int(s >= 200))
    assert found.segments[1][0].raw_success == pytest.approx(0.75, abs=0.02)


@pytest.fixture(scope="module")
def companies():
    rng = np.random.default_rng(11)
    made = [company(rng, leads=2500) for _ in range(30)]
    return [(c, rates_by_segment(c.stays, c.segment, segments=20)) for c in made]


def _believed(companies):
    """(raw, Promotion, true rate, raw success, Success, true success) of what is not thin."""
    for made, found in companies:
        for place, by_stage in enumerate(found.segments):
            for stage, row in enumerate(by_stage):
                if row.rates.entered and not row.is_pooled and not row.is_success_pooled:
                    yield (
                        (row.raw, row.rates.promotion, made.advance[place, stage]),
                        (row.raw_success, row.rates.success, made.success[place, stage]),
                    )


def test_segments_of_a_growing_company_are_near_the_truth_and_know_how_near(companies):
    for name, triples in zip(
        ("promotion", "success"), zip(*_believed(companies), strict=True), strict=True
    ):
        raw = np.array([raw - true for raw, _, true in triples])
        shown = np.array([found.rate - true for _, found, true in triples])
        inside = np.mean([f.low80 <= true <= f.high80 for _, f, true in triples])
        better = np.sqrt((shown**2).mean() / (raw**2).mean())
        figures.info(
            f"{name}: {len(raw)} cells, error {better:.1%} of raw, bias {shown.mean():+.3f} "
            f"(raw {raw.mean():+.3f}), coverage {inside:.3f}"
        )
        assert better < 0.75
        assert abs(shown.mean()) < 0.01
        assert abs(raw.mean()) < 0.01
        assert 0.75 <= inside <= 0.87


def test_the_closed_only_rates_of_segments_would_be_far_off(companies):
    errors = []
    for made, _ in companies:
        stays, ended = made.stays, made.stays.destination != OPEN
        for place in range(20):
            for stage in range(3):
                here = (made.segment == place) & (stays.stage == stage) & ended
                if here.sum() >= 10:
                    ahead = stays.stages.forward(stage)[stays.destination[here]]
                    errors.append(ahead.mean() - made.advance[place, stage])
    figures.info(f"closed only: bias {np.mean(errors):+.3f}")
    assert abs(np.mean(errors)) > 0.01


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
    return rates_by_segment(stays, segment, segments=2, join=estimate_join(handover, SMALL))


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


def test_segments_are_held_to_the_level_of_the_whole():
    stays, segment, found = segmented(
        closed(200, 100) + closed(200, 40, start=200), lambda s: int(s >= 200)
    )
    theta = np.ones((len(SMALL), len(SMALL)))
    theta[:, SMALL.won] = 0.5
    halved = rates_by_segment(stays, segment, segments=2, whole=found.whole, theta=theta)
    for now, before in zip(halved.segments, found.segments, strict=True):
        assert 0.45 < now[0].raw / before[0].raw < 0.7


def test_where_a_segment_stands_among_the_others_changes_nothing():
    rng = np.random.default_rng(6)
    made = company(rng, leads=3000, segments=150)
    order = rng.permutation(150)
    as_is = rates_by_segment(made.stays, made.segment, segments=150)
    shuffled = rates_by_segment(made.stays, order[made.segment], segments=150, whole=as_is.whole)
    for place in range(150):
        for one, other in zip(as_is.segments[place], shuffled.segments[order[place]], strict=True):
            assert one.rates.entered == other.rates.entered
            if one.rates.entered:
                assert one.rates.success.rate == pytest.approx(other.rates.success.rate)
                assert one.pace == pytest.approx(other.pace)


def test_without_segments_there_are_no_rows():
    _, _, found = segmented(closed(20, 10), lambda s: -1, segments=0)
    assert (len(found), len(found.wins)) == (0, 0)


@pytest.mark.parametrize("wrong", [[0, 2], [-2, 0], [0]])
def test_codes_that_are_no_segments_are_an_error(wrong):
    stays = find_stays(moves_of(closed(2, 1)), SMALL, as_of=9 * DAY)
    with pytest.raises(ValueError, match="segment"):
        rates_by_segment(stays, np.array(wrong), segments=2)


def test_a_million_stays_in_fifty_segments_take_less_than_a_second():
    rng = np.random.default_rng(7)
    stages = StageList.of(("A", "B", "C", "D", "E"))
    stays = many_stays(rng, stages, 1_000_000)
    segment = rng.integers(-1, 50, len(stays))
    whole = rates_of_stays(stays)
    took = []
    for _ in range(3):
        # Time of this process: what else the machine does is not to decide.
        begun = time.process_time()
        rates_by_segment(stays, segment, segments=50, whole=whole)
        took.append(time.process_time() - begun)
    figures.info(f"1e6 stays x 50 segments: {min(took):.2f} s")
    assert min(took) < 1.0
