"""Estimates and plans over the API, from moves to requirements."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline.models import AmountChange, Opportunity, StageChange
from pipeline.services.estimates import refresh, refresh_flagged
from planning.models import Plan


@pytest.fixture
def history(company, pipeline, stages):
    """Deals of last year, half of them won after a month, and the last few still open."""
    start = timezone.now() - timedelta(days=335)
    for i in range(42):
        at, is_open = start + timedelta(days=8 * i), i >= 38
        end = stages["Qualified"] if is_open else stages["Won" if i % 2 else "Lost"]
        deal = Opportunity.objects.create(
            name=f"D{i}",
            owner=company.owner,
            pipeline=pipeline,
            stage=end,
            amount=1000,
            currency="CNY",
            created_at=at,
            stage_entered_at=at,
            closed_at=None if is_open else at + timedelta(days=30),
        )
        moves = [(None, stages["Qualified"], at)]
        if not is_open:
            moves.append((stages["Qualified"], end, at + timedelta(days=30)))
        StageChange.objects.bulk_create(
            StageChange(opportunity=deal, pipeline=pipeline, from_stage=a, to_stage=b, at=t)
            for a, b, t in moves
        )
        AmountChange.objects.create(
            opportunity=deal, pipeline=pipeline, amount=1000, currency="CNY", at=at
        )
    return pipeline


def test_a_recompute_is_a_job_that_ends_in_an_estimate(api, history):
    answer = api.owner.post("/api/v1/estimates/", {"pipeline": history.pk})
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    refresh_flagged(f"estimates:{history.pk}")
    job = api.owner.get(answer["Location"]).json()
    assert (job["state"], job["progress"]) == ("done", 1.0)
    shown = api.owner.get(f"/api/v1/estimates/{job['result']['estimate']}/").json()
    latest = api.owner.get(f"/api/v1/estimates/latest/?pipeline={history.pk}")
    assert latest.json() == shown
    first = shown["stages"][-3]
    assert (first["name"], first["entered"]) == ("Qualified", 42)
    assert first["success"]["rate"] == pytest.approx(0.5, abs=0.1)
    fresh = api.owner.get(
        f"/api/v1/estimates/latest/?pipeline={history.pk}",
        headers={"If-None-Match": latest["ETag"]},
    )
    assert fresh.status_code == 304


@pytest.mark.parametrize(
    "query", ["", "pipeline=x", "pipeline=1&colour=2", f"pipeline={'9' * 5000}"]
)
def test_latest_needs_a_pipeline(api, problem, query):
    problem(api.owner.get(f"/api/v1/estimates/latest/?{query}"), 400)


def test_an_open_deal_shows_its_chance(api, history):
    refresh(history)
    rows = api.owner.get("/api/v1/opportunities/?status=open").json()["results"]
    assert all(0 < row["probability"] < 1 for row in rows)


def test_a_plan_is_made_solved_and_read(api, history):
    refresh(history)
    year = timezone.now().year + 1
    made = api.manager.post(
        "/api/v1/plans/",
        {
            "name": "Growth",
            "year": year,
            "pipeline": history.pk,
            "target": "500000",
            "currency": "CNY",
            "confidence": 80,
        },
    )
    assert made.status_code == 201, made.content
    address = f"/api/v1/plans/{made.json()['id']}/"
    solved = api.manager.post(f"{address}solve/")
    assert solved.status_code == 200, solved.content
    document = solved.json()
    assert document["target"] == "500000.00"
    assert document["verdict"]["text"]
    rows = api.manager.get(f"{address}requirements/").json()["requirements"]
    assert rows == document["requirements"]
    for row in rows:
        assert row["entries"] == pytest.approx(row["from_pipeline"] + row["new"])


def test_a_changed_target_solves_the_plan_anew(api, history):
    refresh(history)
    body = {"name": "G", "year": timezone.now().year + 1, "pipeline": history.pk}
    made = api.manager.post("/api/v1/plans/", body | {"target": "1000", "currency": "CNY"})
    address = f"/api/v1/plans/{made.json()['id']}/"

    def needed():
        rows = api.manager.get(f"{address}requirements/").json()["requirements"]
        return sum(row["new"] for row in rows)

    before = needed()
    tag = api.manager.get(address)["ETag"]
    api.manager.patch(address, {"target": "900000"}, headers={"If-Match": tag})
    assert needed() > before


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"year": 3000}, "#/year"),
        ({"target": "-1"}, "#/target"),
        ({"target": 10**30}, "#/target"),
        ({"confidence": 60}, "#/confidence"),
        ({"shape": [1] * 11}, "#/shape"),
        ({"shape": [0] * 12}, "#/shape"),
        ({"shape": ["a"] * 12}, "#/shape/0"),
        ({"pipeline": 99}, "#/pipeline"),
        ({"currency": "EURO"}, "#/currency"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_beside_the_field(
    api, pipeline, problem, pointers, wrong, pointer
):
    body = {"name": "G", "year": 2030, "pipeline": pipeline.pk, "target": "1", "currency": "CNY"}
    found = pointers(problem(api.manager.post("/api/v1/plans/", body | wrong), 400))
    assert pointer in found


def test_a_plan_of_the_same_name_and_year_is_refused(api, pipeline, problem):
    body = {"name": "G", "year": 2030, "pipeline": pipeline.pk, "target": "1", "currency": "CNY"}
    assert api.manager.post("/api/v1/plans/", body).status_code == 201
    problem(api.manager.post("/api/v1/plans/", body), 400, "validation")


def test_solving_without_rates_says_so(api, pipeline, problem):
    body = {"name": "G", "year": 2030, "pipeline": pipeline.pk, "target": "1", "currency": "CNY"}
    plan = api.manager.post("/api/v1/plans/", body).json()["id"]
    problem(api.manager.post(f"/api/v1/plans/{plan}/solve/"), 409, "no-estimate")


def test_the_forecast_adds_up(api, history):
    refresh(history)
    answer = api.owner.get(f"/api/v1/pipelines/{history.pk}/forecast/?months=24")
    document = answer.json()
    assert len(document["months"]) == 24
    assert document["wins"] == pytest.approx(sum(row["wins"] for row in document["months"]))
    assert document["wins_low80"] <= document["wins"] <= document["wins_high80"]


@pytest.mark.parametrize("query", ["months=0", "months=61", "months=x", "as_of=then", "colour=1"])
def test_a_forecast_of_nonsense_is_refused(api, history, problem, query):
    problem(api.owner.get(f"/api/v1/pipelines/{history.pk}/forecast/?{query}"), 400)


def test_a_forecast_as_of_a_day_is_computed_by_what_was_known_then(api, history):
    latest = refresh(history)
    as_of = (timezone.now() - timedelta(days=200)).isoformat()
    address = f"/api/v1/pipelines/{history.pk}/forecast/"
    document = api.owner.get(address, {"as_of": as_of}).json()
    assert document["as_of"] < latest.as_of.isoformat()
    known = StageChange.objects.filter(at__lt=as_of)
    closed = known.exclude(to_stage__is_won=False, to_stage__is_lost=False).count()
    opened = known.values("opportunity").distinct().count()
    assert 0 < sum(row["open"] for row in document["stages"]) == opened - closed
    assert api.owner.get(address).json()["as_of"] > document["as_of"]


def test_a_forecast_before_all_history_promises_nothing(api, history):
    query = "as_of=1999-01-01T00:00:00Z"
    answer = api.owner.get(f"/api/v1/pipelines/{history.pk}/forecast/?{query}")
    assert (answer.status_code, answer.json()["wins"]) == (200, 0)


def test_a_forecast_from_the_future_is_refused(api, history, problem, pointers):
    query = "as_of=2150-01-01T00:00:00Z"
    answer = api.owner.get(f"/api/v1/pipelines/{history.pk}/forecast/?{query}")
    assert pointers(problem(answer, 400)) == {"#/as_of"}


def test_a_forecast_is_of_the_deals_that_the_caller_sees(api, history, company):
    """Rates are for all to read, what somebody's deals are worth is not."""
    refresh(history)
    Opportunity.objects.filter(name="D41").update(owner=company.stranger)

    def forecast(client):
        return client.get(f"/api/v1/pipelines/{history.pk}/forecast/?months=24").json()

    def still_open(client):
        return sum(row["open"] for row in forecast(client)["stages"])

    people = (api.admin, api.owner, api.teammate, api.manager, api.stranger)
    assert [still_open(client) for client in people] == [4, 3, 3, 3, 1]
    whole, own, other = (forecast(c) for c in (api.admin, api.owner, api.stranger))
    assert whole["value"] == pytest.approx(own["value"] + other["value"])
    assert 0 < other["value"] < own["value"]


