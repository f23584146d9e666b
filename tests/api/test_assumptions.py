import pytest

from planning.services.plans import create_plan

AMOUNT = {"kind": "amount", "value": 1.2, "reason": "New prices"}


@pytest.fixture
def address(company, pipeline):
    plan = create_plan(
        by=company.manager, name="Y", year=2030, pipeline=pipeline, target=1, currency="CNY"
    )
    return f"/api/v1/plans/{plan.pk}/assumptions/"


def test_assumptions_are_put_read_sent_back_and_dropped(api, company, address, stages):
    stage = {"kind": "opportunity", "id": stages["Proposal"].pk}
    rate = {"kind": "promotion", "stage": stage, "value": 0.4, "reason": "Training"}
    tag = api.manager.get(address)["ETag"]
    put = api.manager.put(address, {"assumptions": [AMOUNT, rate]}, headers={"If-Match": tag})
    assert put.status_code == 200, put.content
    read = api.manager.get(address)
    assert read.json() == put.json()
    assert read["ETag"] == put["ETag"] != tag
    rows = read.json()["assumptions"]
    assert [row["value"] for row in rows] == [1.2, 0.4]
    assert rows[0]["by"] == company.manager.pk
    assert rows[1]["stage"] == stage
    again = api.manager.put(address, read.json(), headers={"If-Match": read["ETag"]})
    assert again.json() == read.json(), "what was read may be sent back, and changes nothing"
    dropped = api.manager.delete(address, headers={"If-Match": read["ETag"]})
    assert dropped.status_code == 204
    assert api.manager.get(address).json()["assumptions"] == []


def test_a_change_needs_the_version_that_was_seen(api, address, problem):
    body = {"assumptions": [AMOUNT]}
    problem(api.manager.put(address, body), 428)
    tag = api.manager.get(address)["ETag"]
    assert api.manager.put(address, body, headers={"If-Match": tag}).status_code == 200
    problem(api.manager.put(address, {"assumptions": []}, headers={"If-Match": tag}), 412)
    problem(api.manager.delete(address, headers={"If-Match": tag}), 412)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"reason": ""}, "#/assumptions/0/reason"),
        ({"value": -1}, "#/assumptions/0/value"),
        ({"kind": "luck"}, "#/assumptions/0/kind"),
        ({"stage": {"kind": "deal", "id": 1}}, "#/assumptions/0/stage/kind"),
        ({"colour": "red"}, "#/assumptions/0/colour"),
        ({"value": 0.01}, "#/value"),
        ({"kind": "promotion"}, "#/stage"),
        ({"kind": "promotion", "stage": {"kind": "opportunity", "id": 2**62}}, "#/pipeline_stage"),
    ],
)
def test_what_cannot_be_assumed_is_refused_beside_its_field(
    api, address, problem, pointers, wrong, pointer
):
    body = {"assumptions": [AMOUNT | wrong]}
    answer = api.manager.put(address, body, headers={"If-Match": "*"})
    assert pointer in pointers(problem(answer, 400))


def test_one_thing_is_assumed_only_once(api, address, problem):
    body = {"assumptions": [AMOUNT, AMOUNT | {"value": 1.3}]}
    problem(api.manager.put(address, body, headers={"If-Match": "*"}), 400)


def test_another_teams_plan_does_not_exist(api, company, pipeline):
    plan = create_plan(
        by=company.admin,
        name="S",
        year=2030,
        pipeline=pipeline,
        target=1,
        currency="CNY",
        team=company.other_team,
    )
    address = f"/api/v1/plans/{plan.pk}/assumptions/"
    assert api.manager.get(address).status_code == 404
    assert api.admin.get(address).status_code == 200
