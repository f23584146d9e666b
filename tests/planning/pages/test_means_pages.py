"""The pages of what a plan may use."""

from datetime import date
from decimal import Decimal

import pytest

from crm.models import Source
from planning.models import Channel, Holiday, JobRole, Staff
from planning.services.means import create_channel, create_role

PAGES = ("people", "channels", "holidays")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def row(stages):
    return "opportunity", stages["Qualified"].pk


@pytest.fixture
def role(company, row):
    return create_role(
        by=company.manager,
        name="Engineer",
        hours_per_day=6,
        notice_months=0,
        monthly_cost=Decimal(8000),
        efforts={row: (20.0, 0.0)},
    )


@pytest.mark.parametrize("page", PAGES)
def test_means_are_for_those_who_plan(as_user, company, page):
    assert as_user(company.manager).get(f"/plans/{page}/").status_code == 200
    assert as_user(company.admin).get(f"/plans/{page}/").status_code == 200
    assert as_user(company.owner).get(f"/plans/{page}/").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_page_says_what_to_do(as_user, company, page):
    shown = as_user(company.manager).get(f"/plans/{page}/").content.decode()
    assert "empty-title" in shown
    assert 'hx-target="#dialog-body"' in shown


def test_a_role_is_typed_with_its_hours_by_stage(as_user, company, row):
    client = as_user(company.manager)
    typed = {
        "name": "Engineer",
        "hours_per_day": "5.5",
        "monthly_cost": "8 k",
        "recruiting_cost": "1万",
        "notice_months": "2",
        "ramp": "50, 75 %",
        "attrition": "8",
        f"entry-opportunity-{row[1]}": "12",
    }
    assert client.post("/plans/people/roles/new/", typed).status_code == 302
    role = JobRole.objects.get()
    assert role.ramp == [0.5, 0.75]
    assert role.attrition == pytest.approx(0.08)
    assert role.recruiting_cost == 10_000
    assert [effort.per_entry for effort in role.efforts.all()] == [12.0]
    page = client.get("/plans/people/").content.decode()
    assert "Engineer" in page
    assert "50\u202f%" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("ramp", "half"), ("ramp", "150"), ("attrition", "99"), ("hours_per_day", "25")],
)
def test_what_cannot_be_is_refused_beside_its_field(as_user, company, field, value):
    typed = {
        "name": "X",
        "hours_per_day": "6",
        "monthly_cost": "1",
        "recruiting_cost": "1",
        "notice_months": "1",
        field: value,
    }
    answer = as_user(company.manager).post("/plans/people/roles/new/", typed, headers=HTMX)
    assert "invalid-feedback" in answer.content.decode()
    assert not JobRole.objects.exists()


def test_a_role_changed_by_somebody_else_meanwhile_is_not_overwritten(as_user, company, role):
    client = as_user(company.manager)
    JobRole.objects.update(version=5)
    typed = {
        "version": "1",
        "name": "Other",
        "hours_per_day": "6",
        "monthly_cost": "1",
        "recruiting_cost": "1",
        "notice_months": "1",
    }
    client.post(f"/plans/people/roles/{role.pk}/", typed)
    assert JobRole.objects.get().name == "Engineer"


def test_people_begin_and_leave(as_user, company, role):
    client = as_user(company.manager)
    typed = {"role": role.pk, "headcount": 2, "share": "50", "begins": "2002-03-01"}
    assert client.post("/plans/people/staff/new/", typed).status_code == 302
    person = Staff.objects.get()
    assert (person.headcount, person.share) == (2, 0.5)
    wrong = typed | {"ends": "2002-02-01", "version": person.version}
    answer = client.post(f"/plans/people/staff/{person.pk}/", wrong, headers=HTMX)
    assert "before the first" in answer.content.decode()
    client.post(
        f"/plans/people/staff/{person.pk}/", typed | {"version": person.version, "headcount": 3}
    )
    assert Staff.objects.get().headcount == 3
    client.post(f"/plans/people/staff/{person.pk}/delete/")
    assert not Staff.objects.exists()


def test_a_role_in_use_stays(as_user, company, role):
    Staff.objects.create(role=role, begins=date(2002, 1, 1))
    client = as_user(company.manager)
    client.post(f"/plans/people/roles/{role.pk}/delete/")
    assert JobRole.objects.filter(pk=role.pk).exists()
    assert "in use" in client.get("/plans/people/").content.decode()


