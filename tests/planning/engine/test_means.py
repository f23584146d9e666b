"""Means of a plan that contradict themselves are refused with a sentence."""

from dataclasses import replace

import numpy as np
import pytest

from planning.engine.means import (
    Effort,
    InvalidMeans,
    Limits,
    Tiers,
    Workforce,
    check_together,
)

TEAM = Workforce(
    roles=("account executive", "engineer"),
    available=np.full((2, 3), 160.0),
    payroll=np.full((2, 3), 5_000.0),
    hire_hours=np.zeros((2, 3, 3)),
    hire_cost=np.full((2, 3), 9_000.0),
    most_hires=np.full((2, 3), np.inf),
    overtime_share=np.array([0.1, 0.0]),
    overtime_cost=np.array([60.0, 60.0]),
)
FAIR = Tiers(
    channel=("fair",),
    segment=np.array([0]),
    cost=np.array([40.0]),
    most=np.full((1, 3), np.inf),
    lead_months=np.array([1]),
)
WORK = Effort.none(roles=2, stages=4)


@pytest.mark.parametrize(
    "change",
    [
        {"available": np.zeros(3)},
        {"payroll": np.zeros((2, 4))},
        {"hire_hours": np.zeros((2, 3))},
        {"hire_hours": np.full((2, 3, 3), np.nan)},
        {"available": np.full((2, 3), -1.0)},
        {"most_hires": np.full((2, 3), np.nan)},
        {"overtime_share": np.array([0.1])},
        {"overtime_cost": np.array([np.inf, 1.0])},
        {"roles": ("account executive",)},
    ],
)
def test_a_workforce_that_contradicts_itself_is_refused(change):
    with pytest.raises(InvalidMeans):
        replace(TEAM, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"channel": ("fair", "web")},
        {"segment": np.array([-1])},
        {"cost": np.array([np.nan])},
        {"most": np.array([[1.0, -1.0, 1.0]])},
        {"most": np.ones(3)},
        {"lead_months": np.array([-1])},
    ],
)
def test_tiers_that_contradict_themselves_are_refused(change):
    with pytest.raises(InvalidMeans):
        replace(FAIR, **change)


@pytest.mark.parametrize(
    "limits",
    [
        {"budget": -1.0},
        {"budget_by_month": np.array([np.nan])},
        {"channel_budget": {"fair": np.array([-1.0])}},
        {"utilisation": 0.0},
        {"utilisation": 1.2},
    ],
)
def test_limits_out_of_range_are_refused(limits):
    with pytest.raises(InvalidMeans):
        Limits(**limits)


def test_hours_of_work_need_a_row_a_role_and_a_column_a_stage():
    with pytest.raises(InvalidMeans):
        Effort(np.zeros((2, 4)), np.zeros((2, 3)))
    with pytest.raises(InvalidMeans):
        Effort(np.zeros(4), np.zeros(4))
    with pytest.raises(InvalidMeans):
        Effort(np.full((2, 4), -1.0), np.zeros((2, 4)))


def test_means_of_one_plan_agree_in_roles_stages_and_months():
    check_together(WORK, TEAM, FAIR, Limits(), stages=4, months=3)
    for means in (
        (WORK, TEAM, FAIR, Limits(budget_by_month=np.zeros(4))),
        (WORK, TEAM, FAIR, Limits(channel_budget={"fair": np.zeros(2)})),
        (WORK, TEAM, Tiers.none(4), Limits()),
        (WORK, Workforce.none(3), FAIR, Limits()),
        (Effort.none(2, 5), TEAM, FAIR, Limits()),
    ):
        with pytest.raises(InvalidMeans):
            check_together(*means, stages=4, months=3)


def test_a_plan_may_have_neither_people_nor_channels():
    check_together(
        Effort.none(0, 4), Workforce.none(3), Tiers.none(3), Limits(), stages=4, months=3
    )
