"""A plan of a team: made on the page, for the teams that somebody plans, with its own people."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role, Team, User
from planning.models import Plan, Staff
from planning.services.hires import add_hire, take_over_hires
from planning.services.plans import create_plan, update_plan

BODY = {"name": "North", "target": "20 M", "year": 2002, "confidence": 80}


@pytest.fixture
def leader(company):
    """Manages the team below the manager's."""
    return User.objects.create_user(
        "bo@x.example", "pw", name="Bo", role=Role.MANAGER, team=company.sub_team
    )


@pytest.fixture
def team_plan(estimate, pipeline, company):
    return create_plan(
        by=company.manager,
        name="Sales",
        year=2002,
        pipeline=pipeline,
        team=company.team,
        target=Decimal(60_000_000),
        currency="CNY",
    )


def offered(page):
    return [team.pk for team in page.context["form"].fields["team"].queryset]


def test_the_leader_of_a_team_plans_it_and_nobody_elses(as_user, leader, company, estimate):
    client = as_user(leader)
    page = client.get("/plans/new/")
    assert offered(page) == [company.sub_team.pk]
    assert page.context["form"]["team"].initial == company.sub_team
    body = BODY | {"pipeline": estimate.pipeline_id, "team": company.sub_team.pk}
    client.post("/plans/new/", body)
    plan = Plan.objects.get()
    assert (plan.team, plan.owner) == (company.sub_team, leader)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert f"{estimate.pipeline} · North · 2002" in page
    assert ">North</td>" in client.get("/plans/").content.decode()


def test_a_team_out_of_sight_is_refused_beside_its_field(as_user, leader, company, estimate):
    body = BODY | {"pipeline": estimate.pipeline_id, "team": company.team.pk}
    answer = as_user(leader).post("/plans/new/", body)
    assert answer.status_code == 422
    assert "team" in answer.context["form"].errors
    assert not Plan.objects.exists()


def test_whoever_leads_the_first_team_begins_with_the_whole_company(as_user, company, estimate):
    page = as_user(company.manager).get("/plans/new/")
    assert set(offered(page)) == {company.team.pk, company.sub_team.pk}
    assert page.context["form"]["team"].initial is None


def test_those_above_see_the_plan_of_a_team_and_others_do_not(as_user, leader, team_plan, company):
    assert as_user(company.manager).get(f"/plans/{team_plan.pk}/").status_code == 200
    assert as_user(leader).get(f"/plans/{team_plan.pk}/").status_code == 404


def test_people_of_the_team_and_of_those_below_it_are_counted(team_plan, role, company):
    for team in (company.team, company.sub_team, company.other_team, None):
        Staff.objects.create(role=role, begins=date(2000, 1, 1), team=team)
    counted = Staff.objects.of_plan(team_plan)
    assert {row.team for row in counted} == {company.team, company.sub_team}


def test_what_the_page_hires_is_of_the_team(as_user, team_plan, role, company):
    body = {"role": role.pk, "headcount": 1, "begins": "2002-03-01", "share": "100"}
    as_user(company.manager).post(f"/plans/{team_plan.pk}/hires/new/", body)
    assert team_plan.planned_hires.get().team == company.team
    Staff.objects.create(role=role, begins=date(2000, 1, 1), team=company.team)
    team_plan.refresh_from_db()
    assert all(hire.team == company.team for hire in take_over_hires(team_plan, by=company.manager))


def test_hires_go_along_when_the_plan_is_given_to_another_team(team_plan, role, company):
    hire = add_hire(team_plan, by=company.manager, role=role, begins=date(2002, 3, 1))
    update_plan(team_plan, by=company.manager, team=company.sub_team)
    hire.refresh_from_db()
    assert hire.team == company.sub_team
    update_plan(team_plan, by=company.manager, team=None)
    hire.refresh_from_db()
    assert hire.team is None


def test_a_plan_is_not_given_to_a_team_that_would_not_count_its_hires(
    as_user, team_plan, role, company
):
    below = {"role": role, "begins": date(2002, 3, 1), "team": company.sub_team}
    add_hire(team_plan, by=company.manager, **below)
    elsewhere = Team.objects.create(name="East", parent=company.team)
    with pytest.raises(ValidationError, match="take them back first"):
        update_plan(team_plan, by=company.manager, team=elsewhere)
    assert Plan.objects.get(pk=team_plan.pk).team == company.team
