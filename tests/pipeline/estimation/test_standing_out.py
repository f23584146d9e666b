import logging

import numpy as np
import pytest

from pipeline.estimation import DAY, find_stays
from pipeline.estimation.segments import rates_by_segment
from pipeline.estimation.standing_out import standing_out
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.segmented import company
from tests.pipeline.estimation.simulation import ADVANCE

figures = logging.getLogger(__name__)


def findings_of(*segments):
    """Findings where each segment is (deals, wins, days to the outcome)."""
    rows, segment = [], []
    for place, (deals, wins, days) in enumerate(segments):
        for n in range(deals):
            to = "won" if n * wins // deals < (n + 1) * wins // deals else "lost"
            rows += path(len(segment), "A", 0, to, days * (0.5 + n / deals))
            segment.append(place)
    stays = find_stays(moves_of(rows), SMALL, as_of=400 * DAY)
    codes = np.array(segment)[stays.subject]
    return standing_out(rates_by_segment(stays, codes, segments=len(segments)))


def test_a_segment_that_wins_half_as_often_stands_out_by_its_factor():
    findings = findings_of((900, 300, 20), (300, 50, 20))
    found = {(f.segment, f.stage, f.what): f.factor for f in findings}
    whole = 350 / 1200
    assert found[1, None, "success"] == pytest.approx(50 / 300 / whole, rel=0.1)
    assert found[1, 0, "promotion"] == pytest.approx(50 / 300 / whole, rel=0.1)
    assert found[0, None, "success"] == pytest.approx(300 / 900 / whole, rel=0.1)
    assert abs(np.log(findings[0].factor)) == max(abs(np.log(f.factor)) for f in findings)
    assert findings[0].segment == 1


def test_a_segment_that_is_twice_as_fast_stands_out_by_its_dwell_alone():
    findings = findings_of((900, 300, 40), (300, 100, 20))
    assert {f.what for f in findings} == {"dwell"}
    fast = {f.stage: f.factor for f in findings if f.segment == 1}
    assert fast[0] == pytest.approx(20 / 36, rel=0.1)
    assert fast[None] < 0.75


def test_segments_that_are_alike_do_not_stand_out():
    assert findings_of((300, 100, 20), (300, 100, 20), (60, 20, 20)) == []


def test_a_thin_segment_does_not_stand_out_however_lucky():
    assert [f for f in findings_of((300, 60, 20), (6, 6, 2)) if f.segment == 1] == []


def test_nothing_stands_out_of_no_segments_or_of_one():
    assert findings_of() == []
    assert findings_of((100, 40, 9)) == []


def _per_company(kappa):
    rng = np.random.default_rng(8)
    found = []
    for _ in range(12):
        made = company(rng, kappa=kappa)
        rates = rates_by_segment(made.stays, made.segment, segments=20)
        found.append((made, standing_out(rates)))
    return found


def test_by_chance_alone_hardly_any_of_twenty_segments_stands_out():
    counts = [len(findings) for _, findings in _per_company(1e6)]
    figures.info(f"{np.mean(counts):.2f} false findings a company")
    assert np.mean(counts) < 2


def test_what_stands_out_mostly_does_so_in_truth():
    right = [
        (made.advance[found.segment, found.stage] > ADVANCE[found.stage]) == (found.factor > 1)
        for made, findings in _per_company(40.0)
        for found in findings
        if found.what == "promotion"
    ]
    figures.info(f"{len(right) / 12:.1f} findings a company, {np.mean(right):.1%} right")
    assert len(right) > 60
    assert np.mean(right) > 0.85
