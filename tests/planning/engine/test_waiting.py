"""A plan that is short of hours from the start is told as waiting leaves it."""

import numpy as np
import pytest

from planning.engine import Goal, LeadStream, Patience, Work, overload
from planning.engine.program import plan_within
from planning.engine.sizing import Aim
from tests.planning.engine.companies import company

REACHED = ("reachable", "tight")
PATIENCE = Patience(5.0, 21.0)


def short(seed=3, share=0.3, lean_months=2, **how):
    """In the first months most hours are missing; later there are plenty."""
    firm = company(seed, people=12.0, success_log_sd=0.2, pipeline=200, **how)
    hours = firm.means.workforce.available.copy()
    hours[:, :lean_months] *= share / 12
    return firm.having(workforce={"available": hours}, limits={"budget": None})


def under_load(firm):
    def run(leads, hours):
        streams = [
            LeadStream(law, stays, each)
            for law, stays, each in zip(firm.laws, firm.stays, leads, strict=True)
        ]
        effort = firm.means.effort
        work = Work(effort.per_entry, hours, effort.per_month)
        load = overload(streams, firm.window, work, PATIENCE, "first_in_first_out")
        return load.revenue, load.wins

    return run


def plan(firm, target, *, aim=None, loaded=True, confidence=80):
    load = under_load(firm) if loaded else None
    goal = Goal(target, confidence=confidence)
    return plan_within(firm.segments, firm.window, firm.means, goal, aim, under_load=load)


def test_what_waiting_costs_is_taken_off_all_that_is_promised():
    firm = short()
    without = plan(firm, 1e9, loaded=False)
    told = plan(firm, 1e9)
    assert told.unserved.any()
    assert told.code == "unreachable"
    assert told.lost > 0.01 * without.expected
    assert told.expected == pytest.approx(without.expected - told.lost)
    assert told.reachable == pytest.approx(told.expected, rel=1e-3)
    assert told.p80_revenue < without.p80_revenue
    assert told.p_target <= told.p_if_served
    assert told.revenue @ firm.window.in_plan == pytest.approx(told.expected)


def test_the_plan_brings_what_its_queue_says():
    firm = short()
    told = plan(firm, 0.7 * plan(firm, 0.0).reachable)
    hours = told.hours_available + told.overtime
    revenue, wins = under_load(firm)(told.segment_leads, hours)
    assert told.revenue == pytest.approx(revenue, rel=1e-6, abs=1.0)
    assert told.wins == pytest.approx(wins, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("confidence", [80, 90])
def test_a_plan_is_sized_with_the_loss_and_its_chance_is_the_one_asked_for(confidence):
    firm = short()
    highest = plan(firm, 0.0, confidence=confidence).highest_target
    told = plan(firm, 0.9 * highest, confidence=confidence)
    assert told.code in REACHED
    assert told.p_target == pytest.approx(confidence / 100, abs=0.01)
    assert told.p_if_served > told.p_target
    naive = plan(firm, 0.9 * highest, confidence=confidence, loaded=False)
    assert told.leads.sum() > naive.leads.sum()


def test_the_most_does_not_depend_on_the_target_either():
    firm = short()
    most = plan(firm, 0.0)
    for part in (0.5, 0.9, 1.0, 1.2, 3.0):
        told = plan(firm, part * most.reachable)
        assert told.reachable == pytest.approx(most.reachable, rel=1e-6)
        assert told.highest_target == pytest.approx(most.highest_target, rel=1e-6)
    assert plan(firm, 0.99 * most.highest_target).code in REACHED
    assert plan(firm, 1.01 * most.highest_target).code == "unreachable"


def test_whoever_has_the_hours_loses_nothing():
    firm = company(3, people=12.0)
    for aim in (Aim(), Aim("revenue")):
        told, free = (plan(firm, 1e6, aim=aim, loaded=loaded) for loaded in (True, False))
        assert told.lost == 0
        assert told.expected == free.expected
        assert np.all(told.left.revenue == 1)
