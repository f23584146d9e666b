"""Shape from all of history, level from what is recent."""

import logging

import numpy as np
import pytest
from scipy import stats

from pipeline.estimation import (
    AGE_EDGES,
    DAY,
    OPEN,
    aalen_johansen,
    count_cube,
    count_stays,
    eventual_fates,
    find_stays,
    log_log_band,
    months_in,
)
from pipeline.estimation.aalen_johansen import speaking_ages
from pipeline.estimation.bins import age_bin
from pipeline.estimation.calendar import calendar_counts, calendar_of_cube
from pipeline.estimation.estimate import information
from pipeline.estimation.jackknife import log_sd
from pipeline.estimation.level import (
    Levels,
    adjust,
    level_log_sd,
    level_variance,
    levels,
)
from tests.pipeline.estimation.histories import SMALL, moves_of, path
from tests.pipeline.estimation.simulation import ADVANCE, AS_OF, STAGES, simulate
from tests.pipeline.estimation.turns import weaken

figures = logging.getLogger(__name__)

UTC = months_in("UTC")
AHEAD = np.array([STAGES.forward(stage) for stage in range(len(STAGES))])


def a_company(seed=5, **company):
    return find_stays(simulate(np.random.default_rng(seed), **company), STAGES, as_of=AS_OF)


def shape_of(calendar):
    counts = calendar.total()
    return aalen_johansen(counts, within=speaking_ages(counts))


def slow_levels(stays, shape, half_life, kappa):
    """θ read off the definition: one stay, one age at a time."""
    observed = np.zeros((len(STAGES), len(STAGES)))
    expected = np.zeros_like(observed)
    middle = (AGE_EDGES[:-1] + AGE_EDGES[1:]) / 2
    for s, k, entered, days in zip(
        stays.stage, stays.destination, stays.entered, stays.age_days(), strict=True
    ):
        month = (np.datetime64(int(entered), "us")).astype("datetime64[M]")
        ends = [np.datetime64(m, "us").astype(np.int64) / DAY for m in (month, month + 1)]
        last = int(age_bin(days))
        for age in range(last + 1):
            if shape.at_risk[s, age] <= 0:
                continue
            time = min(np.mean(ends) + middle[age], stays.as_of / DAY)
            weight = 2 ** (-(stays.as_of / DAY - time) / half_life)
            watched = 0.5 if age == last and k == OPEN else 1.0
            expected[s] += weight * watched * shape.hazards[s, :, age]
            if age == last and k != OPEN:
                observed[s, k] += weight
    return (observed + kappa) / (expected + kappa), observed, expected


def test_levels_are_those_of_the_definition_read_slowly():
    stays = a_company(leads=250)
    calendar = calendar_counts(stays, UTC)
    shape = shape_of(calendar)
    ours = levels(calendar, shape, as_of=AS_OF, half_life_days=100, kappa=3)
    theta, observed, expected = slow_levels(stays, shape, 100, 3)
    assert ours.theta == pytest.approx(theta, abs=1e-10)
    assert ours.observed == pytest.approx(observed, abs=1e-9)
    assert ours.expected == pytest.approx(expected, abs=1e-9)


def test_calendar_counts_add_up_to_the_counts_of_all_and_are_those_of_the_cube():
    stays = a_company(leads=400)
    calendar, whole = calendar_counts(stays, UTC), count_stays(stays).total()
    assert np.array_equal(calendar.total().events, whole.events)
    assert np.array_equal(calendar.total().censored, whole.censored)
    assert calendar.at_risk.sum(axis=1) == pytest.approx(aalen_johansen(whole).at_risk)
    of_cube = calendar_of_cube(count_cube(stays, UTC))
    assert of_cube.first_month == calendar.first_month
    assert np.array_equal(of_cube.counts, calendar.counts)


