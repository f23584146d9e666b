import pytest

from pipeline.services.pipelines import create_pipeline
from planning.models import Plan
from planning.services.plans import create_plan
from planning.services.scenarios import copy_plan


@pytest.fixture
def plan(company, pipeline):
    return create_plan(
        by=company.manager, name="Year", year=2030, pipeline=pipeline, target=10, currency="CNY"
    )


@pytest.fixture
def address(plan):
    return f"/api/v1/plans/{plan.pk}/scenarios/"


def test_a_scenario_is_posted_listed_and_compared(api, plan, address):
    rate = {"kind": "amount", "value": 1.2, "reason": "New prices"}
    body = {"name": "Higher", "target": "20", "assumptions": [rate]}
    made = api.manager.post(address, body)
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert made["Location"].endswith(f"/plans/{pk}/")
    listed = api.manager.get(address).json()
    assert [row["plan"]["name"] for row in listed["results"]] == ["Higher", "Year"]
    assert {row["scenario_of"] for row in listed["results"]} == {plan.pk, None}
    first = listed["results"][0]["solved"]
    assert (first["target"], first["assumptions"][0]["value"]) == ("20.00", 1.2)
    assert api.manager.get(f"/api/v1/plans/{pk}/scenarios/").json() == listed
    found = api.manager.get(f"{address}compare/?with={pk}").json()
    assert [each["name"] for each in found["plans"]] == ["Year", "Higher"]
    inputs = {line["name"]: line["values"] for line in found["inputs"]}
    assert inputs == {"target": ["10.00", "20.00"], "assumed_amount": [None, 1.2]}


def test_assumptions_of_the_plan_are_copied_unless_others_are_given(api, plan, address):
    assumed = [{"kind": "pace", "value": 0.9, "reason": "Quotes"}]
    put = {"assumptions": assumed}
    api.manager.put(f"/api/v1/plans/{plan.pk}/assumptions/", put, headers={"If-Match": "*"})
    same = api.manager.post(address, {"name": "Same"}).json()["id"]
    none = api.manager.post(address, {"name": "None", "assumptions": []}).json()["id"]
    assert Plan.objects.get(pk=same).assumptions.count() == 1
    assert Plan.objects.get(pk=none).assumptions.count() == 0


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"year": 2031}, "#/year"),
        ({"currency": "USD"}, "#/currency"),
        ({"target": "-1"}, "#/target"),
        ({"colour": 1}, "#/colour"),
        ({"assumptions": [{"kind": "amount", "value": 2}]}, "#/assumptions/0/reason"),
    ],
)
def test_what_a_scenario_cannot_be_is_refused(api, address, problem, pointers, wrong, pointer):
    answer = api.manager.post(address, {"name": "A"} | wrong)
    assert pointer in pointers(problem(answer, 400))


def test_a_name_that_is_taken_is_refused(api, address, problem):
    problem(api.manager.post(address, {"name": "Year"}), 400)


@pytest.mark.parametrize("query", ["", "with=", "with=x", "with={plan}", "with=1,2&colour=red"])
def test_a_comparison_of_nonsense_is_refused(api, plan, address, problem, query):
    problem(api.manager.get(f"{address}compare/?{query.format(plan=plan.pk)}"), 400)


def test_a_plan_outside_the_family_does_not_exist_here(api, company, plan, address, pipeline):
    alone = create_plan(
        by=company.manager, name="Alone", year=2030, pipeline=pipeline, target=1, currency="CNY"
    )
    assert api.manager.get(f"{address}compare/?with={alone.pk}").status_code == 404


def test_a_scenario_of_another_team_is_not_listed(api, company, plan, address):
    made = copy_plan(plan, by=company.admin, name="Theirs", team=company.other_team)
    assert len(api.manager.get(address).json()["results"]) == 1
    assert len(api.admin.get(address).json()["results"]) == 2
    assert api.manager.get(f"{address}compare/?with={made.pk}").status_code == 404


ANY = {"If-Match": "*"}


@pytest.mark.parametrize(
    ("name", "value"), [("year", 2031), ("currency", "USD"), ("team", None), ("pipeline", None)]
)
def test_what_a_scenario_shares_with_its_plan_is_changed_in_neither(
    api, plan, company, problem, pointers, name, value
):
    value = {
        "team": company.team.pk,
        "pipeline": create_pipeline("Service", currency="CNY", stages=["Asked"]).pk,
    }.get(name, value)
    scenario = copy_plan(plan, by=company.manager, name="Other")
    for each in (scenario, plan):
        address = f"/api/v1/plans/{each.pk}/"
        refused = problem(api.manager.patch(address, {name: value}, headers=ANY), 400)
        assert pointers(refused) == {f"#/{name}"}
    scenario.delete()
    address = f"/api/v1/plans/{plan.pk}/"
    assert api.manager.patch(address, {name: value}, headers=ANY).status_code == 200


def test_a_scenario_sent_back_as_it_was_read_is_taken(api, plan, company):
    scenario = copy_plan(plan, by=company.manager, name="Other")
    address = f"/api/v1/plans/{scenario.pk}/"
    body = api.manager.get(address).json() | {"target": "30"}
    assert api.manager.put(address, body, headers=ANY).json()["target"] == "30.00"


def test_a_plan_stays_while_one_of_its_scenarios_is_approved(api, plan, company, problem):
    scenario = copy_plan(plan, by=company.manager, name="Bold")
    copy_plan(plan, by=company.manager, name="Meek")
    Plan.objects.filter(pk=scenario.pk).update(status=Plan.Status.APPROVED)
    address = f"/api/v1/plans/{plan.pk}/"
    refused = problem(api.manager.delete(address, headers=ANY), 409, "in-use")
    assert "Bold" in refused["detail"]
    assert "Take its approval back" in refused["detail"]
    assert Plan.objects.count() == 3
    api.manager.post(f"/api/v1/plans/{scenario.pk}/take-approval-back/")
    assert api.manager.delete(address, headers=ANY).status_code == 204
    assert not Plan.objects.exists()


def test_an_approved_plan_is_a_draft_again_over_the_api(api, plan, problem):
    Plan.objects.update(status=Plan.Status.APPROVED)
    address = f"/api/v1/plans/{plan.pk}/take-approval-back/"
    problem(api.manager.post(address, headers={"If-Match": '"99"'}), 412)
    assert api.manager.post(address).json()["status"] == "draft"
