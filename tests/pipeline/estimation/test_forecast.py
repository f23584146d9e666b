import numpy as np
import pytest

from pipeline.estimation import (
    DAY,
    aalen_johansen,
    count_stays,
    dispersed_band,
    dispersion_of,
    eventual_fates,
    expected_wins_by_day,
    find_stays,
    forecast_open,
    monthly_origins,
    rates_of_stays,
    track_record,
    win_days,
    win_probability,
)
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import AS_OF, STAGES, simulate


@pytest.fixture(scope="module")
def moves():
    return simulate(np.random.default_rng(11), leads=6000)


@pytest.fixture(scope="module")
def stays(moves):
    return find_stays(moves, STAGES, as_of=AS_OF)


def forecast_of(stays, **options):
    still = stays.is_open_deal()
    chances = rates_of_stays(stays).win_probability
    return forecast_open(chances, stays.stage[still], stays.age_days()[still], **options)


def test_open_deals_bring_about_what_they_did_bring(moves, stays):
    forecast = forecast_of(stays)
    winners = moves.subject[moves.stage == STAGES.won]
    came = np.isin(stays.subject[stays.is_open_deal()], winners).sum()
    assert forecast.expected == pytest.approx(came, rel=0.08)
    assert forecast.by_stage.sum() == pytest.approx(forecast.expected)
    assert forecast.by_stage[STAGES.won] == 0


def test_money_follows_the_deals_that_carry_it(stays):
    worth = np.full(int(stays.is_open_deal().sum()), 250.0)
    by_number, by_money = forecast_of(stays), forecast_of(stays, worth=worth)
    assert by_money.expected == pytest.approx(250 * by_number.expected)
    assert by_money.sd == pytest.approx(250 * by_number.sd)


def test_wins_by_day_add_up_to_the_forecast(stays):
    still = stays.is_open_deal()
    estimate = aalen_johansen(count_stays(stays).total())
    by_day = expected_wins_by_day(
        estimate, STAGES, stays.stage[still], stays.age_days()[still], days=1500
    )
    assert by_day.sum() == pytest.approx(forecast_of(stays).expected, rel=0.01)


def test_wins_come_on_the_days_they_come_on():
    """A stay of 10 to 11 days, then one of 4 to 5: won 15 days after entry, not 14 or 16."""
    rows = [row for d in range(50) for row in path(d, "A", 0, "B", 10.5, "won", 15)]
    estimate = aalen_johansen(
        count_stays(find_stays(moves_of(rows), SMALL, as_of=40 * DAY)).total()
    )
    days = win_days(estimate, SMALL, 40)
    assert days[0].sum() == pytest.approx(1.0)
    assert (days[0] * np.arange(40)).sum() == pytest.approx(15.0)
    half_way = expected_wins_by_day(estimate, SMALL, np.array([0]), np.array([6.0]), days=40)
    assert (half_way * np.arange(40)).sum() == pytest.approx(9.0)


def test_bins_do_not_make_wins_late(moves):
    """Moves put at the end of their days would come half a day late in each stage."""
    stays = find_stays(moves, STAGES, as_of=10 * AS_OF)
    days = win_days(aalen_johansen(count_stays(stays).total()), STAGES, 2000)[0]
    advanced = stays.destination == stays.stage + 1
    took = sum(stays.age_days()[advanced & (stays.stage == k)].mean() for k in range(3))
    assert (days * np.arange(2000)).sum() / days.sum() == pytest.approx(took, abs=0.75)


def test_band_widens_with_dispersion_and_holds_the_forecast():
    narrow, wide = dispersed_band(100, 10, 0.0), dispersed_band(100, 10, 0.3)
    assert wide[0] < narrow[0] < 100 < narrow[1] < wide[1]
    assert wide[1] == pytest.approx(100 * np.exp(1.2816 * np.hypot(0.1, 0.3)), rel=1e-4)
    assert dispersed_band(0, 0, 0.3) == (0.0, 0.0)


def test_dispersion_is_what_luck_does_not_explain():
    assert dispersion_of([], []) == 0.3
    assert dispersion_of([0, 5], [0, 0]) == 0.3
    assert dispersion_of([100, 100], [100, 100]) == 0.0
    expected = np.sqrt(np.log(1.5) ** 2 - 1 / 200)
    assert dispersion_of([300, 300], [200, 200]) == pytest.approx(expected)


def test_track_record_is_kept_only_with_what_each_origin_knew(moves):
    origins = monthly_origins(moves, as_of=AS_OF)
    record = track_record(moves, STAGES, as_of=AS_OF, origins=origins)
    cut = track_record(moves.before(AS_OF), STAGES, as_of=AS_OF, origins=origins)
    assert len(record.origins) == 12
    assert np.array_equal(record.forecast, cut.forecast)
    assert np.array_equal(record.actual, cut.actual)
    assert record.forecast.sum() == pytest.approx(record.actual.sum(), rel=0.10)
    assert record.dispersion < 0.2


def test_a_young_history_has_no_track_record():
    moves = moves_of(path(1, "A", 0, "won", 10))
    assert len(monthly_origins(moves, as_of=40 * DAY)) == 0
    assert track_record(moves, SMALL, as_of=40 * DAY, origins=[]).dispersion == 0.3


def test_deals_in_a_stage_nobody_has_left_bring_nothing_rather_than_nan():
    stays = find_stays(moves_of(path(1, "A", 0) + path(2, "A", 3)), SMALL, as_of=9 * DAY)
    estimate = aalen_johansen(count_stays(stays).leave_one_out())
    chances = win_probability(estimate, eventual_fates(estimate, SMALL).won)
    forecast = forecast_open(chances, np.array([0, 2]), np.array([1.0, 1.0]))
    assert (forecast.expected, forecast.low80, forecast.high80) == (0.0, 0.0, 0.0)
