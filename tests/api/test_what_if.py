"""Trying, asking what it would take, taking hires over, and files of a plan, over the API."""

import io
from decimal import Decimal

import openpyxl
import pytest

from accounts.models import Team
from core import clock
from core.workbooks import MEDIA_TYPE
from pipeline.services.estimates import refresh
from planning.models import JobRole, Plan, Staff
from planning.services.means import create_role
from planning.services.plans import approve_plan, create_plan, solve_plan, update_plan
from tests.histories import write_history


@pytest.fixture
def plan(company, pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=400)
    refresh(pipeline)
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(12_000_000),
        currency="CNY",
    )


@pytest.fixture
def short_of_people(plan, company, stages):
    """Too few engineers, of whom more can be hired."""
    role = create_role(
        by=company.manager,
        name="Engineer",
        hours_per_day=6,
        monthly_cost=Decimal(8000),
        notice_months=0,
        efforts={("opportunity", stages["Qualified"].pk): (20.0, 0.0)},
    )
    Staff.objects.create(role=role, begins="2000-01-01", headcount=1)
    return solve_plan(plan)


def address(plan, what):
    return f"/api/v1/plans/{plan.pk}/{what}/"


def what_if(api, plan, body):
    return api.manager.post(address(plan, "what-if"), body)


def by_kind(document):
    return {each["kind"]: each for each in document["levers"]}


def test_levers_are_told_and_tried_and_nothing_is_saved(api, plan):
    told = api.manager.get(address(plan, "what-if")).json()
    amount = by_kind(told)["amount"]
    assert (amount["value"], amount["neutral"]) == (1.0, 1.0)
    tried = [{"kind": "amount", "value": 1.5}]
    answer = what_if(api, plan, {"levers": tried})
    assert answer.status_code == 200, answer.content
    found = answer.json()
    change = {"kind": "amount", "stage": None, "before": 1.0, "after": 1.5}
    assert found["changes"] == [change]
    assert found["saved"] == told["saved"]
    assert found["tried"]["leads"] < found["saved"]["leads"]
    assert found["as_planned"]["expected"] > found["saved"]["expected"]
    stored = Plan.objects.get(pk=plan.pk)
    assert (stored.version, stored.assumptions.count()) == (plan.version, 0)


def test_a_stage_and_all_rates_together_can_be_tried(api, plan):
    told = api.manager.get(address(plan, "what-if")).json()
    rate = next(each for each in told["levers"] if each["kind"] == "promotion")
    row = {"kind": "promotion", "stage": rate["stage"], "value": rate["high"]}
    one = what_if(api, plan, {"levers": [row]}).json()
    assert [each["stage"] for each in one["changes"]] == [rate["stage"]]
    every = what_if(api, plan, {"win": 1.2}).json()
    assert {each["kind"] for each in every["changes"]} == {"promotion"}
    assert every["tried"]["leads"] < every["saved"]["leads"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"levers": [{"kind": "amount", "value": 99}]}, "#/levers/0/value"),
        ({"levers": [{"kind": "amount", "value": "nan"}]}, "#/levers/0/value"),
        ({"levers": [{"kind": "luck", "value": 1}]}, "#/levers/0/kind"),
        ({"levers": [{"kind": "promotion", "value": 0.5}]}, "#/levers/0/kind"),
        (
            {"levers": [{"kind": "amount", "value": 1}, {"kind": "amount", "value": 2}]},
            "#/levers/1/kind",
        ),
        (
            {"levers": [{"kind": "promotion", "stage": {"kind": "customer", "id": 9}, "value": 1}]},
            "#/levers/0/stage",
        ),
        ({"win": 99}, "#/win"),
        ({"win": "nan"}, "#/win"),
        ({"colour": 1}, "#/colour"),
    ],
)
def test_what_cannot_be_tried_is_refused_where_it_stands(
    api, plan, problem, pointers, wrong, pointer
):
    assert pointers(problem(what_if(api, plan, wrong), 400)) == {pointer}


def test_nothing_is_needed_where_the_leads_of_the_last_year_are_enough(api, plan):
    found = api.manager.get(address(plan, "takes")).json()
    assert (found["rows"], found["text"][:8]) == ([], "Nothing:")