def test_stays_of_some_entry_months_are_those_that_began_in_them():
    stays = a_company(leads=400)
    calendar = calendar_counts(stays, UTC)
    month = UTC(stays.entered)
    first = calendar.first_month + 3
    some = calendar.entered_in(first, first + 2)
    began = (month >= first) & (month <= first + 2)
    assert some.events.sum() + some.censored.sum() == began.sum()
    assert calendar.entered_in(first - 99, first - 50).events.sum() == 0


def test_money_is_counted_with_its_squares_and_one_size_of_it_changes_no_level():
    stays = a_company(leads=400)
    plain = calendar_counts(stays, UTC)
    money = calendar_counts(stays, UTC, weight=np.full(len(stays), 7.0))
    one, seven = (
        levels(c, shape_of(plain), as_of=AS_OF, half_life_days=200) for c in (plain, money)
    )
    assert seven.theta == pytest.approx(one.theta)
    assert seven.n_eff == pytest.approx(one.n_eff)
    assert seven.relative_variance == pytest.approx(one.relative_variance)
    skewed = calendar_counts(stays, UTC, weight=1.0 + 50.0 * (stays.subject % 10 == 0))
    assert levels(skewed, shape_of(skewed), as_of=AS_OF, half_life_days=200).n_eff[0, 1] < (
        0.3 * one.n_eff[0, 1]
    )


def test_cells_never_lie_after_as_of():
    calendar = calendar_counts(a_company(leads=400), UTC)
    days = calendar.days(AS_OF)
    assert days.max() == AS_OF / DAY
    assert days[0, 0] == pytest.approx(15.5 + 0.5)
    assert days[2, 27] == pytest.approx(31 + 28 + 15.5 + 27.5)


def test_without_a_half_life_nothing_changes():
    calendar = calendar_counts(a_company(), UTC)
    shape = shape_of(calendar)
    found = levels(calendar, shape, as_of=AS_OF, half_life_days=None)
    assert (found.theta == 1).all()
    assert found.observed == pytest.approx(found.expected)
    assert not level_log_sd(shape, found, STAGES).any()
    same = adjust(shape, found.theta)
    assert same.reached == pytest.approx(shape.reached)
    assert same.survival == pytest.approx(shape.survival)


def test_a_very_long_half_life_comes_to_none():
    calendar = calendar_counts(a_company(), UTC)
    shape = shape_of(calendar)
    found = levels(calendar, shape, as_of=AS_OF, half_life_days=1e7)
    assert found.theta == pytest.approx(np.ones_like(found.theta), abs=1e-3)
    assert level_log_sd(shape, found, STAGES).max() < 1e-4


def test_ages_that_do_not_speak_do_not_count():
    rows = [row for n in range(40) for row in path(n, "A", 0, "B" if n % 2 else "lost", 2)]
    rows += path(99, "A", 0, "won", 300)
    stays = find_stays(moves_of(rows), SMALL, as_of=400 * DAY)
    calendar = calendar_counts(stays, UTC)
    within = np.tile(np.arange(len(AGE_EDGES) - 1) < 20, (len(SMALL), 1))
    shape = aalen_johansen(calendar.total(), within=within)
    found = levels(calendar, shape, as_of=400 * DAY, half_life_days=None)
    assert found.observed[0, SMALL.won] == 0
    assert found.observed[0, 1] == 20


def test_no_more_leave_than_are_there_whatever_the_level():
    shape = aalen_johansen(count_stays(a_company(leads=300)).leave_one_out())
    lifted = adjust(shape, np.full((len(STAGES), len(STAGES)), 40.0))
    assert lifted.hazards.sum(axis=-2).max() <= 1 + 1e-12
    assert lifted.survival.min() >= 0
    ended = lifted.reached.sum(axis=-1) + lifted.unresolved
    assert ended == pytest.approx(np.ones_like(ended))


