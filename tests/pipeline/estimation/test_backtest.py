import json
import logging
from dataclasses import asdict, replace

import numpy as np
import pytest

from pipeline.estimation import (
    DAY,
    Moves,
    aalen_johansen,
    count_stays,
    monthly_origins,
    months_in,
    track_record,
)
from pipeline.estimation.backtest import backtest
from pipeline.estimation.naive import Rule
from tests.pipeline.estimation.bank_log import read_bank_log
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate

figures = logging.getLogger(__name__)

SURGE_BEGINS = 2 * 365 * DAY


def twelfth_of_year(at):
    """Months of equal length, so that the fourfold year is twelve of them."""
    return at * 12 // (365 * DAY)


def tell(moves, stages=STAGES, as_of=AS_OF, **options):
    return backtest(moves, stages, as_of=as_of, month_of=twelfth_of_year, **options)


def always(amount):
    """Amounts that were known from the first and never changed."""
    return lambda instant: amount


def closed_only_law(stays, weight=None):
    """The wrong estimator: as if deals that are still open had never been."""
    counts = count_stays(stays, weight=weight)
    nobody = np.zeros_like(counts.censored)
    return aalen_johansen(replace(counts, censored=nobody, censored_sq=nobody).leave_one_out())


def rule_of(comparison, rule):
    return next(row.scores for row in comparison.rules if row.rule == rule)


@pytest.fixture(scope="module")
def surges():
    rng = np.random.default_rng(5)
    return [simulate(rng) for _ in range(25)]


@pytest.fixture(scope="module")
def backtests(surges):
    return [tell(moves) for moves in surges]


@pytest.fixture(scope="module")
def cards(backtests):
    return [test.wins for test in backtests]


@pytest.fixture(scope="module")
def told(surges):
    """One of them with amounts."""
    worth = np.random.default_rng(1).lognormal(8, 1, 4000)
    return tell(surges[0], amount_at=always(worth[surges[0].subject]))


def test_leads_that_came_bring_the_fourfold_year_within_twelve_percent(cards):
    """Bar 11, over twelve-month sums of all origins; the rule of thumb is four times as far off."""
    errors = [card.given_leads.method.mape for card in cards]
    closed = [rule_of(card.given_leads, Rule.CLOSED_RATE).mape for card in cards]
    bias = [card.given_leads.method.bias for card in cards]
    surge = [window.forecast / window.actual - 1 for card in cards for window in _at_surge(card)]
    figures.info(
        f"MAPE {np.mean(errors):.1%} (closed rate × leads {np.mean(closed):.1%}), bias "
        f"{np.mean(bias):+.1%}; from the eve of the surge {np.abs(surge).mean():.1%}, bias "
        f"{np.mean(surge):+.1%}"
    )
    assert np.mean(errors) <= 0.12
    assert np.abs(surge).mean() <= 0.12
    assert np.mean(errors) <= np.mean(closed) / 2
    assert abs(np.mean(surge)) <= 0.05


def _at_surge(card):
    return [window for window in card.given_leads.windows if window.origin == SURGE_BEGINS]


def test_bands_of_the_fourfold_year_hold_as_often_as_they_say(cards):
    inside = {80: [], 90: []}
    for window in (w for card in cards for w in card.given_leads.windows):
        if window.origin >= SURGE_BEGINS:
            inside[80].append(window.low80 <= window.actual <= window.high80)
            inside[90].append(window.low90 <= window.actual <= window.high90)
    steps = np.mean([card.given_leads.method.step_coverage80 for card in cards])
    naive = np.mean([rule_of(card.given_leads, Rule.CLOSED_RATE).coverage80 for card in cards])
    figures.info(
        f"coverage {np.mean(inside[80]):.3f} and {np.mean(inside[90]):.3f}, of single months "
        f"{steps:.3f}; closed rate × leads {naive:.3f}"
    )
    assert 0.70 <= np.mean(inside[80]) <= 0.90
    assert 0.85 <= np.mean(inside[90]) <= 0.98
    assert 0.70 <= steps <= 0.90
    assert naive < 0.70


