"""Segments of simulated companies beside what they truly are, and how fast they are found."""

import logging
import time

import numpy as np
import pytest

from pipeline.estimation import OPEN, StageList, rates_of_stays
from pipeline.estimation.segments import rates_by_segment
from tests.pipeline.estimation.segmented import company, many_stays

figures = logging.getLogger(__name__)


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
