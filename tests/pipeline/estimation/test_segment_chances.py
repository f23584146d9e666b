"""Chances by segment are used where they would have been better, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.estimation import rates_of_stays
from pipeline.estimation.segment_chances import _known_at, chances_by_segment, gain_by_segment
from pipeline.estimation.stays import find_stays
from tests.pipeline.estimation.segmented import company
from tests.pipeline.estimation.simulation import AS_OF, STAGES


def gains(kappa, segments, shuffled=False, runs=8, leads=8000):
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        found = company(rng, leads=leads, segments=segments, kappa=kappa)
        code = found.of_subject
        if shuffled:
            code = rng.permutation(code)
        yield gain_by_segment(found.stays, code[found.stays.subject], segments=segments)


def test_segments_that_differ_gain_on_deals_nobody_had_seen_the_end_of():
    found = list(gains(kappa=6.0, segments=8))
    assert sum(gain.is_real for gain in found) >= 7
    for gain in found:
        assert gain.deals > 100
        assert (gain.brier < gain.brier_whole) == (gain.nats > 0)


@pytest.mark.parametrize("segments", [4, 30])
def test_segments_that_are_only_names_do_not(segments):
    """Drawn by lot, they seem to differ in the sample they are counted on, and nowhere else."""
    found = list(gains(kappa=40.0, segments=segments, shuffled=True))
    assert not any(gain.is_real for gain in found)
    assert np.mean([gain.nats for gain in found]) < 0


def test_what_was_known_at_the_cut_is_what_the_moves_before_it_say():
    found = company(np.random.default_rng(3), leads=1500)
    cut = AS_OF - 200 * 86_400 * 10**6
    known, rows = _known_at(found.stays, cut)
    slow = find_stays(found.moves, STAGES, as_of=cut)
    for name in ("subject", "stage", "entered", "left", "destination", "bucket"):
        np.testing.assert_array_equal(getattr(known, name), getattr(slow, name), name)
    np.testing.assert_array_equal(known.wins.subject, slow.wins.subject)
    np.testing.assert_array_equal(found.stays.subject[rows], slow.subject)


def test_the_chances_are_those_of_the_company_within_what_its_deals_can_tell():
    found = company(np.random.default_rng(5), leads=20_000, segments=5, kappa=8.0)
    whole = rates_of_stays(found.stays)
    table = chances_by_segment(found.stays, found.segment, segments=5, shape=whole, now=whole)
    told, truth = table.table[:, 0, 0], found.success[:, 0]
    of_whole = np.abs(whole.win_probability.table[0, 0, 0] - truth)
    assert np.abs(told - truth).mean() < 0.4 * of_whole.mean()


def test_the_level_of_the_market_is_applied_once():
    """Where all conversion has halved of late, a segment like the others has the chances of all."""
    found = company(np.random.default_rng(6), leads=4000, segments=2, kappa=1e6)
    shape = rates_of_stays(found.stays)
    fallen = replace(shape.estimate, increments=shape.estimate.increments)
    now = replace(shape, estimate=replace(fallen, hazards=shape.estimate.hazards * 0.5))
    table = chances_by_segment(found.stays, found.segment, segments=2, shape=shape, now=now)
    one = np.zeros(len(found.stays), int)
    whole = chances_by_segment(found.stays, one, segments=1, shape=shape, now=now)
    assert table.table[:, 0, 0] == pytest.approx([whole.table[0, 0, 0]] * 2, rel=0.12)


def test_without_anything_to_try_there_is_no_gain():
    found = company(np.random.default_rng(7), leads=5)
    none = np.full(len(found.stays), -1)
    assert not gain_by_segment(found.stays, none, segments=3).is_real
    assert gain_by_segment(found.stays, none, segments=0).deals == 0
