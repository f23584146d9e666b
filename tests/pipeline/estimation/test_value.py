import csv
from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.estimation import DAY, Refusal, StageList, amount_per_move, find_stays, rates_of_stays
from tests.pipeline.estimation.histories import SMALL, moves_of, path


def rates_with(rows, amounts, day=30):
    moves = moves_of(rows)
    amount = amount_per_move(moves, np.arange(len(amounts)), np.array(amounts, float))
    return rates_of_stays(find_stays(moves, SMALL, as_of=day * DAY, amount=amount))


def halves(deals, win, lose):
    """Even deals are won, odd ones lost; amounts `win` and `lose`."""
    rows, amounts = [], []
    for deal in range(deals):
        rows += path(deal, "A", 0, "won" if deal % 2 == 0 else "lost", 1 + deal % 5)
        amounts.append(win if deal % 2 == 0 else lose)
    return rows, amounts


def test_rate_by_value_is_the_share_of_the_money_won():
    rates = rates_with(*halves(200, win=1_000, lose=9_000))
    success = rates.by_stage[0].success
    assert success.rate == pytest.approx(0.5)
    assert success.value_rate == pytest.approx(0.1)
    assert rates.amount_per_win == pytest.approx(1_000)
    assert rates.value.mean_amount == pytest.approx(5_000)


@pytest.mark.parametrize("lost_amount", [0.0, np.nan])
def test_value_is_refused_where_only_won_deals_carry_amounts(lost_amount):
    rates = rates_with(*halves(200, win=1_000, lose=lost_amount))
    assert rates.by_stage[0].success.value_rate is None
    assert rates.by_stage[0].success.value_refused == "amounts_depend_on_outcome"
    assert rates.amount_per_win == pytest.approx(1_000)


def test_value_is_refused_without_any_amount():
    rates = rates_with(*halves(20, win=np.nan, lose=0.0))
    assert rates.value_refused is Refusal.NO_AMOUNTS
    assert rates.amount_per_win is None


def test_a_few_missing_amounts_do_not_refuse_value():
    rows, amounts = halves(200, win=1_000, lose=1_000)
    amounts[7] = amounts[8] = amounts[21] = np.nan
    rates = rates_with(rows, amounts)
    assert rates.value_refused is None
    assert rates.by_stage[0].success.value_rate == pytest.approx(0.5, abs=0.01)


def test_variance_by_value_counts_big_deals_as_fewer():
    rates = rates_with(*halves(400, win=1_000, lose=1_000))
    even = rates.value.estimate
    amounts = np.where(np.arange(400) % 20 < 2, 10_000.0, 100.0).tolist()
    rows, _ = halves(400, win=1, lose=1)
    skewed = rates_with(rows, amounts).value.estimate
    ahead = SMALL.forward(0)
    assert even.variance(ahead)[0] == pytest.approx(rates.estimate.variance(ahead)[0])
    assert skewed.variance(ahead)[0] > 4 * even.variance(ahead)[0]


def test_a_real_export_with_amounts_on_won_deals_only_is_refused(shared_data):
    stages = StageList.of(("Prospecting", "Engaging"))
    rows, amounts = [], []
    with (shared_data / "maven_crm" / "sales_pipeline.csv").open() as lines:
        for deal, row in enumerate(csv.DictReader(lines)):
            if row["engage_date"]:
                rows.append((deal, 1, _day(row["engage_date"])))
            if row["close_date"]:
                outcome = stages.won if row["deal_stage"] == "Won" else stages.lost
                rows.append((deal, outcome, _day(row["close_date"])))
            amounts.append(float(row["close_value"] or "nan"))
    moves = moves_of(rows)
    amount = amount_per_move(moves, np.arange(len(amounts)), np.array(amounts))
    as_of = round(_day("2018-01-01") * DAY)
    rates = rates_of_stays(find_stays(moves, stages, as_of=as_of, amount=amount))
    assert rates.by_stage[1].entered == 8_300
    assert rates.value_refused == "amounts_depend_on_outcome"


def _day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / 86_400
