"""Where a plan reads its repeat business, over the API."""

from decimal import Decimal

import pytest

from core import clock
from crm.models import Customer, Purchase
from planning.services.plans import create_plan


@pytest.fixture
def plan(company, pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(10),
        currency="CNY",
    )


@pytest.fixture
def address(plan):
    return f"/api/v1/plans/{plan.pk}/repeat-business/"


TYPED = {"repeat_from": "typed", "by_month": ["5.00"] * 12, "reason": "A contract"}


def put(api, address, body, tag="*"):
    return api.manager.put(address, body, headers={"If-Match": tag})


def test_it_is_put_read_sent_back_and_taken_back(api, address, plan):
    read = api.manager.get(address).json()
    assert (read["repeat_from"], read["by_month"], len(read["purchases"])) == ("deals", None, 12)
    answer = put(api, address, TYPED, tag=f'"{read["version"]}"')
    assert answer.status_code == 200, answer.content
    document = api.manager.get(address).json()
    assert TYPED.items() <= document.items()
    assert put(api, address, document).status_code == 200
    of_plan = api.manager.get(f"/api/v1/plans/{plan.pk}/").json()
    assert (of_plan["repeat_from"], of_plan["repeat_reason"]) == ("typed", "A contract")
    assert of_plan["repeat_by_month"] == [5.0] * 12
    assert put(api, address, {"repeat_from": "deals"}).json()["reason"] == ""


def test_purchases_are_read_by_month_and_can_be_chosen(api, address, plan, company_day):
    customer = Customer.objects.create(name="Hengda", created_at=company_day("2000-01-01"))
    for day in ("2000-05-01", "2001-03-05"):
        Purchase.objects.create(customer=customer, at=company_day(day), amount=9, currency="CNY")
    answer = put(api, address, {"repeat_from": "purchases"})
    assert answer.status_code == 200, answer.content
    march = answer.json()["purchases"][2]
    assert march == {"month": "2001-03-01", "amount": "9.00", "n": 1, "base": 1}
    chosen = put(api, address, {"repeat_from": "purchases", "overlap": "larger"}).json()
    assert (chosen["overlap"], chosen["buyers"], chosen["buyers_with_deals"]) == ("larger", 1, 0)
    assert put(api, address, chosen | {"repeat_from": "deals"}).json()["overlap"] == "purchases"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"reason": " "}, "#/reason"),
        ({"by_month": None}, "#/by_month"),
        ({"by_month": ["1"] * 11}, "#/by_month"),
        ({"by_month": ["-1"] * 12}, "#/by_month/0"),
        ({"by_month": ["1e40"] * 12}, "#/by_month/0"),
        ({"repeat_from": "luck"}, "#/repeat_from"),
        ({"overlap": "luck"}, "#/overlap"),
        ({"repeat_from": "purchases"}, "#/repeat_from"),
        ({"colour": "red"}, "#/colour"),
    ],
)
def test_what_cannot_be_is_a_problem_that_says_where(
    api, address, wrong, pointer, problem, pointers
):
    answer = put(api, address, TYPED | wrong)
    problem(answer, 400)
    assert pointer in pointers(answer.json())


def test_it_needs_the_version_that_was_seen(api, address, plan, problem):
    problem(api.manager.put(address, TYPED), 428)
    put(api, address, TYPED)
    problem(put(api, address, TYPED, tag=f'"{plan.version}"'), 412)


AMOUNTS = {"repeat_by_month": [5.0] * 12}
BODY = {"name": "Typed", "year": 2002, "target": "10", "currency": "CNY"}
REASONED = AMOUNTS | {"repeat_reason": "A contract"}


def test_typed_amounts_of_a_plan_need_their_reason(api, plan, problem, pointers):
    new = BODY | {"pipeline": plan.pipeline_id}
    of_plan, headers = f"/api/v1/plans/{plan.pk}/", {"If-Match": "*"}
    for wrong in (AMOUNTS, AMOUNTS | {"repeat_reason": "  "}):
        refused = problem(api.manager.post("/api/v1/plans/", new | wrong), 400)
        assert pointers(refused) == {"#/repeat_reason"}
        refused = problem(api.manager.patch(of_plan, wrong, headers=headers), 400)
        assert pointers(refused) == {"#/repeat_reason"}
        refused = problem(api.manager.post(f"{of_plan}scenarios/", {"name": "S"} | wrong), 400)
        assert pointers(refused) == {"#/repeat_reason"}
    made = api.manager.post("/api/v1/plans/", new | REASONED)
    assert made.json()["repeat_reason"] == "A contract"


def test_what_is_typed_already_keeps_its_reason(api, plan, problem, pointers):
    of_plan, headers = f"/api/v1/plans/{plan.pk}/", {"If-Match": "*"}
    api.manager.patch(of_plan, REASONED, headers=headers)
    same = api.manager.patch(of_plan, AMOUNTS | {"name": "Other"}, headers=headers).json()
    assert same["repeat_reason"] == "A contract"
    other = api.manager.patch(of_plan, {"repeat_by_month": [6.0] * 12}, headers=headers)
    assert pointers(problem(other, 400)) == {"#/repeat_reason"}
    refused = api.manager.patch(of_plan, {"repeat_reason": ""}, headers=headers)
    assert pointers(problem(refused, 400)) == {"#/repeat_reason"}
    whole = api.manager.get(of_plan).json()
    assert api.manager.put(of_plan, whole, headers=headers).status_code == 200
    back = api.manager.put(of_plan, whole | {"repeat_by_month": None}, headers=headers).json()
    assert (back["repeat_from"], back["repeat_reason"]) == ("deals", "")
