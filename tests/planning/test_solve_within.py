"""Plans within people, channels and budget."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from planning.explained import Asked
from planning.explaining import explain
from planning.limit_words import limit_sentence, limited_verdict
from planning.models import Staff
from planning.risk import risk_document, risk_of
from planning.selectors import plan_document
from planning.services.plans import preview_plan, solve_plan, update_plan
from tests.api.conftest import client_of


def people(role, count):
    return Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=count)


def solved(plan, **fields):
    for name, value in fields.items():
        setattr(plan, name, value)
    found = preview_plan(plan)
    return plan_document(plan, found)


def test_without_people_and_channels_nothing_limits_a_plan(plan):
    document = solved(plan)
    assert (document["limits"], document["capacity"], document["spend"]) == ([], [], [])
    assert document["reachable"] is None


def test_too_few_people_make_a_target_unreachable_and_are_named(plan, role, channel):
    people(role, 1)
    document = solved(plan, target=Decimal(400_000_000))
    assert document["verdict"]["code"] == "unreachable"
    assert "Engineer" in document["verdict"]["text"]
    kinds = {limit["kind"] for limit in document["limits"]}
    assert "hours" in kinds
    assert document["reachable"] < 400_000_000
    assert document["expected"] == pytest.approx(document["reachable"])
    # What the target would take is far more than one engineer has.
    needed = sum(row["hours_needed"] for row in document["capacity"])
    there = sum(row["hours_available"] for row in document["capacity"])
    assert needed > 2 * there
    for limit in document["limits"]:
        assert limit["text"]
        assert limit["price"] >= 0


def test_a_plan_that_can_be_reached_uses_no_more_than_there_is(plan, role, channel):
    people(role, 40)
    document = solved(plan, target=Decimal(60_000_000), confidence=50)
    assert document["verdict"]["code"] in ("reachable", "tight")
    for row in document["capacity"]:
        assert row["hours_needed"] <= row["hours_available"] + row["overtime"] + 1e-6
    for row in document["spend"]:
        assert row["leads"] <= row["most"] + 1e-6
    assert document["expected"] == pytest.approx(60_000_000, rel=1e-4)
    of_both = {name: document["attainable"][name] for name in document["required"]}
    assert document["required"] == pytest.approx(of_both)
    leads = sum(row["leads"] for row in document["spend"])
    assert leads == pytest.approx(document["leads"])
    # Cheap leads first: dear ones only beyond the first tier.
    spent = sum(row["amount"] for row in document["spend"])
    assert 100 * leads <= spent + 1e-6 <= 300 * leads + 1e-6


def test_requirements_of_a_plan_within_limits_follow_from_its_leads(plan, role, channel):
    people(role, 40)
    document = solved(plan, target=Decimal(60_000_000), confidence=50)
    for row in document["requirements"]:
        assert row["entries"] == pytest.approx(row["from_pipeline"] + row["new"])
        assert row["low80"] <= row["entries"] + 1e-9 <= row["high80"] + 2e-9


def test_a_budget_holds_and_is_named_where_it_limits(plan, role, channel):
    people(role, 400)
    free = solved(plan, target=Decimal(60_000_000), confidence=50)
    spent = sum(row["amount"] for row in free["spend"])
    half = solved(plan, budget=Decimal(round(spent / 2)))
    assert half["verdict"]["code"] == "unreachable"
    assert sum(row["amount"] for row in half["spend"]) <= spent / 2 + 1
    assert "budget" in {limit["kind"] for limit in half["limits"]}


def test_hiring_helps_only_where_it_is_allowed(plan, role, channel):
    people(role, 1)
    plan.target = Decimal(400_000_000)
    with_hires = solved(plan)
    without = solved(plan, may_hire=False)
    assert with_hires["hires"]
    assert not without["hires"]
    assert without["reachable"] < with_hires["reachable"]
    assert all(row["month"] >= "2002-03-01" for row in with_hires["hires"])


def test_people_are_hired_whole_and_their_hours_and_cost_add_up(plan, role, channel, company):
    people(role, 12)
    target = Decimal(round(0.9 * preview_plan(plan).within.program.reachable))
    update_plan(plan, by=company.manager, target=target, confidence=50)
    found = plan.solution
    counts = [row["count"] for row in found["hires"]]
    assert counts
    assert all(count == round(count) >= 1 for count in counts)
    program = preview_plan(plan).within.program
    assert 0 <= program.gap <= 1e-3
    team = preview_plan(plan).within.means.workforce
    hires = sum(row["cost"] for row in found["hires"])
    spend = sum(row["amount"] for row in found["spend"])
    overtime = sum(row["overtime"] for row in found["capacity"]) * float(team.overtime_cost[0])
    assert found["cost"] == pytest.approx(found["payroll"] + hires + spend + overtime)
    hours = team.available[0] + program.hires[0] @ team.hire_hours[0]
    assert [row["hours_available"] for row in found["capacity"]] == pytest.approx(hours)


def test_the_months_keep_near_the_shape_of_the_year(plan, role, channel):
    people(role, 400)
    shape = [1.0] * 6 + [2.0] * 6
    solved(plan, target=Decimal(60_000_000), confidence=50, shape=shape, flexibility=0.2)
    leads = preview_plan(plan).within.program.leads.sum(axis=0)
    by_shape = np.array(shape) / 18 * leads.sum()
    assert np.all(np.abs(leads - by_shape) <= 0.2 * by_shape + 1e-6)


def test_a_shape_that_holds_a_plan_back_is_named(plan, role, channel):
    people(role, 400)
    shape = [1.0] * 6 + [2.0] * 6
    document = solved(plan, target=Decimal(4_000_000_000), flexibility=0.0, shape=shape)
    named = next(limit for limit in document["limits"] if limit["kind"] == "shape")
    assert "shape of the year" in named["text"]
    assert "shape of the year" in document["verdict"]["text"]
    with translation.override("zh-hans"):
        assert "各月分布" in limit_sentence(named)
    free = solved(plan, flexibility=1.0)
    assert free["reachable"] > document["reachable"]


def test_hours_are_said_to_be_planned_up_to_their_share(plan, role, channel):
    people(role, 1)
    text = solved(plan, target=Decimal(400_000_000))["verdict"]["text"]
    assert "planned up to 95" in text


def test_profit_is_told_only_where_the_margin_is(plan, role, channel):
    people(role, 40)
    assert solved(plan)["profit"] is None
    document = solved(plan, margin=0.3)
    assert document["profit"] == pytest.approx(0.3 * document["expected"] - document["cost"])


def test_typed_repeat_business_takes_the_place_of_that_of_history(plan):
    leads = solved(plan)["leads"]
    assert solved(plan, repeat_by_month=[1_000_000.0] * 12)["leads"] < leads


def test_a_saved_plan_keeps_what_limits_it(plan, role, channel, company):
    people(role, 1)
    update_plan(plan, by=company.manager, target=Decimal(400_000_000))
    plan.refresh_from_db()
    stored = plan_document(plan)
    assert stored["verdict"]["code"] == "unreachable"
    assert stored["verdict"]["text"] == limited_verdict(plan, plan.solution)
    assert stored["capacity"] == solved(plan)["capacity"]


def test_the_risk_of_an_overloaded_plan_is_waiting(plan, role, channel):
    people(role, 1)
    plan.target = Decimal(400_000_000)
    plan.may_hire = False
    found = preview_plan(plan)
    document = risk_document(found, risk_of(found))
    overload = document["overload"]
    assert not document["is_reached"]
    assert overload["kind"]["wasted_leads"] > 0
    assert overload["harsh"]["revenue"] <= overload["kind"]["revenue"] + 1
    assert overload["kind"]["full"][0] < "2002-03-01"


def test_drawn_years_of_a_plan_hit_its_target_as_often_as_it_was_sized_for(plan, role, channel):
    people(role, 400)
    plan.target, plan.confidence = Decimal(60_000_000), 80
    found = preview_plan(plan)
    document = risk_document(found, risk_of(found))
    assert document["p_target"] == pytest.approx(0.8, abs=0.03)
    assert document["overload"]["harsh"]["wasted_leads"] == pytest.approx(0, abs=1)
    levels = np.array(
        [[month[f"p{q}"] for q in (10, 25, 50, 75, 90)] for month in document["months"]]
    )
    assert np.all(np.diff(levels, axis=1) >= 0)
    assert np.all(np.diff(levels, axis=0) >= 0)


def test_solving_stays_a_fixed_number_of_queries(
    plan, role, channel, django_assert_max_num_queries
):
    people(role, 5)
    solve_plan(plan)
    with django_assert_max_num_queries(14):
        preview_plan(plan)


def test_the_most_revenue_is_not_said_to_be_what_the_target_takes(plan, role, channel):
    people(role, 40)
    least = solved(plan, target=Decimal(30_000_000), confidence=50)
    assert "it takes" in least["verdict"]["text"]
    most = solved(plan, objective="revenue")
    assert most["leads"] > 1.1 * least["leads"]
    assert "it takes" not in most["verdict"]["text"]
    assert "most revenue" in most["verdict"]["text"]
    profit = solved(plan, objective="profit", margin=0.5)
    assert "it takes" not in profit["verdict"]["text"]
    assert "most profit" in profit["verdict"]["text"]


def test_profit_without_a_margin_is_refused_beside_the_margin(plan, company):
    with pytest.raises(ValidationError) as refused:
        update_plan(plan, by=company.manager, objective="profit")
    assert list(refused.value.message_dict) == ["margin"]
    plan.refresh_from_db()
    update_plan(plan, by=company.manager, objective="profit", margin=0.4)
    client = client_of(company.manager)
    path = f"/api/v1/plans/{plan.pk}/"
    headers = {"If-Match": client.get(path)["ETag"]}
    answer = client.patch(path, {"margin": None}, format="json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#/margin"


def test_of_a_target_out_of_reach_what_it_takes_is_told_apart_from_what_can_be_done(
    plan, role, channel
):
    people(role, 1)
    document = solved(plan, target=Decimal(400_000_000))
    required, attainable = document["required"], document["attainable"]
    assert required["p_target"] == pytest.approx(0.8)
    assert (document["leads"], document["multiplier"]) == (
        pytest.approx(required["leads"]),
        required["multiplier"],
    )
    assert sum(month["new_leads"] for month in document["months"]) == pytest.approx(
        required["leads"]
    )
    for name in ("expected", "p_target", "p80_revenue", "cost"):
        assert document[name] == attainable[name]
    assert sum(row["leads"] for row in document["spend"]) == pytest.approx(attainable["leads"])
    assert sum(row["count"] for row in document["hires"]) == pytest.approx(attainable["hires"])
    ratio = required["leads"] / attainable["leads"]
    assert required["multiplier"] / attainable["multiplier"] == pytest.approx(ratio)
    found = preview_plan(plan)
    risk = risk_document(found, risk_of(found))
    assert (risk["figures_of"], risk["attainable"]) == ("required", attainable)


def short_of_hours(plan, role):
    """Hardly an engineer until May, and a crowd after."""
    Staff.objects.create(role=role, begins=date(2000, 1, 1), share=0.1)
    Staff.objects.create(role=role, begins=date(2002, 5, 1), headcount=60)
    role.efforts.update(per_month=15.0)
    plan.may_hire = False


def test_what_waiting_costs_is_in_the_verdict_the_chance_and_the_risk(plan, role, channel):
    short_of_hours(plan, role)
    document = solved(plan, target=Decimal(30_000_000), confidence=80)
    assert document["verdict"]["code"] in ("reachable", "tight")
    waiting = document["waiting"]
    assert waiting["hours"] > 0
    assert waiting["lost"] > 0
    assert waiting["p_if_served"] > document["p_target"] >= 0.8 - 2e-2
    assert "customers wait" in document["verdict"]["text"]
    found = preview_plan(plan)
    risk = risk_document(found, risk_of(found))
    assert risk["p_target"] == pytest.approx(document["p_target"], abs=0.03)
    assert risk["expected"] == pytest.approx(document["expected"], rel=0.02)
    assert risk["overload"]["harsh"]["revenue"] == pytest.approx(document["expected"], rel=1e-4)
    assert sum(month["revenue"] for month in document["months"]) == pytest.approx(
        document["expected"]
    )
    for month in document["months"]:
        parts = month["certain"] + month["from_pipeline"] + month["new"]
        assert parts == pytest.approx(month["revenue"], abs=1e-3)


def test_what_waiting_costs_is_in_the_explanations(plan, role, channel):
    short_of_hours(plan, role)
    plan.target, plan.confidence = Decimal(30_000_000), 80
    found = preview_plan(plan)
    assert found.within.program.lost > 0
    for about in ("expected", "revenue", "won"):
        told = explain(found, Asked(about))
        assert sum(part.value for part in told.parts) == pytest.approx(told.value)
    assert explain(found, Asked("expected")).value == pytest.approx(found.possible.expected)
    assert explain(found, Asked("p_target")).value == found.possible.p_target
    leads = explain(found, Asked("leads")).facts
    brought = leads["target"] + leads["cushion"]
    brought -= leads["certain"] + leads["from_open"] + leads["from_direct"]
    assert leads["brought"] == pytest.approx(brought)
