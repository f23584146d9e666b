"""The files that people keep, and what is said of those that cannot be read."""

import gzip
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from core.models import ImportBatch
from pipeline.models import Opportunity, Pipeline, StageChange
from pipeline.services.importing import ImportRefused

pytestmark = pytest.mark.django_db

TEXT = "id,customer,stage,amount,closed\n1,Müller,won,1234.5,2024-01-20\n"


@pytest.fixture
def small(importer):
    importer.mapping["time_zone"] = "UTC"
    importer.mapping["deals"] = {
        "external_id": "id",
        "customer": "customer",
        "stage": "stage",
        "amount": "amount",
        "closed": "closed",
    }
    return importer


def assert_read(report):
    assert report.refused == 0
    deal = Opportunity.objects.get()
    assert (deal.external_id, deal.customer.name, str(deal.amount)) == ("1", "Müller", "1234.50")
    assert f"{deal.closed_at:%Y-%m-%d %H:%M}" == "2024-01-20 00:00"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deals.csv", TEXT.encode()),
        ("deals.csv", TEXT.encode("utf-8-sig")),
        ("deals.csv", TEXT.encode("utf-16")),
        ("deals.csv", TEXT.replace(",", ";").encode()),
        ("deals.tsv", TEXT.replace(",", "\t").encode()),
        ("deals.csv", TEXT.replace("\n", "\r\n").encode()),
        ("deals.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
        ("deals.csv", TEXT.replace("1234.5", '"1,234.50"').encode()),
        ("deals.csv", TEXT.replace("id,", " id ,").replace("1,", " 1 ,", 1).encode()),
    ],
)
def test_ways_to_write_a_csv_file(small, name, content):
    assert_read(small.run(small.write(name, content)))


def test_what_cannot_be_guessed_is_said(small):
    small.mapping |= {"encoding": "latin-1", "delimiter": ":", "decimal": ","}
    small.mapping["date_format"] = "%d.%m.%Y"
    text = "id:customer:stage:amount:closed\n1:Müller:won:1.234,5:20.01.2024\n"
    assert_read(small.run(small.write("deals.csv", text.encode("latin-1"))))


@pytest.mark.parametrize("closed", [datetime(2024, 1, 20), date(2024, 1, 20), "2024-01-20"])
def test_excel_brings_typed_numbers_and_dates(small, closed):
    book = Workbook()
    for row in (
        ["note", "id", "customer", "stage", "amount", "closed"],
        ["x", 1.0, "Müller", "won", 1234.5, closed],
        [None] * 6,
    ):
        book.active.append(row)
    path = small.folder / "deals.xlsx"
    book.save(path)

    assert_read(small.run(path))


def test_excel_rows_are_refused_by_their_number(small, refused):
    book = Workbook()
    for row in (
        ["id", "customer", "stage", "amount", "closed"],
        [1, "Müller", "won", 5, "soon"],
        [2, "Müller", "won", -5, None],
        [3, "Müller", "won"],
        [4, "Müller", "won", 5, 45_000],
    ):
        book.active.append(row)
    path = small.folder / "deals.xlsx"
    book.save(path)

    assert refused(small.run(path)) == [
        ("deals.xlsx", 2, "not_a_date"),
        ("deals.xlsx", 3, "negative_amount"),
        ("deals.xlsx", 5, "not_a_date"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("deals.csv", b"", "deals.csv has no column id, customer, amount, closed, stage."),
        ("deals.csv", b"id,customer,stage,amount\n", "has no column closed. Its columns are: id,"),
        ("deals.csv", b"id,id,customer,stage,amount,closed\n", "more than one column id"),
        ("deals.csv.gz", b"id,customer", "deals.csv.gz cannot be read"),
        ("deals.csv.gz", gzip.compress(TEXT.encode() * 999, mtime=0)[:-30], "cannot be read"),
        ("deals.xlsx", b"id,customer", "deals.xlsx cannot be read"),
    ],
)
def test_a_file_that_is_not_right_is_refused_whole(small, name, content, said):
    with pytest.raises(ImportRefused, match=said):
        small.run(small.write(name, content))

    assert not Pipeline.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_not_there_is_refused(small):
    with pytest.raises(ImportRefused, match="nowhere.csv cannot be read"):
        small.run(small.folder / "nowhere.csv")


def test_a_history_with_a_missing_column_leaves_the_deals_alone(small):
    history = small.write("history.csv", "id,stage,by\n1,won,Li\n")
    with pytest.raises(ImportRefused, match="history.csv has no column at"):
        small.run(small.write("deals.csv", TEXT), history)

    assert not Opportunity.objects.exists()


@pytest.mark.parametrize("at", ["2024-01-20T12:00:00.5+02:00", "2024-01-20 10:00:00.500"])
def test_instants_with_an_offset_keep_it_and_others_are_in_the_zone(small, at):
    history = small.history(("1", "won", at))
    small.run(small.write("deals.csv", TEXT), history)

    assert f"{StageChange.objects.get().at:%H:%M:%S.%f}" == "10:00:00.500000"