def test_an_estimator_of_closed_deals_alone_would_be_found_out(surges, cards):
    wrong = [tell(moves, law_of=closed_only_law).wins.given_leads.method for moves in surges[:8]]
    right = [card.given_leads.method for card in cards[:8]]
    errors = [np.mean([scores.mape for scores in each]) for each in (wrong, right)]
    figures.info(f"closed-only law: MAPE {errors[0]:.1%}, ours {errors[1]:.1%}")
    assert errors[0] > 0.15
    assert np.mean([scores.bias for scores in wrong]) > 0.10
    assert errors[0] > 1.5 * errors[1]


def test_open_deals_are_forecast_better_than_by_their_stages(cards):
    method = [card.open.method for card in cards]
    naive = [rule_of(card.open, Rule.WEIGHTED_PIPELINE) for card in cards]
    assert np.mean([s.mape for s in method]) < 0.7 * np.mean([s.mape for s in naive])
    assert np.mean([s.brier for s in method]) < np.mean([s.brier for s in naive])
    assert np.mean([s.log_loss for s in method]) < np.mean([s.log_loss for s in naive])


def test_chances_come_true_as_often_as_they_say(backtests):
    rows = [row for test in backtests for row in test.reliability]
    deals = np.array([row.n for row in rows])
    chance, share = np.array([(row.mean_chance, row.won_share) for row in rows]).T
    low = chance < 0.15
    assert np.average(chance, weights=deals) == pytest.approx(
        np.average(share, weights=deals), rel=0.06
    )
    assert np.average(share[low], weights=deals[low]) == pytest.approx(
        np.average(chance[low], weights=deals[low]), rel=0.2
    )
    assert np.polyfit(chance, share, 1, w=np.sqrt(deals))[0] == pytest.approx(1.0, abs=0.15)


def test_nothing_after_an_origin_leaks_into_its_forecast(surges, told):
    """From the eve of the surge on, what happens to every deal is drawn anew; leads still come."""
    moves = surges[0]
    other = tell(_with_another_future(moves, SURGE_BEGINS))
    for thing in ("open", "given_leads", "forecast_leads"):
        before, after = (
            [w for w in getattr(card.wins, thing).windows if w.origin <= SURGE_BEGINS]
            for card in (told, other)
        )
        forecasts = [[_forecast(window) for window in each] for each in (before, after)]
        assert np.allclose(*forecasts, rtol=1e-9)
        assert before[-1].actual != after[-1].actual


def _forecast(window):
    return (window.origin, window.forecast, window.low80, window.high80, window.high90)


