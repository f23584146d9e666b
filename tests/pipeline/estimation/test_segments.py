"""Rates by segment: what each has shown, how sure that is, and when it is the whole's."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation import (
    DAY,
    OPEN,
    age_bin,
    find_stays,
)
from pipeline.estimation.segments import rates_by_segment
from tests.pipeline.estimation.histories import SMALL, moves_of, path, random_rows
from tests.pipeline.estimation.segmented import closed, company, segmented


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
