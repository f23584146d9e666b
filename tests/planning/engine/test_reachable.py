"""The most that can be reached is a matter of means and rates, and not of what is aimed at."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.engine.sizing import Aim
from tests.planning.engine.companies import company

REACHED = ("reachable", "tight")
AIMS = {"cost": Aim(), "profit": Aim("profit", margin=0.4)}


def uneven(seed, flexibility, full_month, share):
    """In one month only a share of the hours is left, so that the shape may spare it."""
    firm = company(seed, people=8.0, success_log_sd=0.2, shock_sd=0.1)
    hours = firm.means.workforce.available.copy()
    hours[:, full_month] *= share
    return firm.having(
        workforce={"available": hours, "most_hires": np.zeros((2, 12))},
        limits={"flexibility": flexibility},
    )


FIRMS = st.builds(
    uneven,
    seed=st.integers(1, 8),
    flexibility=st.sampled_from([0.0, 0.3, 0.5]),
    full_month=st.integers(1, 11),
    share=st.floats(0.0, 1.0),
)


@given(firm=FIRMS, confidence=st.sampled_from([None, 50, 80, 90]), aim=st.sampled_from([*AIMS]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_most_is_the_same_whatever_the_target_and_no_more_can_be_had(firm, confidence, aim):
    def at(target):
        return firm.plan(target, AIMS[aim], confidence=confidence)

    most = at(0.0)
    plans = [at(most.reachable * part) for part in (0.3, 0.7, 0.95, 1.0, 1.05, 1.5, 4.0)]
    for plan in plans:
        assert plan.reachable == pytest.approx(most.reachable, rel=1e-6)
        assert plan.highest_target == pytest.approx(most.highest_target, rel=1e-6)
        assert plan.expected <= most.reachable * (1 + 1e-6)
    can = [plan.code in REACHED for plan in plans]
    assert can == sorted(can, reverse=True)


@given(firm=FIRMS, confidence=st.sampled_from([None, 50, 80, 90]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_highest_target_can_be_reached_and_one_above_it_cannot(firm, confidence):
    highest = firm.plan(0.0, confidence=confidence).highest_target
    assert firm.plan(highest, confidence=confidence).code in REACHED
    assert firm.plan(highest * 1.001, confidence=confidence).code == "unreachable"


def test_the_expected_most_is_the_highest_target_of_a_plan_sized_for_the_expectation():
    plan = uneven(3, 0.5, 4, 0.2).plan(0.0)
    assert plan.highest_target == pytest.approx(plan.reachable)


def test_higher_targets_cost_more():
    firm = uneven(3, 0.5, 4, 0.2)
    highest = firm.plan(0.0).highest_target
    costs = [firm.plan(highest * part).cost for part in np.linspace(0.5, 1.0, 8)]
    assert np.all(np.diff(costs) >= -1e-6)


@pytest.mark.parametrize("aim", [Aim(), Aim("profit", margin=0.1), Aim(whole_hires=True)])
@pytest.mark.parametrize("confidence", [80, 90])
def test_the_chance_is_never_below_what_was_asked_for(confidence, aim):
    for seed in range(1, 7):
        firm = company(seed, people=20.0, success_log_sd=0.25).having(limits={"budget": None})
        highest = firm.plan(0.0, confidence=confidence).highest_target
        for part in (0.6, 0.85):
            plan = firm.plan(highest * part, aim, confidence=confidence)
            assert plan.code in REACHED
            assert plan.p_target >= confidence / 100
            if aim.objective == "cost" and plan.leads.sum() > 0 and not aim.whole_hires:
                assert plan.p_target <= confidence / 100 + 1e-3


def test_people_without_channels_are_planned_without_a_warning():
    firm = company(2).having(
        tiers={
            "channel": (),
            "segment": np.zeros(0, np.int64),
            "cost": np.zeros(0),
            "most": np.zeros((0, 12)),
            "lead_months": np.zeros(0, np.int64),
        },
        limits={"flexibility": 0.5},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert firm.plan(1e9).code == "unreachable"
