"""The engine's credit of open deals beside the estimator's, on the bank's real log."""

import csv
import gzip

import numpy as np
import pytest

from pipeline.estimation import (
    amount_per_move,
    find_stays,
    forecast_open,
    funnel_curves,
    rates_of_stays,
)
from planning.engine import FunnelLaw, OpenStays, PlanWindow, forecast
from tests.pipeline.estimation.bank_log import origin, read_bank_log

LONG_ENOUGH = PlanWindow(np.array([0.0, 1000.0]))


def test_open_applications_are_worth_what_their_win_probabilities_say(shared_data):
    moves, stages = read_bank_log(shared_data)
    with gzip.open(shared_data / "bpi2012" / "bpi2012_cases.csv.gz", "rt") as lines:
        cases = [(int(row["case_id"]), float(row["amt"])) for row in csv.DictReader(lines)]
    subject, asked = (np.array(column) for column in zip(*cases, strict=True))
    amounts = amount_per_move(moves, subject, asked)
    stays = find_stays(moves, stages, as_of=origin(92), amount=amounts)
    rates = rates_of_stays(stays)
    still_open = stays.is_open_deal()
    stage = stays.stage[still_open].astype(np.int64)
    age = stays.age_days()[still_open]
    amount = asked[np.searchsorted(subject, stays.subject[still_open])]
    law = FunnelLaw(**vars(funnel_curves(rates)))
    found = forecast(law, OpenStays(stage, age, amount), LONG_ENOUGH)
    wins = forecast_open(rates.win_probability, stage, age)
    value = forecast_open(rates.value.win_probability, stage, age, worth=amount)
    assert found.total_wins.mean[0] == pytest.approx(wins.expected, rel=1e-6)
    assert found.total_value.mean[0] == pytest.approx(value.expected, rel=1e-6)
