"""Hours of a team, checked against following every person day by day."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planning.engine import PlanWindow
from planning.engine.capacity import People, RoleTerms, workforce
from planning.engine.means import InvalidMeans
from planning.engine.window import DAYS_PER_MONTH

YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
MID_YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 5, 18))
AHEAD = PlanWindow.of_year(date(2003, 1, 1), date(2002, 9, 10), lead=True)
WORK_DAYS = np.array([22, 15, 21, 22, 18, 20, 23, 22, 21, 18, 21, 22.0])
TERMS = RoleTerms(
    names=("account executive", "engineer"),
    hours_per_day=np.array([8.0, 7.5]),
    pay_per_month=np.array([9_000.0, 11_000.0]),
    recruiting_cost=np.array([5_000.0, 8_000.0]),
    ramp=np.array([[0.2, 0.5, 0.8], [0.5, 1.0, 1.0]]),
    attrition_per_year=np.array([0.25, 0.0]),
    training_hours=np.array([20.0, 30.0]),
    notice_days=np.array([60.0, 0.0]),
    most_hires=np.array([3.0, np.inf]),
    overtime_share=np.array([0.1, 0.0]),
    overtime_cost=np.array([90.0, 0.0]),
)


def team(count=12, seed=3):
    rng = np.random.default_rng(seed)
    start = rng.integers(-400, 250, count).astype(float)
    leaves = rng.random(count) < 0.4
    end = np.where(leaves, np.maximum(start, 0) + rng.integers(1, 300, count), np.inf)
    return People(rng.integers(0, 2, count), start, end, rng.choice([0.5, 0.8, 1.0], count))


def work_days_of(window):
    return np.resize(WORK_DAYS, window.months)


def day_by_day(role, start, end, share, terms, window, work_days, steps=4):
    """Hours, pay, hours while new and months while new of one person, month by month,
    following every quarter of a day."""
    hours, pay, new_hours, new_months = (np.zeros(window.months) for _ in range(4))
    for month in range(window.months):
        first, last = window.edges[month : month + 2]
        for number in range(int((last - first) * steps)):
            day = first + (number + 0.5) / steps
            if day < 0 or not start <= day < end:
                continue
            served = int((day - start) // DAYS_PER_MONTH)
            ramp = terms.ramp[role][served] if served < terms.ramp.shape[1] else 1.0
            there = (1 - terms.attrition_per_year[role]) ** ((day - max(start, 0)) / 365.25)
            part = there / steps
            worked = part * share * terms.hours_per_day[role] * work_days[month] / (last - first)
            hours[month] += worked * ramp
            pay[month] += part * share * terms.pay_per_month[role] / (last - first)
            if ramp < 1:
                new_hours[month] += worked * ramp
                new_months[month] += part / DAYS_PER_MONTH
    return hours, pay, new_hours, new_months


@pytest.mark.parametrize("window", [YEAR, MID_YEAR, AHEAD])
def test_hours_and_pay_are_those_of_following_everybody_day_by_day(window):
    people, work_days = team(), work_days_of(window)
    answer = workforce(people, TERMS, window, work_days)
    others, new, given, pay = (np.zeros((2, window.months)) for _ in range(4))
    for role, *person in zip(people.role, people.start, people.end, people.share, strict=True):
        hours, paid, new_hours, new_months = day_by_day(role, *person, TERMS, window, work_days)
        pay[role] += paid
        new[role] += new_hours
        others[role] += hours - new_hours
        given[role] += new_months * TERMS.training_hours[role]
    assert answer.available == pytest.approx(new + np.maximum(others - given, 0), rel=3e-3)
    assert answer.payroll == pytest.approx(pay, rel=3e-3)


@pytest.mark.parametrize("window", [YEAR, MID_YEAR, AHEAD])
def test_one_more_hire_is_one_more_person_less_the_training_of_others(window):
    work_days = work_days_of(window)
    answer = workforce(team(), TERMS, window, work_days)
    for role in (0, 1):
        for month in range(0, window.months, 4):
            if window.edges[month + 1] <= 0:
                continue
            begin = max(window.edges[month], 0.0)
            hours, pay, _, new_months = day_by_day(
                role, begin, np.inf, 1.0, TERMS, window, work_days
            )
            given = new_months * TERMS.training_hours[role]
            expected = hours - np.minimum(given, answer.available[role])
            assert answer.hire_hours[role, month] == pytest.approx(expected, rel=5e-3, abs=0.3)
            cost = pay.sum() + TERMS.recruiting_cost[role]
            assert answer.hire_cost[role, month] == pytest.approx(cost, rel=3e-3)


def test_a_year_of_attrition_leaves_the_share_that_stays():
    terms = replace(TERMS, training_hours=np.zeros(2), ramp=np.zeros((2, 0)))
    one = People(np.array([0]), np.array([-900.0]), np.array([np.inf]), np.ones(1))
    two_years = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1), months=24)
    hours = workforce(one, terms, two_years, np.full(24, 20.0)).available[0]
    assert hours[12:] / hours[:12] == pytest.approx(0.75, rel=2e-3)


def test_nobody_is_hired_within_the_notice_or_in_the_past():
    answer = workforce(team(), TERMS, MID_YEAR, WORK_DAYS)
    assert answer.most_hires[0].tolist() == [0] * 7 + [3] * 5
    assert answer.most_hires[1].tolist() == [0] * 4 + [np.inf] * 8
    assert not answer.available[:, :4].any()


def test_the_first_newcomer_of_a_role_takes_no_training_from_anybody():
    answer = workforce(People.none(), TERMS, YEAR, WORK_DAYS)
    assert not answer.available.any()
    assert (answer.hire_hours >= 0).all()


def test_a_newcomer_may_cost_more_hours_than_he_brings():
    terms = replace(TERMS, training_hours=np.array([120.0, 0.0]))
    veterans = People(np.zeros(4, np.int64), np.full(4, -900.0), np.full(4, np.inf), np.ones(4))
    answer = workforce(veterans, terms, YEAR, WORK_DAYS)
    assert answer.hire_hours[0, 3, 3] < 0 < answer.hire_hours[0, 3, 8]


@pytest.mark.parametrize(
    "change",
    [
        {"ramp": np.full((2, 3), 1.5)},
        {"ramp": np.zeros(3)},
        {"attrition_per_year": np.array([1.0, 0.0])},
        {"hours_per_day": np.array([8.0])},
        {"pay_per_month": np.array([-1.0, 0.0])},
    ],
)
def test_terms_out_of_range_are_refused(change):
    with pytest.raises(InvalidMeans):
        replace(TERMS, **change)


def test_people_without_a_role_or_a_start_are_refused():
    with pytest.raises(InvalidMeans):
        workforce(replace(team(), role=np.full(12, 2)), TERMS, YEAR, WORK_DAYS)
    with pytest.raises(InvalidMeans):
        replace(team(), start=np.full(12, np.nan))
    with pytest.raises(InvalidMeans):
        workforce(team(), TERMS, YEAR, WORK_DAYS[:3])
