from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pipeline.estimation import DAY, monthly_origins, months_in
from pipeline.estimation.origins import common_horizon, had_resolved, month_starts, steps_of
from tests.pipeline.estimation.histories import moves_of, path

ZONE = "Europe/Berlin"


def instant(*parts):
    return int(datetime(*parts, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000_000


def test_months_start_at_the_companys_midnight_through_daylight_saving():
    found = month_starts(instant(2024, 1, 15), instant(2024, 11, 1), months_in(ZONE))
    assert found.tolist() == [instant(2024, month, 1) for month in range(2, 12)]


def test_a_month_that_is_not_over_is_no_step():
    steps = steps_of(instant(2023, 1, 1), instant(2024, 5, 20), months_in(ZONE))
    assert steps.unit == "month"
    assert steps.edges[-1] == instant(2024, 5, 1)
    at = np.array([instant(2023, 1, 9), instant(2023, 2, 1), instant(2024, 5, 2)])
    assert steps.of(at).tolist() == [-1, 0, len(steps.edges) - 1]


@pytest.mark.parametrize(("days", "unit", "count"), [(100, "15_days", 6), (200, "30_days", 6)])
def test_short_histories_are_stepped_back_from_today(days, unit, count):
    steps = steps_of(5 * DAY, (5 + days) * DAY, months_in(ZONE))
    assert (steps.unit, len(steps.edges) - 1) == (unit, count)
    assert steps.edges[-1] == (5 + days) * DAY


def test_origins_have_seen_four_weeks_and_thirty_wins():
    steps = steps_of(0, 150 * DAY, months_in(ZONE))
    assert (steps.edges[steps.origins(np.full(30, DAY))] // DAY).tolist() == [
        *range(30, 150, 15),
    ]
    won = np.concatenate([np.full(29, DAY), [80 * DAY]])
    assert (steps.edges[steps.origins(won)] // DAY).tolist() == [90, 105, 120, 135]
    assert len(steps.origins(np.full(29, DAY))) == 0


def test_of_a_long_history_the_latest_two_years_are_told_again():
    steps = steps_of(instant(2015, 1, 1), instant(2024, 1, 1), months_in(ZONE))
    places = steps.origins(np.full(30, instant(2015, 1, 2)))
    assert steps.edges[places[[0, -1]]].tolist() == [instant(2022, 1, 1), instant(2023, 12, 1)]


@pytest.mark.parametrize(
    ("origins", "horizon"), [(0, 0), (2, 0), (3, 1), (6, 4), (10, 6), (16, 9), (18, 12), (24, 12)]
)
def test_the_horizon_is_one_that_several_origins_can_be_judged_by(origins, horizon):
    assert common_horizon(np.arange(origins, 0, -1)) == horizon


def test_beginners_origins_say_nothing_about_todays_forecasts():
    """As the track record has it: the year before, and what had seen half of the history."""
    begun, as_of = 0, 700 * DAY
    origins = as_of - 30 * DAY * np.arange(22, -1, -1, dtype=np.int64)
    now = had_resolved(origins, begun)[-1]
    moves = moves_of(path(1, "A", 0))
    assert origins[now].tolist() == monthly_origins(moves, as_of=as_of).tolist()
    early = had_resolved(origins, begun)[6]
    assert (origins[early] // DAY).tolist() == [130, 160, 190]
