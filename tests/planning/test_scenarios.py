"""A scenario is a copy that lives apart from its plan."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from crm.models import Source
from planning.comparison import compare
from planning.models import Channel, ChannelBudget, JobRole, Plan, Staff, TargetPart
from planning.services.assumptions import Assumed, drop_assumption, set_assumption
from planning.services.plans import solve_plan, update_plan
from planning.services.scenarios import copy_plan, scaled

WHY = "New price list"


@pytest.fixture
def full_plan(plan, company):
    """A plan with everything that belongs to one."""
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    Staff.objects.create(
        role=JobRole.objects.create(name="Seller"), plan=plan, begins="2002-03-01", headcount=2
    )
    channel = Channel.objects.create(source=Source.objects.create(name="Hall"))
    ChannelBudget.objects.create(plan=plan, channel=channel, month=date(2002, 1, 1), amount=5000)
    for quarter in range(1, 5):
        TargetPart.objects.create(
            plan=plan, dimension="quarter", value=str(quarter), amount=plan.target / 4
        )
    return solve_plan(plan)


def belongings(plan):
    return [
        [(row.kind, row.value, row.reason, row.by_id, row.at) for row in plan.assumptions.all()],
        [(row.role_id, row.headcount, row.begins) for row in plan.planned_hires.all()],
        [(row.channel_id, row.month, row.amount) for row in plan.channel_budgets.all()],
        [(row.dimension, row.value, row.amount) for row in plan.target_parts.all()],
    ]


def test_all_that_was_put_into_a_plan_is_copied_and_solved_the_same(full_plan, company):
    made = copy_plan(full_plan, by=company.admin, name="Same")
    assert all(belongings(full_plan))
    assert belongings(made) == belongings(full_plan)
    assert made.solution == full_plan.solution
    assert (made.scenario_of, made.owner, made.status) == (full_plan, company.admin, "draft")


def test_a_scenario_and_its_plan_change_apart(full_plan, company):
    made = copy_plan(full_plan, by=company.manager, name="Apart")
    before = full_plan.solution
    drop_assumption(made, by=company.manager, kind="amount")
    update_plan(made, by=company.manager, target=90_000_000)
    made.planned_hires.all().delete()
    stored = Plan.objects.get(pk=full_plan.pk)
    assert stored.solution == before
    assert all(belongings(stored))
    set_assumption(stored, by=company.manager, kind="pace", value=0.5, reason=WHY)
    assert not made.assumptions.exists()


def test_a_scenario_of_a_scenario_belongs_to_the_plan(plan, company):
    first = copy_plan(plan, by=company.manager, name="First")
    assert copy_plan(first, by=company.manager, name="Second").scenario_of == plan


def test_a_copy_with_changes_leaves_the_plan(full_plan, company):
    pace = Assumed("pace", 0.8, "Faster quotes")
    made = copy_plan(
        full_plan,
        by=company.manager,
        name="More",
        assume=[pace],
        drop=[("amount", None)],
        target=Decimal("70000000.01"),
    )
    assert [row.kind for row in made.assumptions.all()] == ["pace"]
    assert [row.kind for row in full_plan.assumptions.all()] == ["amount"]
    assert sum(part.amount for part in made.target_parts.all()) == made.target
    assert made.solution["target"] == "70000000.01"


@pytest.mark.parametrize("name", ["", "Growth"])
def test_a_scenario_has_a_name_of_its_own(plan, company, name):
    with pytest.raises(ValidationError):
        copy_plan(plan, by=company.manager, name=name)
    assert Plan.objects.count() == 1


def test_without_rates_a_copy_is_not_solved(pipeline, company):
    plan = Plan.objects.create(name="E", year=2002, pipeline=pipeline, target=5, currency="CNY")
    assert copy_plan(plan, by=company.manager, name="F").solution is None


def test_a_comparison_names_only_what_differs(full_plan, company):
    dearer = Assumed("amount", 1.5, WHY)
    made = copy_plan(full_plan, by=company.manager, name="D", assume=[dearer], target=50_000_000)
    made.planned_hires.update(headcount=3)
    found = compare([full_plan, made]).document()
    inputs = {line["name"]: line["values"] for line in found["inputs"]}
    assert set(inputs) == {"target", "assumed_amount", "planned_hires"}
    assert inputs["assumed_amount"] == [1.2, 1.5]
    outcomes = {line["name"]: line for line in found["outcomes"] if line["stage"] is None}
    leads = outcomes["new_leads"]
    assert leads["differences"][1] == pytest.approx(leads["values"][1] - leads["values"][0])
    stages = [line for line in found["outcomes"] if line["name"] == "entries"]
    assert [line["stage"]["name"] for line in stages] == ["Qualified", "Proposal", "Negotiation"]
    assert [len(months) for months in found["expected_by_month"]] == [12, 12]


def test_the_same_twice_differs_in_nothing(plan, company):
    made = copy_plan(plan, by=company.manager, name="Same")
    found = compare([plan, made])
    assert found.inputs == ()
    assert all(line.differences[1] == 0 for line in found.outcomes)


def test_parts_still_make_up_the_whole_to_the_cent():
    third = [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert sum(scaled(third, to=Decimal("77.77"))) == Decimal("77.77")
    assert scaled(third, to=Decimal(100)) == third
    assert sum(scaled([Decimal(0), Decimal(0)], to=Decimal("0.01"))) == Decimal("0.01")
