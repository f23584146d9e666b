"""The list behind a number as one CSV: all of it, as far as the caller may see it."""

import csv
import io
from datetime import timedelta

import pytest

from core import clock
from pipeline.api import stay_csv
from pipeline.models import Opportunity
from pipeline.services.estimates import refresh
from tests.histories import write_history


@pytest.fixture
def estimate(pipeline, company, company_day):
    start = company_day("2001-01-01")
    clock.pin(start + timedelta(days=365))
    write_history(pipeline, start=start, days=365, deals=190, owner=company.owner)
    write_history(pipeline, start=start, days=365, deals=60, seed=2, owner=company.stranger)
    return refresh(pipeline)


@pytest.fixture
def ask(api, pipeline, stages):
    """The answer about everything that entered Qualified, and its rows."""

    def get(*, persona="admin", **query):
        query = {"stage": stages["Qualified"].pk, "format": "csv"} | query
        answer = getattr(api, persona).get(f"/api/v1/pipelines/{pipeline.pk}/stays/", query)
        text = b"".join(answer).decode("utf-8-sig")
        return answer, list(csv.DictReader(io.StringIO(text, newline="")))

    return get


def test_it_has_more_rows_than_the_largest_page(ask, estimate, monkeypatch):
    monkeypatch.setattr(stay_csv, "AT_ONCE", 40)
    answer, rows = ask()
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "funnel-stays.csv" in answer["Content-Disposition"]
    deals = [int(row["opportunity"]) for row in rows]
    assert deals == sorted(Opportunity.objects.values_list("pk", flat=True), reverse=True)
    assert len(deals) == 250


def test_it_has_only_what_the_caller_may_see(ask, company, estimate):
    rows = ask(persona="owner")[1]
    assert len(rows) == 190
    assert {row["owner_name"] for row in rows} == {company.owner.name}


def test_its_rows_are_those_of_the_pages(ask, api, estimate, pipeline, stages):
    query = {"stage": stages["Qualified"].pk, "page_size": 200}
    page = api.admin.get(f"/api/v1/pipelines/{pipeline.pk}/stays/", query).json()["results"]
    as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in page]
    assert ask()[1][:200] == as_text


def test_a_page_of_it_is_to_be_had_too(ask, estimate):
    assert len(ask(page_size=20)[1]) == 20


def test_where_it_is_cut_the_last_row_says_so(ask, estimate, monkeypatch):
    monkeypatch.setattr(stay_csv, "MOST_ROWS", 250)
    assert len(ask()[1]) == 250
    monkeypatch.setattr(stay_csv, "MOST_ROWS", 249)
    rows = ask()[1]
    assert len(rows) == 250
    assert "more than these 249 rows" in rows[-1]["opportunity"]


def test_what_makes_no_sense_is_refused_as_a_problem(ask, estimate):
    assert ask(stage="x")[0]["Content-Type"] == "application/problem+json"