def test_amounts_told_after_an_origin_do_not_leak_into_its_forecast(surges, told):
    """From the eve of the surge on, deals not yet won are said to be worth ten times as much."""
    moves = surges[0]
    worth = np.random.default_rng(1).lognormal(8, 1, 4000)[moves.subject]
    won = moves.subject[(moves.stage == STAGES.won) & (moves.at < SURGE_BEGINS)]
    raised = np.where(np.isin(moves.subject, won), worth, 10 * worth)
    other = tell(moves, amount_at=lambda at: worth if at <= SURGE_BEGINS else raised)
    for thing in ("open", "given_leads", "forecast_leads"):
        before, after = (
            np.array([_forecast(window) for window in getattr(card.value, thing).windows])
            for card in (told, other)
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


def test_leads_that_began_closed_do_not_tell_how_they_ended(surges):
    """Deals entered only when they are won: their number is given, their outcome is not."""
    moves = surges[0]
    rows = np.arange(300)
    at = np.linspace(100, 1090, 300)
    stage = np.where(rows % 3 == 0, STAGES.won, STAGES.lost)
    stage[at > 800] = STAGES.won
    late = Moves.sort(
        np.concatenate([moves.subject, 10_000 + rows]),
        np.concatenate([moves.stage, stage]).astype(np.int32),
        np.concatenate([moves.at, (at * DAY).astype(np.int64)]),
    )
    plain, mixed = tell(moves), tell(late)
    (without,), (with_closed,) = _at_surge(plain.wins), _at_surge(mixed.wins)
    came = ((at >= 730) & (at < 1095)).sum()
    assert with_closed.forecast - without.forecast == pytest.approx(came / 3, abs=6)
    assert with_closed.actual - without.actual > 0.8 * came


def test_lost_deals_that_are_opened_again_are_expected_back():
    """Nine lost deals of ten come back after two months, and are mostly won then."""
    rng = np.random.default_rng(6)
    rows = []
    for deal, day in enumerate(rng.uniform(0, 900, 1500)):
        steps, day = ["A", day, "lost"], day + rng.gamma(4, 8)
        steps += [day, "B", day := day + rng.gamma(6, 10), "won", day + rng.gamma(4, 5)]
        rows += path(deal, *(steps if rng.random() < 0.9 else steps[:4]))
    card = backtest(moves_of(rows), SMALL, as_of=900 * DAY, month_of=twelfth_of_year).wins
    months = [window for window in card.given_leads.windows if window.steps < 4]
    assert sum(w.forecast for w in months) == pytest.approx(sum(w.actual for w in months), rel=0.1)
    assert card.given_leads.method.mape < 0.1
    assert card.open.method.bias == pytest.approx(0.0, abs=0.15)


def test_money_is_forecast_as_wins_times_what_each_brings(surges):
    moves = surges[0]
    card = tell(moves, amount_at=always(np.full(len(moves), 250.0)))
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


def test_deals_without_an_amount_are_taken_to_be_worth_the_mean(surges):
    """Of two deals in five nobody ever tells the amount."""
    moves = surges[0]
    priced = np.where(moves.subject % 5 < 2, np.nan, 250.0)
    full = np.full(len(moves), 250.0)
    every, some = (tell(moves, amount_at=always(each)) for each in (full, priced))
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


def test_money_is_refused_where_only_won_deals_have_amounts(surges):
    moves = surges[0]
    winners = moves.subject[moves.stage == STAGES.won]
    amount = np.where(np.isin(moves.subject, winners), 100.0, np.nan)
    card = tell(moves, amount_at=always(amount))
    assert card.value is None
    assert card.value_refused == "amounts_depend_on_outcome"
    assert tell(moves).value_refused == "no_amounts"


def test_the_card_is_plain_json_and_progress_is_told(surges, told):
    shares = []
    again = tell(surges[0], progress=shares.append)
    assert asdict(again)["wins"] == asdict(told)["wins"]
    assert len(shares) == len(again.origins)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    document = json.loads(json.dumps(asdict(told), allow_nan=False))
    assert document["unit"] == "month"
    assert document["horizon"] == 12
    assert document["enough"] is True
    assert {row["rule"] for row in document["value"]["given_leads"]["rules"]} == set(Rule)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_recorded_gives_a_card_in_plain_json(seed):
    """Any stage after any other, deals that begin closed, amounts here and there, some unwatched,
    histories of three months to six years."""
    rng = np.random.default_rng(seed)
    days, deals = 100 * 2 ** rng.uniform(0, 4.5), rng.integers(60, 800)
    steps = rng.integers(1, 6, deals)
    subject = np.repeat(np.arange(deals), steps)
    at = rng.uniform(0, days, deals)[subject] + rng.exponential(days / 8, len(subject))
    moves = Moves.sort(
        subject,
        rng.integers(0, len(SMALL), len(subject)).astype(np.int32),
        (np.round(at, 1) * DAY).astype(np.int64),
    )
    amount = np.where(rng.random(deals) < 0.9, rng.lognormal(3, 2, deals), np.nan)[moves.subject]
    gone = (np.where(rng.random(deals) < 0.9, 9, 0.5) * days * DAY).astype(np.int64)[moves.subject]
    card = backtest(
        moves,
        SMALL,
        as_of=int(days * DAY),
        month_of=months_in("America/New_York"),
        amount_at=always(amount),
        watched_until=gone,
    )
    json.dumps(asdict(card), allow_nan=False)
    assert card.enough == (card.wins is not None)
    windows = card.wins.forecast_leads.windows if card.enough else ()
    assert all(0 <= w.low90 <= w.low80 <= w.forecast <= w.high80 <= w.high90 for w in windows)


def test_too_little_history_is_said_with_what_is_missing():
    none = backtest(moves_of([]), SMALL, as_of=9 * DAY, month_of=twelfth_of_year)
    assert (none.enough, none.wins, none.origins) == (False, None, ())
    assert [row.code for row in none.missing] == ["months", "wins", "origins"]
    few = [row for d in range(12) for row in path(d, "A", 20 * d, "won", 20 * d + 9)]
    card = backtest(moves_of(few), SMALL, as_of=300 * DAY, month_of=twelfth_of_year)
    assert [(row.code, row.has, row.needs) for row in card.missing] == [
        ("wins", 12, 30),
        ("origins", 0, 3),
    ]
    late = [row for d in range(90) for row in path(d, "A", 0, "won", 250 + d / 2)]
    card = backtest(moves_of(late), SMALL, as_of=299 * DAY, month_of=twelfth_of_year)
    assert [(row.code, row.has) for row in card.missing] == [("origins", 1)]


def test_a_young_history_is_stepped_by_half_months_and_names_its_horizon():
    rng = np.random.default_rng(2)
    rows = []
    for deal, day in enumerate(np.sort(rng.uniform(0, 120, 1500))):
        fate = "won" if rng.random() < 0.3 else "lost"
        rows += path(deal, "A", day, fate, day + rng.gamma(2, 6))
    card = backtest(moves_of(rows), SMALL, as_of=120 * DAY, month_of=twelfth_of_year)
    assert card.unit == "15_days"
    assert (len(card.origins), card.horizon) == (6, 4)
    assert card.wins.given_leads.method.windows == 3
    assert card.wins.given_leads.method.mape < 0.15


def test_dispersion_is_that_of_the_track_record():
    """Below a year the steps are the track record's own origins."""
    moves = simulate(np.random.default_rng(8), leads=9000, growth=0.0, surge=None)
    as_of = 350 * DAY
    card = tell(moves, as_of=as_of)
    origins = monthly_origins(moves, as_of=as_of)
    record = track_record(moves, STAGES, as_of=as_of, origins=origins)
    assert card.unit == "30_days"
    assert card.dispersion == pytest.approx(record.dispersion, rel=1e-6)
    assert card.dispersion > 0


def test_nobody_watched_is_nobody_open(surges):
    """Deals out of sight are forecast no more: as if they had been put away that day."""
    moves = surges[0]
    gone = np.where(moves.subject % 2 == 0, SURGE_BEGINS - 1, AS_OF)
    seen = tell(moves, watched_until=gone).wins.open.windows
    everyone = tell(moves).wins.open.windows
    at_surge = [next(w for w in each if w.origin == SURGE_BEGINS) for each in (seen, everyone)]
    assert at_surge[0].forecast == pytest.approx(at_surge[1].forecast / 2, rel=0.25)


def test_the_bank_log_has_a_card(shared_data):
    moves, stages = read_bank_log(shared_data)
    as_of = int(moves.at.max()) + 1
    card = backtest(moves, stages, as_of=as_of, month_of=months_in("Europe/Amsterdam"))
    for thing in ("open", "given_leads", "forecast_leads"):
        comparison = getattr(card.wins, thing)
        figures.info(f"{thing}, {card.horizon} × {card.unit}: {_said(comparison.method)}")
        for row in comparison.rules:
            figures.info(f"    {row.rule}: {_said(row.scores)}")
    figures.info(f"dispersion {card.dispersion:.3f}")
    method = card.wins.given_leads.method
    assert method.mape <= 0.12
    assert method.step_coverage80 >= 0.70
    assert method.wmape < min(row.scores.wmape for row in card.wins.given_leads.rules)
    assert card.wins.open.method.brier <= 0.21
    assert card.wins.open.method.mape < rule_of(card.wins.open, Rule.WEIGHTED_PIPELINE).mape


def _said(scores):
    named = {"MAPE": scores.mape, "bias": scores.bias, "wMAPE": scores.wmape}
    named |= {"80 %": scores.coverage80, "Brier": scores.brier, "log-loss": scores.log_loss}
    named |= {f"pinball {q}": loss for q, loss in zip((10, 50, 90), scores.pinball, strict=True)}
    return ", ".join(f"{name} {x:.3f}" for name, x in named.items() if x is not None)