def test_what_it_would_take_can_be_tried_and_is_enough(api, plan, company):
    update_plan(plan, by=company.manager, target=Decimal(20_000_000))
    found = api.manager.get(address(plan, "takes")).json()
    assert found["text"] == ""
    assert found["leads_per_month"] > 0
    enough = [row for row in found["rows"] if row["code"] == "enough" and row["lever"] == "amount"]
    (row,) = enough
    levers = [{"kind": "amount", "value": row["value"]}]
    tried = what_if(api, plan, {"levers": levers}).json()["tried"]
    usual = found["leads_per_month"] * 12
    assert tried["leads"] == pytest.approx(usual, rel=0.02)


def test_a_plan_without_rates_tries_nothing(api, company, pipeline, problem):
    plan = Plan.objects.create(name="New", year=2030, pipeline=pipeline, target=10, currency="CNY")
    problem(api.manager.get(address(plan, "takes")), 409, "no-estimate")
    problem(what_if(api, plan, {}), 409, "no-estimate")


def test_hires_are_taken_over_and_back(api, short_of_people):
    plan = short_of_people
    told = api.manager.get(address(plan, "hires")).json()
    assert told["planned"] == []
    assert sum(row["count"] for row in told["proposed"]) >= 1
    answer = api.manager.post(address(plan, "hires/take"))
    assert answer.status_code == 200, answer.content
    taken = answer.json()
    assert taken["version"] > told["version"]
    assert {row["plan"] for row in taken["planned"]} == {plan.pk}
    assert all(row["cost"] > 0 for row in taken["planned"])
    ids = [row["id"] for row in taken["planned"]]
    back = api.manager.post(address(plan, "hires/take-back"), {"hires": ids}).json()
    assert back["planned"] == []
    assert back["proposed"] == told["proposed"]


def test_where_nobody_is_asked_for_nothing_changes(api, plan, company):
    approve_plan(plan, by=company.manager)
    answer = api.manager.post(address(plan, "hires/take")).json()
    assert (answer["planned"], answer["version"]) == ([], plan.version)
    assert Plan.objects.get(pk=plan.pk).status == Plan.Status.APPROVED


def test_hires_of_another_plan_and_stale_ones_stay(api, plan, problem, pointers):
    role = JobRole.objects.create(name="Caller")
    mine = Staff.objects.create(role=role, begins="2002-01-01", plan=plan)
    other = Plan.objects.create(
        name="Other", year=2002, pipeline=plan.pipeline, target=1, currency="CNY"
    )
    elsewhere = Staff.objects.create(role=role, begins="2002-01-01", plan=other)
    body = {"hires": [mine.pk, elsewhere.pk]}
    refused = problem(api.manager.post(address(plan, "hires/take-back"), body), 400)
    assert pointers(refused) == {"#/hires/1"}
    stale = {"If-Match": '"99"'}
    body = {"hires": [mine.pk]}
    problem(api.manager.post(address(plan, "hires/take-back"), body, headers=stale), 412)
    problem(api.manager.post(address(plan, "hires/take"), headers=stale), 412)
    assert Staff.objects.count() == 2


def test_the_workbook_and_each_table_come_as_files(api, plan):
    answer = api.manager.get(address(plan, "workbook"), headers={"Accept": MEDIA_TYPE})
    assert (answer.status_code, answer["Content-Type"]) == (200, MEDIA_TYPE)
    assert 'filename="Growth-2002.xlsx"' in answer["Content-Disposition"]
    sheets = openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames
    listed = api.manager.get(address(plan, "tables")).json()["tables"]
    assert {row["name"] for row in listed} >= set(sheets)
    for row in listed:
        table = api.manager.get(
            address(plan, f"tables/{row['table']}"), headers={"Accept": "text/csv"}
        )
        assert table["Content-Type"].startswith("text/csv")
        assert table.content
    page = api.manager.get(address(plan, "tables/requirements")).content.decode()
    assert "Qualified" in page


def test_no_table_and_no_plan_out_of_sight_is_given(api, plan, problem):
    problem(api.manager.get(address(plan, "tables/secrets")), 404)
    refused = api.owner.get(address(plan, "workbook"), headers={"Accept": MEDIA_TYPE})
    problem(refused, 404)
    Plan.objects.update(team=Team.objects.create(name="Elsewhere"))
    for what in ("workbook", "tables", "tables/summary", "takes", "what-if", "hires"):
        problem(api.manager.get(address(plan, what)), 404)
    problem(what_if(api, plan, {}), 404)
