"""The card that a backtest makes of any history, long, short or odd."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from pipeline.estimation import DAY, Moves, monthly_origins, months_in, track_record
from pipeline.estimation.backtest import backtest
from pipeline.estimation.naive import Rule
from tests.pipeline.estimation.backtests import always, tell, twelfth_of_year
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import STAGES, simulate


def test_the_card_is_plain_json_and_progress_is_told(surge, surge_backtest):
    shares = []
    again = tell(surge, progress=shares.append)
    assert asdict(again)["wins"] == asdict(surge_backtest)["wins"]
    assert len(shares) == len(again.origins)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    document = json.loads(json.dumps(asdict(surge_backtest), allow_nan=False))
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
