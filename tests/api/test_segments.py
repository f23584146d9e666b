"""Rates by segment over the API: asked for, computed, read by whom they are for."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.models import DirtyFlag
from pipeline.models import Opportunity
from pipeline.segmenting import FIELDS
from pipeline.services.segments import refresh_flagged, refresh_segment
from tests.histories import write_climb, write_history

LATEST = "/api/v1/estimates/latest/"


@pytest.fixture
def history(pipeline, company, company_day):
    clock.pin(company_day("2002-01-01"))
    deals = write_history(pipeline, start=company_day("2001-01-01"), days=364, deals=200)
    people = [company.owner, company.teammate, company.stranger, None]
    for place, deal in enumerate(deals):
        deal.owner = people[place % 4]
    Opportunity.objects.bulk_update(deals, ["owner"])
    return pipeline


def latest(client, pipeline, segment):
    return client.get(LATEST, {"pipeline": pipeline.pk, "segment": segment})


def labels(document):
    return {row["label"] for row in document["segments"]}


def test_rates_by_segment_are_a_job_that_ends_in_an_estimate(api, history):
    body = {"pipeline": history.pk, "segment": "team"}
    answer = api.owner.post("/api/v1/estimates/", body, format="json")
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    refresh_flagged(DirtyFlag.objects.get(name__startswith="segments:").name)
    job = api.owner.get(answer["Location"]).json()
    assert (job["state"], job["progress"]) == ("done", 1.0)
    shown = api.owner.get(f"/api/v1/estimates/{job['result']['estimate']}/").json()
    assert shown == latest(api.owner, history, "team").json()
    assert (shown["segment"], shown["join"]) == ("team", None)
    assert labels(shown) == {"North", "Service", "no team"}
    first = shown["stages"][0]
    assert sum(row["entered"] for row in first["segments"]) == first["entered"] == 200
    rates = first["segments"][0]
    assert {"rate", "low80", "high80", "raw", "pooled", "n_eff"} <= set(rates["promotion"])
    assert {"rate", "value_rate", "raw", "pooled", "value_pooled"} <= set(rates["success"])


def test_before_they_were_asked_for_a_problem_says_how(api, history, problem):
    document = problem(latest(api.owner, history, "team,source"), 404)
    assert '"segment": "team,source"' in document["detail"]


@pytest.mark.parametrize("segment", ["colour", "team,team", "team,", "a" * 400, "team,\0"])
def test_an_unknown_field_is_refused_with_those_there_are(api, history, problem, segment):
    read = problem(latest(api.owner, history, segment), 400)
    body = {"pipeline": history.pk, "segment": segment}
    asked = problem(api.owner.post("/api/v1/estimates/", body, format="json"), 400)
    assert all(field in str(read["errors"]) for field in FIELDS)
    assert {error["pointer"] for error in asked["errors"]} == {"#/segment"}


def test_of_owners_one_sees_those_whose_deals_one_sees(api, history):
    estimate = refresh_segment(history, "owner")
    seen = {
        "owner": {"Li", "Wu"},
        "teammate": {"Li", "Wu"},
        "stranger": {"Zoe"},
        "manager": {"Li", "Wu", "no owner"},
        "admin": {"Li", "Wu", "Zoe", "no owner"},
    }
    for who, names in seen.items():
        client = getattr(api, who)
        one = client.get(f"/api/v1/estimates/{estimate.pk}/").json()
        listed = client.get("/api/v1/estimates/", {"segment": "owner"}).json()["results"]
        for document in (one, *listed, latest(client, history, "owner").json()):
            assert labels(document) == names
            assert all(labels(stage) == names for stage in document["stages"])


def test_rates_by_team_are_for_all(api, history):
    refresh_segment(history, "team")
    assert labels(latest(api.stranger, history, "team").json()) == {"North", "Service", "no team"}


def test_a_list_of_many_asks_once_whose_deals_one_sees(api, history, django_assert_max_num_queries):
    refresh_segment(history, "owner")

    with CaptureQueriesContext(connection) as one:
        api.owner.get("/api/v1/estimates/")
    for field in ("owner,team", "team,owner", "owner,source"):
        refresh_segment(history, field)
    with django_assert_max_num_queries(len(one)):
        assert len(api.owner.get("/api/v1/estimates/").json()["results"]) == 4


def test_customers_on_the_ladder_come_with_the_deals_of_their_segment(
    api, history, company, company_day
):
    history.ladder.stages.create(name="Given up", order=9, part="nurturing", is_lost=True)
    year = {"start": company_day("2001-01-01"), "days": 364}
    for seed, person in enumerate((company.owner, company.stranger)):
        write_climb(
            history, **year, customers=60, handed_over=0.5, won=0.5, seed=seed, owner=person
        )
    refresh_segment(history, "owner")
    document = latest(api.owner, history, "owner").json()
    kinds = [stage["kind"] for stage in document["stages"]]
    assert kinds == ["customer", "customer", "opportunity", "opportunity", "opportunity"]
    assert (document["customers"], document["customers_one_in"]) == (120, 1)
    mine = next(row for row in document["segments"] if row["label"] == "Li")
    assert mine["customers"] == 60
    assert {"customers", "rate", "low80", "high80", "n_eff", "raw", "pooled"} == set(
        mine["handed_over"]
    )
    for stage in document["stages"]:
        assert labels(stage) == {"Li", "Wu"}
    success = document["stages"][0]["segments"][0]["success"]
    assert {"raw", "pooled", "reach_pooled", "wins_pooled"} <= set(success)
    table = api.owner.get(
        LATEST, {"pipeline": history.pk, "segment": "owner", "format": "csv"}
    ).content.decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["kind"] == "customer"]
    assert [(row["name"], row["segment"]) for row in rows] == [
        ("Suspect", ""),
        ("Suspect", "Li"),
        ("Suspect", "Wu"),
        ("Prospect", ""),
        ("Prospect", "Li"),
        ("Prospect", "Wu"),
    ]
    assert rows[1]["success_wins_pooled"] == "false"