def test_a_channel_is_typed_with_its_tiers(as_user, company):
    source = Source.objects.create(name="Fair")
    client = as_user(company.manager)
    typed = {
        "source": source.pk,
        "lead_months": "2",
        "is_active": "on",
        "leads-0": "50",
        "cost-0": "400",
        "leads-1": "80",
        "cost-1": "650",
    }
    assert client.post("/plans/channels/new/", typed).status_code == 302
    channel = Channel.objects.get()
    tiers = [(tier.leads_per_month, tier.cost_per_lead) for tier in channel.tiers.all()]
    assert tiers == [(50, 400), (80, 650)]
    half = client.post("/plans/channels/new/", {"source": source.pk, "leads-0": "5"}, headers=HTMX)
    assert half.status_code == 200
    twice = typed | {"cost-1": "400", "version": channel.version}
    answer = client.post(f"/plans/channels/{channel.pk}/", twice, headers=HTMX)
    assert "same price" in answer.content.decode()


def test_public_holidays_are_taken_over_once(as_user, company):
    client = as_user(company.manager)
    for _again in range(2):
        client.post("/plans/holidays/fill/", {"country": "CN", "year": "2025"})
    days = Holiday.objects.all()
    assert days.get(day=date(2025, 10, 1)).name
    # China works on some weekend days instead.
    assert days.get(day=date(2025, 9, 28)).is_workday
    assert not [day for day in days if day.day.weekday() > 4 and not day.is_workday]


def test_proposed_hires_become_the_plan_s_own_and_can_be_taken_back(
    as_user, company, plan, role, row
):
    Staff.objects.create(role=role, begins=date(2000, 1, 1))
    source = Source.objects.create(name="Fair")
    create_channel(by=company.manager, source=source, tiers=[(400, Decimal(300))])
    client = as_user(company.manager)
    client.post(f"/plans/{plan.pk}/solve/")
    plan.refresh_from_db()
    proposed = sum(round(hire["count"]) for hire in plan.solution["hires"])
    assert proposed >= 1
    client.post(f"/plans/{plan.pk}/hires/")
    assert sum(hire.headcount for hire in plan.planned_hires.all()) == proposed
    plan.refresh_from_db()
    assert sum(hire["count"] for hire in plan.solution["hires"]) < proposed
    hire = plan.planned_hires.first()
    assert as_user(company.owner).post(f"/plans/{plan.pk}/hires/{hire.pk}/drop/").status_code == 404
    as_user(company.manager).post(f"/plans/{plan.pk}/hires/{hire.pk}/drop/")
    assert not plan.planned_hires.filter(pk=hire.pk).exists()


def test_the_plan_page_asks_for_its_limits_and_keeps_them(as_user, company, plan, typed, role):
    Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=3)
    client = as_user(company.manager)
    limits = {"budget": "1.5 M", "margin": "32", "may_hire": "no", "objective": "profit"}
    client.post(f"/plans/{plan.pk}/", typed | limits)
    plan.refresh_from_db()
    assert plan.budget == 1_500_000
    assert plan.margin == pytest.approx(0.32)
    assert (plan.may_hire, plan.objective) == (False, "profit")
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "1,500,000" in page
    assert "Engineer" in page
    # What the page does not send stays as it is.
    client.post(f"/plans/{plan.pk}/", typed | {"version": plan.version, "target": "50 M"})
    plan.refresh_from_db()
    assert (plan.target, plan.budget, plan.may_hire) == (50_000_000, 1_500_000, False)


def test_how_sure_a_plan_is_is_drawn_after_the_page(as_user, company, plan, typed, role):
    Staff.objects.create(role=role, begins=date(2000, 1, 1))
    client = as_user(company.manager)
    assert "plan-risk" in client.get(f"/plans/{plan.pk}/").content.decode()
    shown = client.post(f"/plans/{plan.pk}/risk/", typed, headers=HTMX).content.decode()
    assert "20,000 years" in shown
    assert "plan-fan-data" in shown
    refused = client.post(f"/plans/{plan.pk}/risk/", typed | {"target": "x"}, headers=HTMX)
    assert refused.status_code == 200
    assert as_user(company.owner).post(f"/plans/{plan.pk}/risk/", typed).status_code == 404
