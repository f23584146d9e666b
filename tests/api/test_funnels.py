"""Reading a funnel over the API: its documents, whose deals they list, and as CSV."""

import csv
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core import clock
from pipeline.models import Opportunity
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
from tests.histories import write_history


@pytest.fixture
def estimate(pipeline, company, company_day):
    start = company_day("2001-01-01")
    clock.pin(start + timedelta(days=365))
    write_history(pipeline, start=start, days=365, deals=150, owner=company.owner)
    write_history(pipeline, start=start, days=365, deals=50, seed=2, owner=company.stranger)
    return refresh(pipeline)


@pytest.fixture
def ask(api, pipeline):
    def get(what, *, persona="admin", **query):
        return getattr(api, persona).get(f"/api/v1/pipelines/{pipeline.pk}/{what}/", query)

    return get


def pages(ask, **query):
    """All rows of a list, page by page."""
    answer = ask("stays", **query)
    assert answer.status_code == 200, answer.content
    document = answer.json()
    rows = list(document["results"])
    while document["next"]:
        query["cursor"] = parse_qs(urlsplit(document["next"]).query)["cursor"][0]
        document = ask("stays", **query).json()
        rows += document["results"]
    return rows


def test_the_pages_of_a_list_are_all_that_was_counted(ask, estimate, stages):
    qualified = stages["Qualified"].pk
    row = next(r for r in estimate.payload["stages"] if r["stage"] == qualified)
    for outcome, field in (("lost", "lost"), ("advanced", "advanced"), ("open", "open")):
        rows = pages(ask, stage=qualified, outcome=outcome, page_size=20)
        assert len(rows) == row[field]
        assert len({(r["opportunity"], r["entered"]) for r in rows}) == len(rows)
        assert ask("stays", stage=qualified, outcome=outcome).json()["counted"] == row[field]


def test_everyone_lists_only_what_they_may_see_and_is_told_of_how_many(ask, estimate, stages):
    query = {"stage": stages["Qualified"].pk}
    every = pages(ask, page_size=200, **query)
    mine = pages(ask, persona="owner", page_size=200, **query)
    assert 0 < len(mine) < len(every)
    owned = set(Opportunity.objects.filter(owner__name="Li").values_list("pk", flat=True))
    assert {row["opportunity"] for row in mine} == owned
    assert ask("stays", persona="owner", **query).json()["counted"] == len(every)
    assert pages(ask, persona="teammate", page_size=200, **query) == mine


def test_a_list_is_narrowed_by_whose_deals_they_are(ask, company, estimate, stages):
    query = {"stage": stages["Qualified"].pk, "page_size": 200}
    every = pages(ask, **query)
    parts = [pages(ask, owner=u.pk, **query) for u in (company.owner, company.stranger)]
    assert [len(part) for part in parts] == [150, 50]
    assert sum(map(len, parts)) == len(every)
    assert pages(ask, owner="none", **query) == []
    assert pages(ask, source="none", **query) == every


def test_a_list_is_narrowed_by_what_deals_were_worth(ask, estimate, stages):
    query = {"stage": stages["Qualified"].pk, "page_size": 200}
    every = {row["opportunity"]: float(row["amount"]) for row in pages(ask, **query)}
    edge = sorted(every.values())[120]
    for band, part in (
        (f"..{edge}", {pk for pk, worth in every.items() if worth < edge}),
        (f"{edge}..", {pk for pk, worth in every.items() if worth >= edge}),
        (f"{edge}..{2 * edge}", {pk for pk, w in every.items() if edge <= w < 2 * edge}),
        ("..", set(every)),
        ("none", set()),
    ):
        assert {row["opportunity"] for row in pages(ask, amount_band=band, **query)} == part
    assert len(pages(ask, one_in=3, **query)) == sum(pk % 3 == 0 for pk in every)


