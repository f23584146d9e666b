"""The model card over the API: as JSON, as CSV, and asked for."""

import csv
import io
from datetime import timedelta

import pytest

from core import clock
from core.models import DirtyFlag, Job
from pipeline.services.backtests import run_backtest, run_flagged
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.probabilities import set_own_probability
from tests.api.conftest import new_client
from tests.histories import write_history
from tests.pipeline.laws import write_estimate


@pytest.fixture
def address(pipeline):
    return f"/api/v1/pipelines/{pipeline.pk}/model-card/"


@pytest.fixture
def card(pipeline, company_day):
    clock.pin(company_day("2002-02-10"))
    write_history(pipeline, start=company_day("2001-01-01"), days=400, deals=500)
    return run_backtest(pipeline)


def rows_of(answer):
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_card_has_every_score_beside_the_naive_rules(api, address, card):
    document = api.stranger.get(address).json()
    assert document["id"] == card.pk
    assert document["unit"] == "month"
    assert document["enough"]
    assert document["history_from"].startswith("2001-01-0")
    given = document["wins"]["given_leads"]
    kept = card.document["wins"]["given_leads"]
    assert given["method"] == kept["method"]
    assert [row["rule"] for row in given["rules"]] == [
        "closed_rate",
        "won_per_created",
        "last_year",
        "weighted_pipeline",
    ]
    assert [w["origin"] for w in given["windows"]] == document["origins"]
    assert document["origins"][0].endswith("-01T00:00:00+08:00")


def test_a_card_seen_before_is_not_sent_again(api, address, card):
    tag = api.owner.get(address)["ETag"]
    assert api.owner.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_without_a_card_the_problem_says_how_to_ask_for_one(api, address, problem):
    assert "POST" in problem(api.owner.get(address), 404, "not-found")["detail"]
    assert "POST" in problem(api.owner.get(f"{address}?format=csv"), 404, "not-found")["detail"]


def test_the_csv_has_a_row_for_every_rule_and_thing_forecast(api, address, card):
    rows = rows_of(api.owner.get(f"{address}?format=csv"))
    document = api.owner.get(address).json()
    assert len(rows) == 2 * (5 + 5 + 2)
    first = document["wins"]["given_leads"]["method"]
    row = rows[0]
    assert (row["counted"], row["leads"], row["rule"]) == ("wins", "given_leads", "method")
    assert float(row["mape"]) == first["mape"]
    assert float(row["pinball90"]) == first["pinball"][2]


@pytest.mark.parametrize("table", ["windows", "reliability"])
def test_windows_and_reliability_are_csv_too(api, address, card, table):
    rows = rows_of(api.owner.get(f"{address}?format=csv&table={table}"))
    document = api.owner.get(address).json()
    if table == "windows":
        assert len(rows) == 6 * len(document["origins"])
        first = document["wins"]["given_leads"]["windows"][0]
        assert float(rows[0]["actual"]) == first["actual"]
    else:
        assert [float(r["won_share"]) for r in rows] == [
            b["won_share"] for b in document["reliability"]
        ]


@pytest.mark.parametrize("query", ["table=laws", "tabel=scores", "format=csv&table="])
def test_what_is_not_there_to_ask_for_is_refused(api, address, card, problem, query):
    answer = api.owner.get(f"{address}?{query}")
    problem(answer, 400, "validation")


def test_asking_gives_a_job_that_ends_with_the_card(api, address, pipeline, company_day):
    clock.pin(company_day("2002-02-10"))
    write_history(pipeline, start=company_day("2001-01-01"), days=400, deals=300)
    answer = api.owner.post(address)
    assert answer.status_code == 202
    job = answer.json()
    assert answer["Location"].endswith(f"/api/v1/jobs/{job['id']}/")
    run_flagged(DirtyFlag.objects.get(name__startswith="backtests:").name)
    done = api.owner.get(answer["Location"]).json()
    assert done["state"] == "done"
    assert api.owner.get(address).json()["id"] == done["result"]["backtest"]


def test_a_signed_in_rep_cannot_ask_but_a_manager_can(company, address, api):
    got = {}
    for name in ("owner", "manager", "admin"):
        client = new_client()
        client.force_login(getattr(company, name))
        got[name] = client.post(address).status_code
    assert got == {"owner": 403, "manager": 202, "admin": 202}
    assert Job.objects.filter(kind="backtests").count() == 2


def test_a_pipeline_that_is_not_there_is_not_found(api, problem):
    problem(api.owner.get("/api/v1/pipelines/99999/model-card/"), 404)
    problem(api.owner.post("/api/v1/pipelines/99999/model-card/"), 404)


@pytest.fixture
def spoken(company, pipeline, stages, company_day):
    """A deal of the owner won at .8 and one of the stranger lost at .4; the rates said .3."""
    at = company_day("2002-03-15", 9)
    clock.pin(at)
    write_estimate(pipeline, as_of=at - timedelta(days=1), chances=(0.3, 0.4, 0.7))
    for person, chance, end in ((company.owner, 0.8, "Won"), (company.stranger, 0.4, "Lost")):
        clock.pin(at)
        deal = create_opportunity(pipeline=pipeline, by=person, name="Line", owner=person)
        set_own_probability(deal, chance, by=person)
        deal.refresh_from_db()
        clock.pin(at + timedelta(days=5))
        move_opportunity(deal, to=stages[end], by=person)
    return f"/api/v1/pipelines/{pipeline.pk}/own-chances/"


def test_own_chances_are_scored_on_the_deals_one_may_see(api, company, spoken):
    document = api.admin.get(spoken).json()
    assert document["total"]["n"] == 2
    assert document["total"]["brier_own"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert document["total"]["brier_model"] == pytest.approx((0.7**2 + 0.3**2) / 2)
    assert {row["owner"] for row in document["by_owner"]} == {
        company.owner.pk,
        company.stranger.pk,
    }
    for person in ("owner", "teammate", "manager"):
        seen = getattr(api, person).get(spoken).json()
        assert [row["name"] for row in seen["by_owner"]] == ["Li"]
        assert seen["total"]["brier_own"] == pytest.approx(0.2**2)
    assert api.stranger.get(spoken).json()["total"]["brier_own"] == pytest.approx(0.4**2)


def test_own_chances_are_csv_too(api, spoken):
    rows = rows_of(api.owner.get(f"{spoken}?format=csv"))
    assert [row["name"] for row in rows] == ["Li"]
    assert float(rows[0]["brier_model"]) == pytest.approx(0.7**2)


def test_the_page_shows_own_chances_by_owner_and_only_those_in_sight(company, pipeline, spoken):
    run_backtest(pipeline)
    client = new_client()
    client.force_login(company.owner)
    page = client.get("/funnel/model-card/", headers={"HX-Request": "true"}).content.decode()
    assert "On 1 closed deal:" in page
    assert "Li</th>" in page
    assert "Zoe</th>" not in page
    client.force_login(company.admin)
    page = client.get("/funnel/model-card/", headers={"HX-Request": "true"}).content.decode()
    assert "Zoe</th>" in page
