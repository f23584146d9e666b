"""Budgets of a plan's channels over the API."""

from decimal import Decimal

import pytest

from crm.models import Source
from planning.models import Plan
from planning.services.means import create_channel
from planning.services.plans import create_plan


@pytest.fixture
def plan(company, pipeline):
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(10),
        currency="CNY",
    )


@pytest.fixture
def channel(company):
    source = Source.objects.create(name="Fair")
    return create_channel(by=company.manager, source=source, tiers=[(40, Decimal(100))])


@pytest.fixture
def address(plan):
    return f"/api/v1/plans/{plan.pk}/channel-budgets/"


def row(fair, **fields):
    return {"channel": fair.pk, "month": "2002-03-01", "amount": "500.00"} | fields


def put(api, address, rows, tag="*"):
    return api.manager.put(address, {"budgets": rows}, headers={"If-Match": tag})


def test_they_are_put_read_sent_back_and_dropped(api, address, channel):
    read = api.manager.get(address)
    assert (read.json()["budgets"], read.json()["currency"]) == ([], "CNY")
    answer = put(api, address, [row(channel)], tag=f'"{read.json()["version"]}"')
    assert answer.status_code == 200, answer.content
    document = api.manager.get(address).json()
    assert document["budgets"] == [row(channel, name="Fair")]
    again = api.manager.put(address, document, headers={"If-Match": "*"})
    assert again.json()["budgets"] == document["budgets"]
    assert api.manager.delete(address, headers={"If-Match": "*"}).status_code == 204
    assert api.manager.get(address).json()["budgets"] == []


def test_they_need_the_version_that_was_seen(api, address, channel, plan, problem):
    problem(api.manager.put(address, {"budgets": []}), 428)
    put(api, address, [row(channel)])
    problem(put(api, address, [], tag=f'"{plan.version}"'), 412)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"amount": "-1"}, "#/budgets/0/amount"),
        ({"amount": "much"}, "#/budgets/0/amount"),
        ({"amount": "1e30"}, "#/budgets/0/amount"),
        ({"month": "2003-01-01"}, "#/budgets"),
        ({"month": "2002-01-05"}, "#/budgets"),
        ({"month": "March"}, "#/budgets/0/month"),
        ({"channel": 10**9}, "#/budgets"),
        ({"channel": "Fair"}, "#/budgets/0/channel"),
        ({"colour": "red"}, "#/budgets/0/colour"),
    ],
)
def test_what_cannot_be_is_a_problem_that_says_where(
    api, address, channel, wrong, pointer, problem, pointers
):
    answer = put(api, address, [row(channel, **wrong)])
    problem(answer, 400)
    assert pointer in pointers(answer.json())


def test_each_month_of_a_channel_is_named_once(api, address, channel, problem):
    problem(put(api, address, [row(channel), row(channel)]), 400)


def test_those_of_an_approved_plan_stand(api, address, channel, plan, problem):
    Plan.objects.filter(pk=plan.pk).update(status="approved")
    problem(put(api, address, [row(channel)]), 409, "plan-approved")
    problem(api.manager.delete(address, headers={"If-Match": "*"}), 409, "plan-approved")


def test_a_channel_that_a_plan_budgets_stays_until_no_plan_does(api, address, channel, problem):
    put(api, address, [row(channel)])
    of_channel, headers = f"/api/v1/channels/{channel.pk}/", {"If-Match": "*"}
    refused = problem(api.manager.delete(of_channel, headers=headers), 409, "in-use")
    assert "cannot be deleted" in refused["detail"]
    assert api.manager.get(address).json()["budgets"]
    api.manager.delete(address, headers=headers)
    assert api.manager.delete(of_channel, headers=headers).status_code == 204