def test_a_level_that_fell_a_year_ago_is_found_where_all_of_history_misses_it():
    rng = np.random.default_rng(4)
    moves = simulate(rng, leads=12_000, growth=0.0, surge=0.0)
    stays = find_stays(weaken(moves, rng, 0.3, since=2 * 365), STAGES, as_of=AS_OF)
    calendar = calendar_counts(stays, UTC)
    shape = shape_of(calendar)
    found = levels(calendar, shape, as_of=AS_OF, half_life_days=91)
    now, ever = adjust(shape, found.theta).expected(AHEAD)[:3], shape.expected(AHEAD)[:3]
    truth = ADVANCE * 0.7
    figures.info(f"now {now / truth - 1}, all of history {ever / truth - 1}")
    assert np.abs(now / truth - 1).mean() < 0.1
    assert (ever / truth - 1).min() > 0.2


def test_the_variance_of_a_rate_follows_from_its_slope():
    """One age, two destinations: rate = θ h, so its variance is rate² times that of θ."""
    rows = [row for n in range(60) for row in path(n, "A", n, "B" if n % 3 else "lost", n + 0.5)]
    rows += path(60, "A", 60)
    stays = find_stays(moves_of(rows), SMALL, as_of=round(60.5 * DAY))
    calendar = calendar_counts(stays, UTC)
    shape = aalen_johansen(calendar.total())
    spread = np.full((len(SMALL), len(SMALL)), 0.04)
    ones = np.ones_like(spread)
    # Levels below one: at one, all leave within the only age bin and none more can.
    level = Levels(ones * 0.9, ones, ones, ones, spread)
    ahead = np.eye(len(SMALL))[1][None, :].repeat(len(SMALL), axis=0)
    rate = adjust(shape, level.theta).expected(ahead)[0]
    assert level_variance(shape, level, ahead)[0] == pytest.approx(0.04 * rate**2, rel=1e-4)


def covered(seed, half_life, *, leads=1500, runs=120):
    """Shares of 80 % bands that hold the truth: promotion, success, and promotion without
    what the levels add."""
    rng, inside = np.random.default_rng(seed), []
    for _ in range(runs):
        moves = simulate(rng, leads=leads, growth=0.0, surge=0.0)
        stays = find_stays(moves, STAGES, as_of=AS_OF)
        calendar = calendar_counts(stays, UTC)
        shape = shape_of(calendar)
        level = levels(calendar, shape, as_of=AS_OF, half_life_days=half_life)
        now, told = adjust(shape, level.theta), information(calendar.total(), shape)
        added = level_variance(shape, level, AHEAD)
        inside.append(
            [
                _promotion_covered(now, added, told),
                [_success_covered(stays, shape, level, told)] * 3,
                _promotion_covered(now, 0.0, told),
            ]
        )
    return np.mean(inside, axis=(0, 2))


def _promotion_covered(now, added, told):
    low, high = log_log_band(now.expected(AHEAD), now.variance(AHEAD) + added, told, 0.8)
    return (low[:3] <= ADVANCE) & (high[:3] >= ADVANCE)


def _success_covered(stays, shape, level, told):
    within = shape.at_risk > 0
    replicates = adjust(
        aalen_johansen(count_stays(stays).leave_one_out(), within=within), level.theta
    )
    won = eventual_fates(replicates, STAGES).won
    sd = np.hypot(log_sd(won, told), level_log_sd(shape, level, STAGES))[0]
    return abs(np.log(won[0, 0] / np.prod(ADVANCE))) <= stats.t.ppf(0.9, 63) * sd


@pytest.mark.parametrize("half_life", [91, 365])
def test_bands_hold_as_often_as_they_say_where_nothing_changed(half_life):
    promotion, success, _ = covered(11, half_life)
    figures.info(f"half-life {half_life}: promotion {promotion:.3f}, success {success:.3f}")
    assert 0.74 <= promotion <= 0.88
    assert 0.74 <= success <= 0.88


def test_bands_would_be_too_narrow_without_what_the_levels_add():
    promotion, _, without = covered(12, 45)
    figures.info(f"half-life 45: {promotion:.3f}, without the levels' variance {without:.3f}")
    assert 0.74 <= promotion <= 0.88
    assert without < 0.7
