"""Typed and measured hours of job roles, and activities that say what they took, over the API."""

import pytest

from crm.models import Activity
from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity
from planning.models import StageEffort
from planning.services.means import create_role

MEASURED = {
    "is_enough": True,
    "per_entry": {"hours": 4.0, "low80": 3.0, "high80": 5.0},
    "per_month": {"hours": 1.5, "low80": 1.0, "high80": 2.0},
}


@pytest.fixture
def role(company, stages):
    role = create_role(
        by=company.manager,
        name="Engineer",
        efforts={("opportunity", stages["Qualified"].pk): (20.0, 0.0)},
    )
    role.efforts.update(measured=MEASURED)
    return role


def test_both_hours_are_shown_and_which_are_used(api, role, stages):
    (effort,) = api.manager.get(f"/api/v1/job-roles/{role.pk}/").json()["efforts"]
    assert (effort["per_entry"], effort["is_measured"]) == (20.0, False)
    assert effort["measured"]["per_month"]["hours"] == 1.5
    assert effort["used"] == {"per_entry": 20.0, "per_month": 0.0, "is_measured": False}


def test_a_role_as_it_was_read_may_be_sent_back_with_another_choice(api, role):
    address = f"/api/v1/job-roles/{role.pk}/"
    read = api.manager.get(address)
    body = read.json()
    body["efforts"][0]["is_measured"] = True
    answer = api.manager.put(address, body, headers={"If-Match": read.headers["ETag"]})
    assert answer.status_code == 200, answer.content
    (effort,) = answer.json()["efforts"]
    assert effort["used"] == {"per_entry": 4.0, "per_month": 1.5, "is_measured": True}
    assert StageEffort.objects.get().measured == MEASURED


def test_hours_without_a_choice_keep_it(api, role, stages):
    role.efforts.update(is_measured=True)
    address = f"/api/v1/job-roles/{role.pk}/"
    stage = {"kind": "opportunity", "stage": stages["Qualified"].pk, "per_entry": 7}
    answer = api.manager.patch(address, {"efforts": [stage]}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.content
    assert StageEffort.objects.get().is_measured


def test_activities_take_minutes_and_a_deal_of_their_customer(
    api, company, pipeline, problem, pointers
):
    one, other = (
        create_customer(by=company.owner, name=name, owner=company.owner) for name in "AB"
    )
    deal = create_opportunity(
        by=company.owner,
        name="Line",
        pipeline=pipeline,
        customer=one,
        owner=company.owner,
        currency="CNY",
    )
    body = {"customer": one.pk, "kind": "call", "subject": "x"}
    sent = body | {"minutes": 25, "opportunity": deal.pk}
    made = api.owner.post("/api/v1/activities/", sent)
    assert made.status_code == 201, made.content
    assert (made.json()["minutes"], made.json()["opportunity"]) == (25, deal.pk)
    found = api.owner.get(f"/api/v1/activities/?opportunity={deal.pk}").json()["results"]
    assert [row["id"] for row in found] == [made.json()["id"]]
    for wrong, field in (
        ({"minutes": 1441}, "minutes"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": "x"}, "minutes"),
        ({"minutes": 1e300}, "minutes"),
        ({"customer": other.pk, "opportunity": deal.pk}, "opportunity"),
        ({"opportunity": 999_999}, "opportunity"),
    ):
        answer = problem(api.owner.post("/api/v1/activities/", body | wrong), 400, "validation")
        assert pointers(answer) == {f"#/{field}"}, wrong
    assert Activity.objects.count() == 1
    address = f"/api/v1/activities/{made.json()['id']}/"
    moved = api.owner.patch(address, {"customer": other.pk}, headers={"If-Match": "*"})
    assert pointers(problem(moved, 400, "validation")) == {"#/opportunity"}
