"""Dates as companies write them, and dates that contradict each other."""

from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from pipeline.models import Opportunity, StageChange

pytestmark = pytest.mark.django_db

GOOD = {"id": "a", "stage": "Offered"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2009", datetime(2009, 1, 1)),
        ("2009-05", datetime(2009, 5, 1)),
        ("2009/5/3", datetime(2009, 5, 3)),
        ("2009.05.03 7:30", datetime(2009, 5, 3, 7, 30)),
        ("2009/05/03 07:30:15", datetime(2009, 5, 3, 7, 30, 15)),
        ("2009年5月3日", datetime(2009, 5, 3)),
        ("2009年5月", datetime(2009, 5, 1)),
        ("20090503", datetime(2009, 5, 3)),
        ("2009-05-03T07:30:15+00:00", datetime(2009, 5, 3, 7, 30, 15)),
    ],
)
def test_dates_that_can_be_read_in_one_way_only_are_read(importer, written, meant):
    importer.mapping["time_zone"] = "UTC"
    report = importer.run_rows(GOOD | {"created": written})

    assert report.refused == 0
    assert Opportunity.objects.get().created_at == meant.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["2009-13", "2009/2/30", "2009 5 3", "5/3/2009", "2009/05/03 25:00", "209", "3000"]
)
def test_other_dates_are_refused(importer, written):
    assert importer.run_rows(GOOD | {"created": written}).refused == 1


@pytest.mark.parametrize("cell", [2009, 2009.0])
def test_a_spreadsheets_number_is_a_date_by_its_format_alone(importer, cell):
    importer.mapping |= {"time_zone": "UTC", "date_format": "%Y"}
    importer.mapping["deals"] = {"external_id": "id", "created": "created", "stage": "stage"}
    book = Workbook()
    book.active.append(["id", "created", "stage"])
    book.active.append(["a", cell, "Offered"])
    path = importer.folder / "deals.xlsx"
    book.save(path)

    assert importer.run(path).refused == 0
    assert Opportunity.objects.get().created_at == datetime(2009, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("closed", ["2999-01-01", "2024-01-15"])
def test_a_closing_date_of_an_open_deal_ends_nothing(importer, closed):
    dates = {"created": "2024-01-01", "offered": "2024-02-01", "closed": closed}
    report = importer.run_rows(GOOD | dates)

    assert report.refused == 0
    deal = Opportunity.objects.get()
    assert (deal.status, deal.closed_at) == ("open", None)


def test_a_won_deal_does_not_close_in_the_future(importer, refused):
    row = GOOD | {"stage": "won", "created": "2024-01-01", "closed": "2999-01-01"}
    assert refused(importer.run_rows(row)) == [("deals.csv", 2, "in_future")]


def test_what_is_entered_after_the_end_is_passed_over_where_the_first_outcome_ends(importer):
    importer.mapping["first_outcome_ends"] = True
    row = {"id": "a", "stage": "won", "created": "2024-01-01", "closed": "2024-01-15"}
    report = importer.run_rows(row | {"offered": "2024-02-01"})

    assert report.refused == 0
    moves = StageChange.objects.order_by("at").values_list("to_stage__name", flat=True)
    assert [name.lower() for name in moves] == ["contacted", "won"]
    assert Opportunity.objects.get().status == "won"
