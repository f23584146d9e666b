"""What people, money and leads it would take, in words; and that it is what it takes."""

from decimal import Decimal

import pytest
from django.utils import translation

from planning.models import Staff
from planning.services.means import update_channel
from planning.services.plans import preview_plan
from planning.takes_within import levers
from tests.planning.test_solve_within import people

REACHED = ("reachable", "tight")


def taken(plan, lever, **fields):
    for name, value in fields.items():
        setattr(plan, name, value)
    rows = {row.lever: row for row in levers(preview_plan(plan))}
    return rows.get(lever)


def code_of(plan):
    return preview_plan(plan).within.program.code


def test_the_people_it_takes_make_the_target_reachable(plan, role, channel):
    people(role, 10)
    plan.flexibility = 1.0
    most = preview_plan(plan).within.program.reachable
    row = taken(plan, "people", target=Decimal(round(1.1 * most)), confidence=50)
    assert row.code == "enough"
    assert row.name == "Engineer"
    assert f"{row.value:.0f} more from April on" in row.text
    begins = preview_plan(plan).months[3]
    more = Staff.objects.create(role=role, begins=begins, headcount=row.value)
    assert code_of(plan) in REACHED
    Staff.objects.filter(pk=more.pk).update(headcount=row.value - 1)
    assert code_of(plan) == "unreachable"


def test_the_budget_it_takes_makes_the_target_reachable(plan, role, channel):
    people(role, 400)
    row = taken(plan, "budget", target=Decimal(60_000_000), confidence=50, budget=Decimal(10_000))
    assert row.code == "enough"
    assert "instead of" in row.text
    plan.budget = Decimal(round(row.value) + 10)
    assert code_of(plan) in REACHED
    plan.budget = Decimal(round(0.98 * row.value))
    assert code_of(plan) == "unreachable"


def test_the_leads_it_takes_make_the_target_reachable(plan, role, channel, company):
    people(role, 4000)
    most = preview_plan(plan).within.program.reachable
    row = taken(plan, "volume", target=Decimal(round(1.3 * most)), confidence=50)
    assert row.code == "enough"
    tiers = [(40 * row.value * 1.001, Decimal(100)), (400 * row.value * 1.001, Decimal(300))]
    update_channel(channel, by=company.manager, tiers=tiers)
    assert code_of(plan) in REACHED


def test_what_is_not_enough_is_said_to_be(plan, role, channel):
    people(role, 1)
    row = taken(plan, "volume", target=Decimal(400_000_000))
    assert row.code == "not_enough"
    assert "20 times" in row.text
    with translation.override("zh-hans"):
        assert "20 倍" in taken(plan, "volume").text


def test_a_plan_that_is_reached_or_not_limited_takes_nothing(plan, role, channel):
    people(role, 400)
    plan.target = Decimal(1_000_000)
    assert levers(preview_plan(plan)) == []


def test_a_plan_without_people_and_channels_has_no_such_levers(plan):
    assert levers(preview_plan(plan)) == []


@pytest.mark.parametrize("may_hire", [True, False])
def test_people_are_asked_for_even_where_nobody_may_be_hired(
    plan,
    role,
    channel,
    may_hire,
):
    people(role, 10)
    plan.may_hire, plan.confidence = may_hire, 50
    most = preview_plan(plan).within.program.reachable
    row = taken(plan, "people", target=Decimal(round(1.05 * most)))
    assert row.value >= 1
    assert ("hired anyway" in row.text) == (may_hire and row.code == "enough")
