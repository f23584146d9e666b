"""What people, money and leads it would take: each answer tried by giving it, and a bit less."""

from dataclasses import replace

import numpy as np
import pytest

from planning.engine import Goal
from planning.engine.program import ask
from planning.engine.takes_within import MOST_VOLUME, Held, more_budget, more_people, more_volume
from tests.planning.engine.companies import company

REACHED = ("reachable", "tight")


def held(firm, target, confidence=None):
    goal = Goal(target, confidence=confidence)
    return Held(ask(firm.segments, firm.window, firm.means, goal)[0], firm.means)


def beyond(firm, share):
    """A target out of reach by a share of the most."""
    return firm.plan(0.0).reachable * (1 + share)


def of_both_roles(firm):
    """A company whose first role is the only one that work is needed of."""
    effort = firm.means.effort
    only = np.array([[1.0], [0.0]])
    return firm.having(
        effort={"per_entry": effort.per_entry * only, "per_month": effort.per_month * only},
        limits={"budget": None},
    )


@pytest.mark.parametrize("confidence", [50, 80])
@pytest.mark.parametrize("flexibility", [None, 0.5])
def test_so_many_more_people_are_enough_and_one_fewer_is_not(flexibility, confidence):
    firm = of_both_roles(company(4, people=2.0)).having(limits={"flexibility": flexibility})
    firm = firm.having(workforce={"most_hires": firm.means.workforce.most_hires / 10})
    target = beyond(firm, 0.1)
    take = more_people(held(firm, target, confidence), 0)
    assert take.code == "enough"
    assert take.month == 2
    assert take.value == round(take.value) >= 1
    assert take.chance == pytest.approx(confidence / 100, abs=0.04)
    codes = [with_people(firm, take, n).plan(target, confidence=confidence).code for n in (0, -1)]
    assert codes[0] in REACHED
    assert codes[1] == "unreachable"


def with_people(firm, take, change):
    team = firm.means.workforce
    hours = team.available.copy()
    hours[take.role] += (take.value + change) * team.hire_hours[take.role, take.month]
    overtime = team.overtime_share[:, None] * team.available
    # Overtime is a share of the hours of those known today alone.
    return firm.having(
        workforce={"available": hours, "overtime_share": (overtime / hours).min(axis=1)}
    )


def test_people_who_would_have_to_begin_within_the_notice_come_too_late():
    firm = of_both_roles(company(4, people=2.0))
    team = firm.means.workforce
    late = firm.having(
        workforce={"most_hires": np.where(np.arange(12) >= 10, team.most_hires, 0.0)}
    )
    take = more_people(held(late, beyond(late, 0.1)), 0)
    assert take.code == "too_late"
    assert take.month == 0
    assert take.value >= 1


def test_people_of_a_role_that_is_not_the_limit_are_not_enough():
    firm = of_both_roles(company(4, people=2.0))
    take = more_people(held(firm, beyond(firm, 0.1)), 1)
    assert (take.code, take.value, take.month) == ("not_enough", None, 2)
    assert 0 < take.chance < 0.5


@pytest.mark.parametrize("confidence", [50, 80])
def test_the_least_budget_is_enough_and_less_is_not(confidence):
    plenty = company(4, people=30.0).having(limits={"budget": 20_000.0})
    target = 0.8 * plenty.having(limits={"budget": None}).plan(0.0).reachable
    take = more_budget(held(plenty, target, confidence))
    assert take.code == "enough"
    assert take.value > plenty.means.limits.budget
    codes = [
        plenty.having(limits={"budget": take.value * part}).plan(target, confidence=confidence).code
        for part in (1.0001, 0.99)
    ]
    assert codes[0] in REACHED
    assert codes[1] == "unreachable"


def test_no_budget_helps_where_people_are_the_limit():
    firm = company(4)
    assert more_budget(held(firm, beyond(firm, 5.0))).code == "not_enough"
    assert more_budget(held(firm.having(limits={"budget": None}), 1e9)) is None


def test_so_much_more_volume_is_enough_and_less_is_not():
    firm = company(4, people=60.0).having(limits={"budget": None, "flexibility": 0.6})
    target = beyond(firm, 0.2)
    take = more_volume(held(firm, target))
    assert take.code == "enough"
    assert 1 < take.value < MOST_VOLUME
    most = firm.means.tiers.most
    codes = [
        firm.having(tiers={"most": most * take.value * part}).plan(target).code
        for part in (1.0001, 0.99)
    ]
    assert codes[0] in REACHED
    assert codes[1] == "unreachable"


def test_volume_is_not_stretched_beyond_what_rates_speak_of():
    firm = company(4)
    assert more_volume(held(firm, beyond(firm, 50.0))).code == "not_enough"
    endless = firm.having(tiers={"most": np.full((6, 12), np.inf)})
    assert more_volume(held(endless, 1e9)) is None


def test_a_target_that_is_reached_takes_nothing_more():
    firm = company(4)
    take = more_people(held(firm, 0.5 * firm.plan(0.0).reachable), 0)
    assert (take.code, take.value) == ("reached", 0.0)


@pytest.mark.parametrize("law", [{"win": 0.0, "pipeline": 0}, {"wins_seen": 5.0}])
def test_without_history_nothing_is_said(law):
    firm = company(4, **law)
    asked = held(firm, 1e9)
    assert more_people(asked, 0).code == more_budget(asked).code == "no_history"


def test_means_of_nobody_are_answered():
    firm = company(4)
    nobody = firm.having(
        workforce={"most_hires": np.zeros((2, 12)), "available": np.zeros((2, 12))},
        tiers={"most": np.zeros((6, 12))},
    )
    asked = held(nobody, 1e9)
    assert more_people(asked, 0).code == "not_enough"
    assert more_budget(asked).code == "not_enough"
    assert more_volume(asked) is None
    assert more_people(replace(asked), 0, earliest=3).month == 3