@pytest.fixture
def solved(api, history):
    refresh(history)
    body = {"name": "R", "year": timezone.now().year + 1, "pipeline": history.pk}
    made = api.manager.post("/api/v1/plans/", body | {"target": "20000", "currency": "CNY"})
    return f"/api/v1/plans/{made.json()['id']}/"


def test_the_risk_of_a_saved_plan_is_told_with_its_fan(api, solved):
    answer = api.manager.get(f"{solved}risk/")
    risk = answer.json()
    assert answer.status_code == 200
    assert 0 <= risk["p_target"] <= 1
    assert len(risk["months"]) == 12
    for month in (*risk["months"], risk["year"]):
        assert month["p10"] <= month["p25"] <= month["p50"] <= month["p75"] <= month["p90"]
    assert risk["overload"] is None
    fresh = api.manager.get(f"{solved}risk/", headers={"If-None-Match": answer["ETag"]})
    assert fresh.status_code == 304


def test_requirements_are_a_csv_with_quality_and_mix(api, solved):
    rows = api.manager.get(f"{solved}requirements/").json()["requirements"]
    lines = api.manager.get(f"{solved}requirements/?format=csv").content.decode().splitlines()
    assert len(lines) == len(rows) + 1
    assert lines[0].endswith("mean_amount,success,so_far,open,direct,new_leads")
    deals = [row["quality"]["mean_amount"] for row in rows if row["name"] == "Qualified"]
    assert deals == pytest.approx([1000] * 12)


