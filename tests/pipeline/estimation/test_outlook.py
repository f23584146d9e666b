import numpy as np
import pytest

from pipeline.estimation import aalen_johansen, count_stays, expected_wins_by_day, find_stays
from pipeline.estimation.outlook import Outlook
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate

DAYS = 200


@pytest.fixture(scope="module")
def stays():
    return find_stays(simulate(np.random.default_rng(3), leads=3000), STAGES, as_of=AS_OF)


@pytest.fixture(scope="module")
def outlook(stays):
    return Outlook.of(aalen_johansen(count_stays(stays).total()), STAGES, DAYS)


@pytest.fixture(scope="module")
def deals(stays):
    still = stays.is_open_deal()
    return stays.stage[still], stays.age_days()[still]


def test_open_deals_are_forecast_as_day_by_day(outlook, deals):
    slow = expected_wins_by_day(outlook.estimate, STAGES, *deals, days=DAYS)
    assert outlook.from_open(*deals) == pytest.approx(slow, abs=1e-9)


def test_worth_counts_each_deal_as_often(outlook, deals):
    stage, age = deals
    worth = np.random.default_rng(1).integers(0, 4, len(stage))
    repeated = outlook.from_open(np.repeat(stage, worth), np.repeat(age, worth))
    assert outlook.from_open(stage, age, worth.astype(float)) == pytest.approx(repeated, abs=1e-9)


@pytest.mark.parametrize("days", [1, 30, DAYS])
def test_chances_of_single_deals_add_up_to_the_forecast(outlook, deals, days):
    chance = outlook.chance_within(*deals, days)
    assert chance.sum() == pytest.approx(outlook.from_open(*deals)[:days].sum(), abs=1e-9)
    assert ((chance >= 0) & (chance <= 1)).all()


def test_leads_bring_wins_after_their_time():
    """10 days in A and 4 in B: leads of days 0 and 7 are won on days 15 and 22."""
    rows = [row for d in range(50) for row in path(d, "A", 0, "B", 10.5, "won", 15)]
    found = count_stays(find_stays(moves_of(rows), SMALL, as_of=40 * 86_400_000_000)).total()
    outlook = Outlook.of(aalen_johansen(found), SMALL, 40)
    starts = np.zeros((len(SMALL), 40))
    starts[0, [0, 7]] = 1.0, 3.0
    by_day = outlook.from_starts(starts)
    assert by_day[:20].sum() == pytest.approx(1.0)
    assert by_day.sum() == pytest.approx(4.0)
    assert (by_day * np.arange(40)).sum() == pytest.approx(15 + 3 * 22)


def test_leads_that_begin_won_are_won_the_same_day(outlook):
    starts = np.zeros((len(STAGES), DAYS))
    starts[STAGES.won, 3] = 2.0
    assert outlook.from_starts(starts)[3] == pytest.approx(2.0)


def test_deals_older_than_any_seen_bring_nothing_and_do_not_fail(outlook):
    ancient = np.array([0, 2]), np.array([9000.0, 90_000.0])
    assert outlook.from_open(*ancient).sum() == pytest.approx(0.0, abs=1e-9)
    assert outlook.chance_within(*ancient, DAYS) == pytest.approx(0.0, abs=1e-9)