def test_customers_have_no_amounts_to_be_narrowed_by(ask, estimate, ladder, problem, pointers):
    query = {"kind": "customer", "stage": ladder.stages.first().pk}
    for name, value in (("amount_band", "none"), ("one_in", "3")):
        document = problem(ask("stays", **query, **{name: value}), 400, "validation")
        assert pointers(document) == {f"#/{name}"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"outcome": "lost"}, "stage"),
        ({"stage": "x"}, "stage"),
        ({"stage": 10**12}, "stage"),
        ({"outcome": "never"}, "outcome"),
        ({"entered_from": "yesterday"}, "entered_from"),
        ({"as_of": "2999-01-01"}, "as_of"),
        ({"owner": "Li"}, "owner"),
        ({"outcome": "won", "amount_band": "50000"}, "amount_band"),
        ({"outcome": "won", "amount_band": "9..3"}, "amount_band"),
        ({"outcome": "won", "amount_band": "..1e400"}, "amount_band"),
        ({"outcome": "won", "amount_band": "-5..nan"}, "amount_band"),
        ({"outcome": "won", "one_in": "0"}, "one_in"),
        ({"outcome": "won", "cursor": "W10"}, "cursor"),
        ({"outcome": "won", "page_size": "0"}, "page_size"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_beside_the_parameter(
    ask, estimate, problem, pointers, query, field
):
    document = problem(ask("stays", **query), 400, "validation")
    assert f"#/{field}" in pointers(document)


def test_trend_and_dwell_are_the_same_for_all(ask, estimate, stages):
    qualified = stages["Qualified"].pk
    trend = ask("trend", by="month", stage=qualified)
    assert trend.json() == ask("trend", persona="stranger", by="month", stage=qualified).json()
    points = trend.json()["points"]
    assert len(points) == 12
    assert sum(point["entered"] for point in points) == 200
    dwell = ask("dwell", stage=qualified).json()
    assert dwell == ask("dwell", persona="owner", stage=qualified).json()
    assert {each["name"] for each in dwell["destinations"]} == {"Proposal", "Lost"}


def test_what_is_no_open_stage_has_no_dwell(ask, estimate, stages, problem):
    problem(ask("dwell", stage=stages["Won"].pk), 404)
    problem(ask("dwell", stage="x"), 400)
    problem(ask("dwell", stage=stages["Qualified"].pk, kind="house"), 400)
    problem(ask("trend", by="week"), 400)


def test_periods_are_compared_with_a_verdict(ask, estimate, problem):
    halves = {"first_from": "2001-01", "first_to": "2001-06"}
    halves |= {"second_from": "2001-07", "second_to": "2001-12"}
    row = ask("compare", **halves).json()["stages"][0]
    assert sum(row["entered"]) == 200
    counted = estimate.payload["stages"][-3]
    assert counted["stage"] == row["stage"]
    assert sum(row["advanced"]) == counted["advanced"]
    assert sum(row["open"]) == counted["open"]
    found = row["by_number"]
    assert found["verdict"] == "no difference"
    assert found["difference"]["low80"] < 0 < found["difference"]["high80"]
    assert row["by_value"]["first"]["rate"] != found["first"]["rate"]
    problem(ask("compare", **halves | {"second_to": "2001-06"}), 400)
    problem(ask("compare", first_from="2001-13"), 400)


def test_segments_are_compared_as_far_as_their_owners_may_be_seen(
    ask, estimate, pipeline, company, problem
):
    refresh_segment(pipeline, "owner")
    pair = {"field": "owner", "first": company.owner.pk, "second": company.stranger.pk}
    row = ask("compare", **pair).json()["stages"][0]
    assert row["entered"] == [150, 50]
    assert row["success"]["first"]["low80"] <= row["success"]["first"]["rate"]
    problem(ask("compare", persona="owner", **pair), 404)
    problem(ask("compare", **pair | {"field": "team"}), 404)
    problem(ask("compare", **pair | {"field": "colour"}), 400)


def test_every_read_is_to_be_had_as_csv(ask, estimate, stages):
    qualified = stages["Qualified"].pk
    months = {f"{side}_{end}": "2001-02" for side in ("first", "second") for end in ("from", "to")}
    queries = {
        "stays": {"stage": qualified, "outcome": "lost", "page_size": 10},
        "trend": {"by": "year"},
        "dwell": {"stage": qualified},
        "compare": months,
    }
    for what, query in queries.items():
        answer = ask(what, format="csv", **query)
        assert answer["Content-Type"] == "text/csv; charset=utf-8", answer.content
        assert f"{what}.csv" in answer["Content-Disposition"]
        text = answer.content.decode("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines()))
        assert rows, what
        assert None not in rows[0]
    assert ask("stays", format="csv")["Content-Type"] == "application/problem+json"


def test_before_anything_was_counted_that_is_said(ask, pipeline, stages, problem):
    for what in ("trend", "dwell", "stays"):
        problem(ask(what, stage=stages["Qualified"].pk), 409, "no-estimate")
