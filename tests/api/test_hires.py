"""Hires of a plan over the API: staff rows that name a plan."""

from datetime import date

import pytest

from accounts.models import Team
from planning.models import JobRole, Plan


@pytest.fixture
def plan(pipeline):
    return Plan.objects.create(
        name="Growth", year=2002, pipeline=pipeline, target=10, currency="CNY"
    )


@pytest.fixture
def body(plan):
    role = JobRole.objects.create(name="Engineer")
    return {"role": role.pk, "plan": plan.pk, "headcount": 2, "begins": "2002-03-01"}


def test_a_hire_that_comes_changes_or_goes_changes_its_plan(api, plan, body):
    versions = [plan.version]

    def seen():
        plan.refresh_from_db()
        versions.append(plan.version)

    made = api.manager.post("/api/v1/staff/", body)
    assert made.status_code == 201, made.content
    seen()
    address = f"/api/v1/staff/{made.json()['id']}/"
    api.manager.patch(address, {"share": 0.5}, headers={"If-Match": "*"})
    assert plan.planned_hires.get().share == 0.5
    seen()
    assert api.manager.delete(address, headers={"If-Match": "*"}).status_code == 204
    assert not plan.planned_hires.exists()
    seen()
    assert versions == sorted(set(versions))


def test_a_plan_out_of_sight_takes_no_hires(api, plan, body, problem):
    Plan.objects.update(team=Team.objects.create(name="Elsewhere"))
    problem(api.manager.post("/api/v1/staff/", body), 400)
    assert not plan.planned_hires.exists()


def test_shares_and_days_that_cannot_be_are_problems(api, body, problem):
    for wrong in ({"share": -1}, {"share": 3}, {"headcount": 0}, {"begins": "soon"}):
        problem(api.manager.post("/api/v1/staff/", body | wrong), 400)
    problem(api.manager.post("/api/v1/staff/", body | {"ends": str(date(2002, 1, 1))}), 400)


@pytest.fixture
def of_sales(plan, company):
    Plan.objects.update(team=company.team)
    return plan


def test_a_plan_of_a_team_takes_no_hires_of_another(
    api, of_sales, body, company, problem, pointers
):
    refused = problem(
        api.manager.post("/api/v1/staff/", body | {"team": company.other_team.pk}), 400
    )
    assert pointers(refused) == {"#/team"}
    made = api.manager.post("/api/v1/staff/", body | {"team": None}).json()
    assert made["team"] == company.team.pk
    address, headers = f"/api/v1/staff/{made['id']}/", {"If-Match": "*"}
    wrong = api.manager.patch(address, {"team": company.other_team.pk}, headers=headers)
    assert pointers(problem(wrong, 400)) == {"#/team"}
    below = api.manager.patch(address, {"team": company.sub_team.pk}, headers=headers)
    assert below.json()["team"] == company.sub_team.pk


def test_somebody_of_another_team_becomes_no_hire_of_the_plan(
    api, of_sales, body, company, problem, pointers
):
    employed = body | {"plan": None, "team": company.other_team.pk}
    made = api.admin.post("/api/v1/staff/", employed).json()
    address = f"/api/v1/staff/{made['id']}/"
    moved = api.admin.patch(address, {"plan": of_sales.pk}, headers={"If-Match": "*"})
    assert pointers(problem(moved, 400)) == {"#/team"}
