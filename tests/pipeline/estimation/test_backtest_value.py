"""Money in a backtest: what wins bring, and where amounts are missing."""

import numpy as np
import pytest

from pipeline.estimation import DAY
from pipeline.estimation.backtest import backtest
from tests.pipeline.estimation.backtests import always, tell, twelfth_of_year
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import STAGES


def test_money_is_forecast_as_wins_times_what_each_brings(surge):
    card = tell(surge, amount_at=always(np.full(len(surge), 250.0)))
    for thing in ("open", "given_leads", "forecast_leads"):
        wins, value = getattr(card.wins, thing), getattr(card.value, thing)
        assert (value.method.mape, value.method.bias) == pytest.approx(
            (wins.method.mape, wins.method.bias)
        )
        for number, money in zip(wins.windows, value.windows, strict=True):
            assert money.forecast == pytest.approx(250 * number.forecast)
            assert (money.low80, money.high80) == pytest.approx(
                (250 * number.low80, 250 * number.high80)
            )


def test_deals_without_an_amount_are_taken_to_be_worth_the_mean(surge):
    """Of two deals in five nobody ever tells the amount."""
    priced = np.where(surge.subject % 5 < 2, np.nan, 250.0)
    full = np.full(len(surge), 250.0)
    every, some = (tell(surge, amount_at=always(each)) for each in (full, priced))
    for thing in ("open", "given_leads", "forecast_leads"):
        known, found = (getattr(card.value, thing).windows for card in (every, some))
        assert [w.actual for w in found] == pytest.approx([w.actual for w in known])
        ratio = [w.forecast / v.forecast for w, v in zip(found, known, strict=True)]
        assert ratio == pytest.approx(np.ones(len(ratio)), abs=0.15)


def test_big_deals_that_win_less_often_are_told_by_money_alone():
    """Of small deals nine in ten are won, of big ones one in ten: half of the wins, not of the
    money."""
    rng = np.random.default_rng(4)
    rows, big = [], rng.random(4000) < 0.5
    for deal, day in enumerate(np.sort(rng.uniform(0, 900, 4000))):
        fate = "won" if rng.random() < (0.1 if big[deal] else 0.9) else "lost"
        rows += path(deal, "A", day, fate, day + rng.uniform(20, 100))
    moves = moves_of(rows)
    worth = np.where(big, 1000.0, 10.0)
    card = backtest(
        moves,
        SMALL,
        as_of=900 * DAY,
        month_of=twelfth_of_year,
        amount_at=always(worth[moves.subject]),
    )
    assert abs(card.value.given_leads.method.bias) < 0.15
    assert abs(card.wins.given_leads.method.bias) < 0.05


def test_money_is_refused_where_only_won_deals_have_amounts(surge):
    winners = surge.subject[surge.stage == STAGES.won]
    amount = np.where(np.isin(surge.subject, winners), 100.0, np.nan)
    card = tell(surge, amount_at=always(amount))
    assert card.value is None
    assert card.value_refused == "amounts_depend_on_outcome"
    assert tell(surge).value_refused == "no_amounts"