def test_a_plan_is_approved_until_its_inputs_change(api, solved, problem):
    tag = api.manager.get(solved)["ETag"]
    problem(api.manager.post(f"{solved}approve/", headers={"If-Match": '"99"'}), 412)
    answer = api.manager.post(f"{solved}approve/", headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    changed = api.manager.patch(solved, {"target": "1"}, headers={"If-Match": answer["ETag"]})
    assert changed.json()["status"] == "draft"


def plan_body(pipeline, **changes):
    body = {"name": "G", "year": 2030, "pipeline": pipeline.pk, "target": "1", "currency": "CNY"}
    return body | changes


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"target": "9999999999999999.99"}, "#/target"),
        ({"budget": "9999999999999999.99"}, "#/budget"),
        ({"year": 2100}, "#/year"),
    ],
)
def test_what_no_plan_can_hold_is_refused_beside_its_field(
    api, pipeline, problem, pointers, changes, pointer
):
    answer = api.manager.post("/api/v1/plans/", plan_body(pipeline, **changes))
    assert pointers(problem(answer, 400)) == {pointer}


def test_what_was_never_solved_cannot_be_made_approved(api, pipeline):
    answer = api.manager.post("/api/v1/plans/", plan_body(pipeline, status="approved"))
    assert answer.status_code == 409
    assert not Plan.objects.exists()


def test_an_approved_plan_of_another_team_or_other_parts_is_a_draft_again(api, history, company):
    refresh(history)
    made = api.admin.post("/api/v1/plans/", plan_body(history, target="1000.00"))
    plan = Plan.objects.get(pk=made.json()["id"])
    address = f"/api/v1/plans/{plan.pk}/"

    def approve():
        Plan.objects.filter(pk=plan.pk).update(status="approved")
        return {"headers": {"If-Match": api.admin.get(address)["ETag"]}}

    parts = [{"value": str(company.team.pk), "amount": str(Plan.objects.get(pk=plan.pk).target)}]
    body = {"dimension": "team", "parts": parts}
    assert api.admin.put(address + "targets/", body, **approve()).status_code == 200
    assert Plan.objects.get(pk=plan.pk).status == "draft"
    assert api.admin.patch(address, {"team": company.team.pk}, **approve()).status_code == 200
    assert Plan.objects.get(pk=plan.pk).status == "draft"
