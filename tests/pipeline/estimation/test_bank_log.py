"""The bar of the real log: seven origins, forecast as if today, judged by its end."""

import logging
from dataclasses import dataclass

import numpy as np
import pytest

from pipeline.estimation import (
    OpenForecast,
    aalen_johansen,
    count_stays,
    eventual_fates,
    find_stays,
    forecast_open,
    track_record,
    win_probability,
)
from tests.pipeline.estimation.bank_log import ORIGIN_DAYS, origin, read_bank_log

figures = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    day: int
    rate: float
    closed_only: float
    actual_rate: float
    forecast: OpenForecast
    won_later: np.ndarray

    @property
    def wins(self):
        return self.won_later.sum()


@pytest.fixture(scope="module")
def bank(shared_data):
    return read_bank_log(shared_data)


@pytest.fixture(scope="module")
def origins(bank):
    return [_judge(*bank, day) for day in ORIGIN_DAYS]


def _judge(moves, stages, day):
    as_of = origin(day)
    stays = find_stays(moves, stages, as_of=as_of)
    estimate = aalen_johansen(count_stays(stays).leave_one_out())
    won = eventual_fates(estimate, stages).won
    earlier = [origin(other) for other in ORIGIN_DAYS if other < day]
    record = track_record(moves, stages, as_of=as_of, origins=earlier)
    still_open = stays.is_open_deal()
    forecast = forecast_open(
        win_probability(estimate, won),
        stays.stage[still_open],
        stays.age_days()[still_open],
        dispersion=record.dispersion,
    )
    winners = moves.subject[moves.stage == stages.won]
    won_by_then = (stays.destination == stages.won).sum()
    lost_by_then = (stays.destination == stages.lost).sum()
    begun = np.unique(stays.subject)
    return Origin(
        day=day,
        rate=won[0, 0],
        closed_only=won_by_then / (won_by_then + lost_by_then),
        actual_rate=np.isin(begun, winners).mean(),
        forecast=forecast,
        won_later=np.isin(stays.subject[still_open], winners),
    )


def test_the_log_reads_as_its_facts_say(bank):
    moves, stages = bank
    assert len(np.unique(moves.subject)) == 13_087
    assert (moves.stage == stages.won).sum() == 2_246
    assert (moves.stage == stages.lost).sum() == 10_442


def test_approval_rate_is_within_five_percent_where_closed_cases_alone_mislead(origins):
    errors = np.array([o.rate / o.actual_rate - 1 for o in origins])
    misled = np.array([o.closed_only / o.actual_rate - 1 for o in origins])
    figures.info(f"rate: {np.abs(errors).mean():.2%}, closed only: {np.abs(misled).mean():.2%}")
    assert np.abs(errors).mean() <= 0.05
    assert np.abs(misled).mean() > 0.12


def test_wins_still_to_come_are_near_and_inside_their_band(origins):
    errors = np.array([o.forecast.expected / o.wins - 1 for o in origins])
    inside = sum(o.forecast.low80 <= o.wins <= o.forecast.high80 for o in origins)
    widths = [(o.forecast.high80 - o.forecast.low80) / 2 / o.forecast.expected for o in origins]
    figures.info(f"wins: {np.abs(errors).mean():.2%}, {inside} of 7 inside, ±{np.mean(widths):.1%}")
    assert np.abs(errors).mean() <= 0.15
    assert np.abs(errors).max() <= 0.30
    assert inside >= 5
    assert np.mean(widths) <= 0.40


def test_single_open_cases_are_told_apart_by_age(origins):
    brier = np.mean([np.mean((o.forecast.per_deal - o.won_later) ** 2) for o in origins])
    figures.info(f"Brier: {brier:.4f}")
    assert brier <= 0.21
