"""Whether two groups of stays differ: intervals that hold, and verdicts that are not fooled."""

import numpy as np
import pytest

from pipeline.estimation import DAY, StageList, Stays, Wins, bucket_of, months_in
from pipeline.estimation.calendar import calendar_counts
from pipeline.estimation.comparison import (
    Contrast,
    Measured,
    compare_months,
    difference,
)

STAGES = StageList.of(("Proposal",))
MONTH_OF = months_in("UTC")
YEAR = 2001 * 12
FIRST, SECOND = (YEAR, YEAR + 5), (YEAR + 6, YEAR + 11)
START = 978_307_200_000_000
AS_OF = START + 365 * DAY


def stays_of(rng, size, rates, *, mean_days=20.0):
    """Stays begun evenly over a year, that advance at the rate of the half they began in."""
    begun = rng.uniform(0, 365, size)
    late = begun >= 181
    won = rng.random(size) < np.where(late, rates[1], rates[0])
    entered = START + (begun * DAY).astype(np.int64)
    left = entered + (rng.exponential(mean_days, size) * DAY).astype(np.int64)
    is_open = left >= AS_OF
    destination = np.where(won, STAGES.won, STAGES.lost)
    subject = np.arange(size)
    none = np.empty(0, np.int64)
    return Stays(
        STAGES,
        AS_OF,
        subject,
        np.zeros(size, np.int32),
        entered,
        np.where(is_open, AS_OF, left),
        np.where(is_open, -1, destination).astype(np.int32),
        bucket_of(subject),
        None,
        Wins(none, none, none.astype(float)),
    )


def compared(stays, **more):
    (found,) = compare_months(calendar_counts(stays, MONTH_OF), FIRST, SECOND, **more)
    return found


def test_the_interval_of_a_difference_is_newcombes():
    """Table II of Newcombe (1998): 56 of 70 less 48 of 80, method 10, 95 %."""

    def wilson(wins, n, z=1.959964):
        rate, square = wins / n, z**2 / n
        middle = (rate + square / 2) / (1 + square)
        reach = z * np.sqrt(rate * (1 - rate) / n + square / (4 * n)) / (1 + square)
        return Measured(rate, middle - reach, middle + reach, n)

    found = difference(wilson(48, 80), wilson(56, 70))
    assert found.points == pytest.approx(0.2)
    assert (found.low80, found.high80) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_four_intervals_of_five_hold_the_true_difference():
    rng, held, repeats = np.random.default_rng(5), 0, 300
    for _repeat in range(repeats):
        found = compared(stays_of(rng, 400, (0.5, 0.6))).by_number.difference
        held += found.low80 <= 0.1 <= found.high80
    assert 0.74 <= held / repeats <= 0.87, held / repeats


def test_without_a_difference_one_is_seen_once_in_five_at_most_about():
    rng, repeats = np.random.default_rng(6), 300
    seen = sum(
        compared(stays_of(rng, 400, (0.5, 0.5))).by_number.verdict != "no difference"
        for _repeat in range(repeats)
    )
    assert 0.13 <= seen / repeats <= 0.27, seen / repeats


def test_a_young_period_is_not_worse_for_being_young():
    """Slow stays: closed so far, the late half looks worse by far; at the same age it is not."""
    stays = stays_of(np.random.default_rng(7), 40_000, (0.5, 0.5), mean_days=120.0)
    late = stays.entered >= START + 181 * DAY
    advanced = stays.destination == STAGES.won
    assert advanced[late].mean() < advanced[~late].mean() - 0.1
    found = compared(stays)
    assert abs(found.by_number.difference.points) < 0.02
    assert 100 < found.days < 195


def test_money_is_compared_by_money():
    rng = np.random.default_rng(8)
    stays = stays_of(rng, 4_000, (0.5, 0.5))
    advanced = stays.destination == STAGES.won
    late = stays.entered >= START + 181 * DAY
    amount = np.where(late & ~advanced, 3.0, 1.0)
    money = calendar_counts(stays, MONTH_OF, weight=amount)
    found = compared(stays, money=money)
    assert found.by_number.verdict == "no difference"
    assert found.by_value.verdict == "less"
    assert found.by_value.second.rate == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (Measured(0.4, 0.35, 0.45, 100), Measured(0.6, 0.55, 0.65, 100), "more"),
        (Measured(0.6, 0.55, 0.65, 100), Measured(0.4, 0.35, 0.45, 100), "less"),
        (Measured(0.5, 0.4, 0.6, 100), Measured(0.55, 0.45, 0.65, 100), "no difference"),
        (Measured(0.4, 0.35, 0.45, 100), Measured(0.9, 0.85, 0.95, 9), "too few"),
        (None, Measured(0.9, 0.85, 0.95, 100), "too few"),
    ],
)
def test_verdicts(first, second, verdict):
    assert Contrast(first, second).verdict == verdict


def test_a_side_in_which_nothing_entered_is_too_few():
    stays = stays_of(np.random.default_rng(9), 200, (0.5, 0.5))
    (found,) = compare_months(calendar_counts(stays, MONTH_OF), FIRST, (YEAR + 24, YEAR + 30))
    assert found.entered[1] == 0
    assert found.by_number.verdict == "too few"
