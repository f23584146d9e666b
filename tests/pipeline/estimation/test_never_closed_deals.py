"""A few deals that nobody ever closed must not speak for all that were lost sight of."""

import numpy as np
import pytest

from pipeline.estimation import DAY, Moves, StageList, find_stays, rates_of_stays

STAGES = StageList.of(("Project", "Proposal"))
YEARS = 3 * 365


def history(rng, *, deals=1000, forgotten=0.06):
    """Deals over three years: .55 go on within weeks, some are never touched again."""
    rows = []
    for deal in range(deals):
        opened = rng.uniform(0, YEARS)
        rows.append((deal, 0, opened))
        leaves = opened + rng.exponential(20)
        if rng.random() > forgotten and leaves < YEARS:
            rows.append((deal, 1 if rng.random() < 0.55 else STAGES.lost, leaves))
    return rows


def promotion(rows):
    subject, stage, at = (np.array(column) for column in zip(*sorted(rows), strict=True))
    moves = Moves(subject, stage.astype(np.int32), (at * DAY).astype(np.int64))
    order = np.lexsort((moves.at, moves.subject))
    moves = Moves(moves.subject[order], moves.stage[order], moves.at[order])
    return rates_of_stays(find_stays(moves, STAGES, as_of=YEARS * DAY)).by_stage[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tidying_up_one_of_them_leaves_the_rates_as_they_were(seed):
    rows = history(np.random.default_rng(seed))
    before = promotion(rows)
    moved = {deal for deal, stage, _ in rows if stage > 0}
    oldest = min((at, deal) for deal, stage, at in rows if deal not in moved)[1]
    after = promotion([*rows, (oldest, 1, YEARS - 0.5)])
    assert after.advanced == before.advanced + 1
    assert after.promotion.rate == pytest.approx(before.promotion.rate, abs=0.005)
    assert after.promotion.n_eff == pytest.approx(before.promotion.n_eff, rel=0.1)
    assert after.unresolved == pytest.approx(0.06, abs=0.02)


def test_where_all_is_known_every_age_speaks():
    rows = history(np.random.default_rng(4), deals=200, forgotten=0.0)
    known = {deal for deal, stage, _ in rows if stage > 0}
    rows = [row for row in rows if row[0] in known]
    found = promotion(rows)
    assert found.entered == found.advanced + found.lost > 150
    assert found.promotion.rate == pytest.approx(found.advanced / found.entered)
    assert found.unresolved == pytest.approx(0.0, abs=1e-9)
