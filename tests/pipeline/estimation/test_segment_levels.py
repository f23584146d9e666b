"""Win probability by segment: the shape of the whole at the level of the segment."""

import logging

import numpy as np
import pytest

from pipeline.estimation import (
    AGE_EDGES,
    DAY,
    OPEN,
    aalen_johansen,
    age_bin,
    count_stays,
    eventual_fates,
    find_stays,
    rates_of_stays,
    win_probability,
)
from pipeline.estimation.aalen_johansen import speaking_ages
from pipeline.estimation.segment_levels import (
    fitted_kappa,
    pace_of,
    segment_levels,
    segment_win_probability,
)
from tests.pipeline.estimation.segmented import company
from tests.pipeline.estimation.simulation import AS_OF, STAGES

figures = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def made():
    return company(np.random.default_rng(21), leads=3000)


@pytest.fixture(scope="module")
def shape(made):
    counts = count_stays(made.stays).total()
    return aalen_johansen(counts, within=speaking_ages(counts))


@pytest.fixture(scope="module")
def levels(made, shape):
    return segment_levels(made.stays, made.segment, segments=20, shape=shape)


def slow_levels(made, shape, segment, stage, to):
    """Moves and expected moves, one stay at a time."""
    moves = expected = 0.0
    rows = np.flatnonzero((made.segment == segment) & (made.stays.stage == stage))
    for row in rows:
        last = age_bin(made.stays.age_days()[row])
        still = made.stays.destination[row] == OPEN
        moves += made.stays.destination[row] == to and shape.at_risk[stage, last] > 0
        expected += shape.hazards[stage, to, :last].sum()
        expected += shape.hazards[stage, to, last] * (0.5 if still else 1.0)
    return moves, expected


def test_a_level_is_moves_over_expected_moves_shrunk_by_five(made, shape, levels):
    for segment, stage, to in [(0, 0, 1), (3, 1, STAGES.lost), (7, 2, STAGES.won), (19, 0, 4)]:
        moves, expected = slow_levels(made, shape, segment, stage, to)
        assert levels.observed[segment, stage, to] == pytest.approx(moves)
        assert levels.expected[segment, stage, to] == pytest.approx(expected)
        assert levels.theta[segment, stage, to] == pytest.approx((moves + 5) / (expected + 5))


def test_all_segments_together_move_as_the_whole(levels, shape):
    moved = levels.observed.sum(axis=0)
    assert moved[:, STAGES.won].sum() > 100
    assert levels.expected.sum(axis=0) == pytest.approx(moved)


def test_at_level_one_a_segment_wins_as_the_whole(shape):
    same = segment_win_probability(np.ones((2, 5, 5)), shape, STAGES)
    whole = win_probability(shape, eventual_fates(shape, STAGES).won)
    assert same.table[1] == pytest.approx(whole.table, nan_ok=True)
    assert np.array_equal(same.bins_seen[0], whole.bins_seen)


def test_levels_however_high_leave_probabilities(shape):
    theta = np.full((1, 5, 5), 1000.0)
    table = segment_win_probability(theta, shape, STAGES).table[0, :3]
    assert (table >= 0).all()
    assert (table <= 1 + 1e-12).all()


def test_more_than_a_thousand_segments_come_in_chunks(shape):
    rng = np.random.default_rng(1)
    theta = rng.gamma(5, 0.2, (1100, 5, 5))
    many = segment_win_probability(theta, shape, STAGES)
    assert many.table.shape == (1100, 5, len(AGE_EDGES) - 1)
    alone = segment_win_probability(theta[700:701], shape, STAGES)
    assert many.table[700] == pytest.approx(alone.table[0], nan_ok=True)


def test_a_segment_nobody_was_in_is_as_the_whole_and_none_at_all_is_none(made, shape):
    apart = segment_levels(made.stays, made.segment, segments=21, shape=shape)
    assert apart.theta[20] == pytest.approx(1.0)
    nobody = np.full(len(made.stays), -1)
    none = segment_levels(made.stays, nobody, segments=0, shape=shape)
    assert none.theta.shape == (0, 5, 5)
    assert segment_win_probability(none.theta, shape, STAGES).table.shape[:2] == (0, 5)


def test_chances_by_segment_foretell_the_open_deals_better_than_those_of_all():
    """Brier score against what became of each open deal, all of whose moves are known."""
    scores = []
    for seed in range(12):
        made = company(np.random.default_rng(100 + seed), leads=3000, kappa=15.0)
        open_now = made.stays.is_open_deal()
        stage, age = made.stays.stage[open_now], made.stays.age_days()[open_now]
        came = find_stays(made.moves, STAGES, as_of=AS_OF + 5000 * DAY).wins.subject
        won = np.isin(made.stays.subject[open_now], came)
        whole = rates_of_stays(made.stays)
        levels = segment_levels(made.stays, made.segment, segments=20, shape=whole.estimate)
        tables = segment_win_probability(levels.theta, whole.estimate, STAGES)
        bins = age_bin(age)
        by_segment = tables.table[made.segment[open_now], stage, bins]
        of_all = whole.win_probability.table[0, stage, bins]
        scores.append([((chance - won) ** 2).mean() for chance in (by_segment, of_all)])
    by_segment, of_all = np.mean(scores, axis=0)
    figures.info(f"Brier by segment {by_segment:.4f}, of all {of_all:.4f}")
    assert by_segment < of_all - 0.003
    assert np.mean([one < other for one, other in scores]) > 0.8


@pytest.mark.parametrize("kappa", [5.0, 60.0])
def test_how_alike_the_paces_of_segments_are_is_found(kappa):
    rng = np.random.default_rng(4)
    fitted = []
    for _ in range(60):
        expected = np.exp(rng.uniform(np.log(5), np.log(300), 25))
        fitted.append(
            fitted_kappa(rng.poisson(expected * rng.gamma(kappa, 1 / kappa, 25)), expected)
        )
    assert np.exp(np.mean(np.log(fitted))) == pytest.approx(kappa, rel=0.3)


def test_bands_of_paces_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(100):
        expected = np.exp(rng.uniform(np.log(5), np.log(300), 25))
        true = rng.gamma(20, 1 / 20, 25)
        pace = pace_of(rng.poisson(expected * true).astype(float), expected)
        inside.append((pace.low80 <= true) & (true <= pace.high80))
    figures.info(f"coverage of paces {np.mean(inside):.3f}")
    assert 0.74 <= np.mean(inside) <= 0.86
