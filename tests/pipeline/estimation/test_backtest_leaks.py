"""Nothing after an origin, and nobody out of sight, is known to its forecast."""

import numpy as np
import pytest

from pipeline.estimation import DAY, Moves
from tests.pipeline.estimation.backtests import SURGE_BEGINS, at_surge, tell
from tests.pipeline.estimation.simulation import AS_OF, STAGES


def test_nothing_after_an_origin_leaks_into_its_forecast(surge, surge_backtest):
    """From the eve of the surge on, what happens to every deal is drawn anew; leads still come."""
    other = tell(_with_another_future(surge, SURGE_BEGINS))
    for thing in ("open", "given_leads", "forecast_leads"):
        before, after = (
            [w for w in getattr(card.wins, thing).windows if w.origin <= SURGE_BEGINS]
            for card in (surge_backtest, other)
        )
        forecasts = [[_forecast(window) for window in each] for each in (before, after)]
        assert np.allclose(*forecasts, rtol=1e-9)
        assert before[-1].actual != after[-1].actual


def _forecast(window):
    return (window.origin, window.forecast, window.low80, window.high80, window.high90)


def test_amounts_told_after_an_origin_do_not_leak_into_its_forecast(surge, surge_backtest):
    """From the eve of the surge on, deals not yet won are said to be worth ten times as much."""
    worth = np.random.default_rng(1).lognormal(8, 1, 4000)[surge.subject]
    won = surge.subject[(surge.stage == STAGES.won) & (surge.at < SURGE_BEGINS)]
    raised = np.where(np.isin(surge.subject, won), worth, 10 * worth)
    other = tell(surge, amount_at=lambda at: worth if at <= SURGE_BEGINS else raised)
    for thing in ("open", "given_leads", "forecast_leads"):
        before, after = (
            np.array([_forecast(window) for window in getattr(card.value, thing).windows])
            for card in (surge_backtest, other)
        )
        known = before[:, 0] <= SURGE_BEGINS
        assert before[known] == pytest.approx(after[known])
        assert (before[~known, 1] < after[~known, 1]).all()


def _with_another_future(moves, origin):
    """Wins after `origin` become losses, and losses wins."""
    later = moves.at >= origin
    swapped = np.select(
        [later & (moves.stage == STAGES.won), later & (moves.stage == STAGES.lost)],
        [STAGES.lost, STAGES.won],
        moves.stage,
    )
    return Moves(moves.subject, swapped.astype(np.int32), moves.at)


def test_leads_that_began_closed_do_not_tell_how_they_ended(surge):
    """Deals entered only when they are won: their number is given, their outcome is not."""
    rows = np.arange(300)
    at = np.linspace(100, 1090, 300)
    stage = np.where(rows % 3 == 0, STAGES.won, STAGES.lost)
    stage[at > 800] = STAGES.won
    late = Moves.sort(
        np.concatenate([surge.subject, 10_000 + rows]),
        np.concatenate([surge.stage, stage]).astype(np.int32),
        np.concatenate([surge.at, (at * DAY).astype(np.int64)]),
    )
    plain, mixed = tell(surge), tell(late)
    (without,), (with_closed,) = at_surge(plain.wins), at_surge(mixed.wins)
    came = ((at >= 730) & (at < 1095)).sum()
    assert with_closed.forecast - without.forecast == pytest.approx(came / 3, abs=6)
    assert with_closed.actual - without.actual > 0.8 * came


def test_nobody_watched_is_nobody_open(surge):
    """Deals out of sight are forecast no more: as if they had been put away that day."""
    gone = np.where(surge.subject % 2 == 0, SURGE_BEGINS - 1, AS_OF)
    seen = tell(surge, watched_until=gone).wins.open.windows
    everyone = tell(surge).wins.open.windows
    few, many = (next(w for w in each if w.origin == SURGE_BEGINS) for each in (seen, everyone))
    assert few.forecast == pytest.approx(many.forecast / 2, rel=0.25)
