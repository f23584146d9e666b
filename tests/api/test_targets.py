"""A target in parts over the API, and what each part must do."""

from decimal import Decimal

import pytest

from core import clock
from pipeline.services.estimates import refresh
from planning.services.plans import create_plan
from tests.histories import write_history


@pytest.fixture
def plan(pipeline, company, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=300)
    pipeline.opportunities.update(owner=company.owner)
    pipeline.opportunities.filter(pk__in=pipeline.opportunities.all()[:60]).update(
        owner=company.stranger
    )
    refresh(pipeline)
    return create_plan(
        by=company.admin,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(60_000_000),
        currency="CNY",
    )


@pytest.fixture
def address(plan):
    return f"/api/v1/plans/{plan.pk}/targets/"


def put(client, address, dimension, tag="*", **parts):
    body = [{"value": name.removeprefix("p"), "amount": amount} for name, amount in parts.items()]
    return client.put(address, {"dimension": dimension, "parts": body}, headers={"If-Match": tag})


def test_parts_are_set_read_and_taken_back(api, address):
    assert api.manager.get(address).json()["dimensions"] == []
    answer = put(api.manager, address, "quarter", p1="1", p2="2", p3="3", p4="59999994.00")
    assert answer.status_code == 200, answer.content
    found = {row["dimension"]: row["parts"] for row in answer.json()["dimensions"]}
    assert [part["amount"] for part in found["quarter"]][2:] == ["3.00", "59999994.00"]
    assert sum(Decimal(part["amount"]) for part in found["month"]) == 60_000_000
    assert found["month"][0]["name"] == "Jan 2002"
    assert put(api.manager, address, "month").json()["dimensions"] == []


def test_a_sum_that_is_not_the_target_says_by_how_much(api, address, problem, pointers):
    answer = problem(put(api.manager, address, "region", pNorth="1.5"), 400, "validation")
    assert pointers(answer) == {"#/parts"}
    assert "¥59,999,998.50" in answer["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ([{"value": "1", "amount": "-1"}], "#/parts/0/amount"),
        ([{"value": "1", "amount": "0.001"}], "#/parts/0/amount"),
        ([{"value": "1", "amount": "x"}], "#/parts/0/amount"),
        ([{"value": "1", "amount": "1", "colour": 1}], "#/parts/0/colour"),
        ([{"value": "1", "amount": "1"}, {"value": "1", "amount": "1"}], "#/parts"),
        ([{"value": "13", "amount": "60000000"}], "#/parts"),
        ("all", "#/parts"),
    ],
)
def test_parts_that_cannot_be_are_refused_beside_the_value(
    api, address, problem, pointers, parts, pointer
):
    answer = api.manager.put(
        address, {"dimension": "month", "parts": parts}, headers={"If-Match": "*"}
    )
    assert pointer in pointers(problem(answer, 400))


def test_a_change_names_the_version_that_was_seen(api, address, problem):
    body = {"dimension": "month", "parts": []}
    problem(api.manager.put(address, body), 428, "if-match-required")
    tag = api.manager.get(address)["ETag"]
    assert put(api.manager, address, "region", tag, pNorth="60000000").status_code == 200
    problem(put(api.manager, address, "region", tag, pSouth="60000000"), 412, "stale-version")


def test_a_manager_sees_the_sum_of_what_other_teams_got(api, address, company):
    north, service = company.sub_team.pk, company.other_team.pk
    parts = {f"p{north}": "20000000", f"p{service}": "40000000"}
    assert put(api.admin, address, "team", **parts).status_code == 200
    seen = api.manager.get(address).json()["dimensions"][0]
    assert [part["value"] for part in seen["parts"]] == [str(north)]
    assert seen["elsewhere"] == "40000000.00"


def rows_of(client, plan, by):
    rows = client.get(f"/api/v1/plans/{plan.pk}/requirements/?by={by}").json()["requirements"]
    wholes = {(r["stage"], r["month"]): r for r in rows if r["value"] is None}
    return wholes, [row for row in rows if row["value"] is not None]


@pytest.mark.parametrize("by", ["team", "source", "region", "product"])
@pytest.mark.parametrize("who", ["manager", "admin"])
def test_the_parts_of_every_requirement_add_up_to_it(api, plan, by, who):
    wholes, parts = rows_of(getattr(api, who), plan, by)
    assert len(wholes) == plan.requirements.count() > 0
    for cell, whole in wholes.items():
        mine = [row for row in parts if (row["stage"], row["month"]) == cell]
        assert sum(row["rounded"] for row in mine) == whole["rounded"]
        for name in ("entries", "from_pipeline", "new"):
            assert sum(row[name] for row in mine) == pytest.approx(whole[name])
        assert all(row["low80"] <= row["entries"] <= row["high80"] for row in mine)
        assert all(row["segment"] for row in mine)


def test_shares_are_the_last_years_entries_until_the_target_is_split(api, plan, address, company):
    north, service = company.sub_team.pk, company.other_team.pk

    def share():
        wholes, parts = rows_of(api.admin, plan, "team")
        theirs = sum(row["entries"] for row in parts if row["team"] == service)
        return theirs / sum(row["entries"] for row in wholes.values())

    assert 0 < share() < 0.3
    parts = {f"p{north}": "15000000", f"p{service}": "45000000"}
    assert put(api.admin, address, "team", **parts).status_code == 200
    assert share() == pytest.approx(0.75)
    _wholes, seen = rows_of(api.manager, plan, "team")
    assert {row["team"] for row in seen} == {north, None}
    assert {row["segment"] for row in seen} == {"North", "other teams"}


@pytest.mark.parametrize("query", ["by=month", "by=x", "colour=1"])
def test_what_cannot_be_split_by_is_refused(api, plan, problem, query):
    problem(api.manager.get(f"/api/v1/plans/{plan.pk}/requirements/?{query}"), 400)


def test_the_number_of_a_part_is_explained_over_the_api(api, plan, company, problem):
    rows = rows_of(api.manager, plan, "team")[1]
    row = next(row for row in rows if row["rounded"] and row["kind"] == "opportunity")
    query = {"stage": row["stage"], "month": row["month"], "dimension": "team", "of": row["value"]}
    address = f"/api/v1/plans/{plan.pk}/explain/"
    found = api.manager.get(address, query).json()
    assert found["value"] == pytest.approx(row["entries"])
    assert found["shown"] == row["rounded"] == sum(part["shown"] for part in found["parts"])
    assert (found["dimension"], found["of"], found["name"]) == ("team", row["value"], "North")
    assert 0 < found["share"] <= 1
    unseen = query | {"of": str(company.other_team.pk)}
    problem(api.manager.get(address, unseen), 404)
    for wrong in (
        {"about": "revenue", "dimension": "team"},
        {"dimension": "month"},
        {"of": "x" * 101},
    ):
        problem(api.manager.get(address, query | wrong), 400)
    whole = api.manager.get(address, {"stage": row["stage"]}).json()
    assert (whole["dimension"], whole["of"], whole["share"]) == (None, None, None)
