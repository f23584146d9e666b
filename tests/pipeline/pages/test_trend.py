"""The trend of a stage: its headline, its running period, and a shift in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock
from pipeline.readings import readings_of
from pipeline.services.estimates import refresh
from pipeline.trends import trend_points
from pipeline.views.trend import sentences as said_of_trend
from pipeline.views.trend import trend_chart
from tests.histories import write_history


@pytest.fixture
def estimate(pipeline, company, company_day):
    start = company_day("2001-01-01")
    clock.pin(start + timedelta(days=365))
    write_history(pipeline, start=start, days=365, deals=200, owner=company.owner)
    return refresh(pipeline)


def test_a_trend_marks_young_periods_and_the_beginning_of_a_drift(
    as_user, company, estimate, stages
):
    key = f"opportunity-{stages['Qualified'].pk}"
    answer = as_user(company.owner).get("/funnel/trend/", {"stage": key, "by": "quarter"})
    page = answer.content.decode()
    assert "not finished" in page
    assert "2001-Q4 and later" in page
    point = {"entered": 4, "advanced": 1, "moved_back": 0, "lost": 2, "open": 1}
    point |= {"rate": 0.3, "low80": 0.1, "high80": 0.5, "is_finished": True}
    quarters = [("2001-Q1", "2001-01-01", "2001-04-01"), ("2001-Q2", "2001-04-01", "2001-07-01")]
    names = ("period", "entered_from", "entered_before")
    points = [point | dict(zip(names, quarter, strict=True)) for quarter in quarters]
    chart = trend_chart(points, {"since": "2001-05-01", "change": -0.25})
    assert chart["drift"] == 1
    assert "May 2001" in chart["words"]["drift"]
    assert [sum(chart[part][0] for part in ("advanced", "moved_back", "lost", "open"))] == [1.0]


def test_the_running_period_is_not_finished_even_with_nothing_open_in_it(
    pipeline, stages, company_day, estimate
):
    part = readings_of(pipeline).deals
    place = part.place_of(stages["Negotiation"].pk)

    def first_quarter(day):
        at = replace(part, as_of=company_day(day))
        return trend_points(at, by="quarter", place=place)[0]

    assert first_quarter("2001-04-01")["open"] == 0
    assert first_quarter("2001-04-01")["is_finished"]
    assert not first_quarter("2001-03-31")["is_finished"]


def test_the_headline_of_a_trend_is_the_last_finished_period_of_ten_beside_the_one_before():
    names = ("period", "entered", "rate", "low80", "high80", "is_finished")
    rows = [
        ("2001-Q1", 40, 0.5, 0.4, 0.6, True),
        ("2001-Q2", 10, 0.3, 0.2, 0.4, True),
        ("2001-Q3", 9, 1.0, 0.8, 1.0, True),
        ("2001-Q4", 50, 0.9, 0.8, 1.0, False),
    ]
    points = [dict(zip(names, row, strict=True)) for row in rows]
    first = said_of_trend("Proposal", points, None)[0]
    assert "entered Proposal in 2001-Q2, 30\u202f% moved on (20–40, n 10)" in first
    assert "In 2001-Q1 it was 50\u202f% (40–60, n 40)" in first
    few = said_of_trend("Proposal", points[2:], None)[0]
    assert "In no finished period have 10 entered Proposal" in few
