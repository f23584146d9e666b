"""Purchases from a file: repeated, corrected, refused and taken back."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Max, Min, Sum

from core.models import ImportBatch
from crm.models import Customer, Product, Purchase
from crm.services.customers import create_customer
from crm.services.purchases import archive_purchase, record_purchase, update_purchase
from pipeline.services.importing import (
    ImportRefused,
    check_mapping,
    import_purchases,
    read_mapping,
)
from pipeline.services.importing.undo import undo_import

pytestmark = pytest.mark.django_db

COLUMNS = ["who", "day", "n", "price", "left", "what", "no"]
MAPPING = {
    "purchases": dict(
        zip(
            ("customer", "date", "units", "amount", "margin", "product", "external_id"),
            COLUMNS,
            strict=True,
        )
    ),
    "currency": "EUR",
    "time_zone": "Europe/Amsterdam",
    "date_format": "%d/%m/%Y",
}


@pytest.fixture
def run(importer):
    """Import rows of (who, day, n, price, left, what, no), the last of which may be left out."""

    def run_rows(*rows, **options):
        named = [dict(zip(COLUMNS, row, strict=False)) for row in rows]
        path = importer.write_rows("purchases.csv", COLUMNS, named)
        mapping = check_mapping(MAPPING, folder=importer.folder, tells="purchases")
        return import_purchases(path, mapping=mapping, **options)

    return run_rows


def counts(report):
    return report.counts.created, report.counts.updated, report.counts.unchanged


def standing():
    rows = Purchase.objects.current().order_by("at", "amount", "pk")
    return [(row.customer.name, f"{row.at:%m-%d %H}", row.amount) for row in rows]


def latest():
    return ImportBatch.objects.latest("id")


def test_the_cdnow_purchases_come_in_with_their_known_facts_and_twice_without_a_duplicate(
    shared_data,
):
    file = shared_data / "cdnow" / "cdnow_sample.csv"
    mapping = str(shared_data / "cdnow" / "mapping.json")
    said = StringIO()
    call_command("import_purchases", str(file), "--mapping", mapping, stdout=said)

    assert "created 6919, updated 0, unchanged 0, refused 0" in said.getvalue()
    assert Purchase.objects.count() == 6919
    assert Purchase.objects.values("customer").distinct().count() == Customer.objects.count()
    assert Customer.objects.count() == 2357
    facts = Purchase.objects.aggregate(total=Sum("amount"), first=Min("at"), last=Max("at"))
    assert facts["total"].quantize(Decimal("0.01")) == Decimal("244091.94")
    assert (f"{facts['first']:%Y-%m-%d}", f"{facts['last']:%Y-%m-%d}") == (
        "1997-01-01",
        "1998-06-30",
    )
    assert set(Purchase.objects.values_list("currency", flat=True)) == {"USD"}
    one = Customer.objects.get(name="0001")
    assert one.created_at == one.purchases.earliest("at").at

    again = import_purchases(file, mapping=read_mapping(file.parent / "mapping.json", tells=KIND))
    assert counts(again) == (0, 0, 6919)

    undone = undo_import(ImportBatch.objects.earliest("id"), by=None)
    assert undone.purchases.archived == 6919
    assert not Purchase.objects.current().exists()
    assert Purchase.objects.count() == 6919


KIND = "purchases"


def test_a_row_says_when_what_and_for_how_much(run):
    run(("Acme", "02/03/2024", "1,234.5", "99.90", "-3", "Spare part", ""))
    (row,) = Purchase.objects.all()
    assert (row.units, row.amount, row.margin) == (
        Decimal("1234.5"),
        Decimal("99.90"),
        Decimal(-3),
    )
    assert (row.currency, row.product, row.external_id) == ("EUR", Product.objects.get(), None)
    assert f"{row.at:%Y-%m-%d %H:%M}" == "2024-03-01 23:00"
    assert row.import_batch == latest()


def test_known_customers_and_products_are_found_by_name_whatever_their_case(run, company):
    acme = create_customer(by=company.owner, owner=company.owner, name="Acme")
    part = Product.objects.create(name="Spare part", currency="EUR")
    run(("ACME", "02/03/2024", "1", "9", "", "spare PART"))
    row = Purchase.objects.get()
    assert (row.customer, row.product) == (acme, part)


def test_the_same_thing_bought_twice_on_a_day_counts_twice_however_often_it_is_told(run):
    rows = [("Acme", "02/03/2024", "1", "9")] * 2
    assert counts(run(*rows)) == (2, 0, 0)
    assert counts(run(*rows)) == (0, 0, 2)
    assert counts(run(*rows, rows[0])) == (1, 0, 2)


def test_a_longer_file_in_another_order_adds_what_is_new(run):
    run(("Acme", "02/03/2024", "1", "9"), ("Bo", "02/03/2024", "1", "7"))
    longer = [("Bo", "03/03/2024", "1", "5"), ("Bo", "02/03/2024", "1", "7")]
    assert counts(run(*longer, ("Acme", "02/03/2024", "1", "9"))) == (1, 0, 2)


def test_a_corrected_amount_replaces_what_was_told_and_an_undo_brings_it_back(run):
    run(("Acme", "02/03/2024", "1", "9"), ("Acme", "02/03/2024", "1", "20"))
    assert counts(run(("Acme", "02/03/2024", "1", "9"), ("Acme", "02/03/2024", "1", "25"))) == (
        *(0, 1, 1),
    )
    assert standing() == [("Acme", "03-01 23", 9), ("Acme", "03-01 23", 25)]
    undone = undo_import(latest(), by=None).purchases
    assert (undone.archived, undone.restored) == (1, 1)
    assert standing() == [("Acme", "03-01 23", 9), ("Acme", "03-01 23", 20)]


def test_undone_in_whatever_order_two_corrections_leave_the_first_telling(run):
    batches = []
    for price in ("9", "10", "11"):
        run(("Acme", "02/03/2024", "1", price))
        batches.append(latest())
    undo_import(batches[1], by=None)
    assert standing() == [("Acme", "03-01 23", 11)]
    undo_import(batches[2], by=None)
    assert standing() == [("Acme", "03-01 23", 9)]
    undo_import(batches[0], by=None)
    assert standing() == []


def test_after_an_undo_a_better_file_makes_the_purchases_anew(run):
    rows = [("Acme", "02/03/2024", "1", "9", "", "", "P-1")]
    run(*rows)
    undo_import(latest(), by=None)
    assert counts(run(*rows)) == (1, 0, 0)
    assert len(standing()) == 1


def test_an_external_id_finds_its_purchase_whatever_else_changed(run):
    run(("Acme", "02/03/2024", "1", "9", "", "", "P-1"))
    assert counts(run(("Bo", "05/03/2024", "2", "8", "", "", "P-1"))) == (0, 1, 0)
    assert standing() == [("Bo", "03-04 23", 8)]
    assert Purchase.objects.current().get().external_id == "P-1"


def test_an_empty_cell_leaves_what_is_known(run):
    run(("Acme", "02/03/2024", "2", "9", "4", "Part"))
    assert counts(run(("Acme", "02/03/2024", "", "9", "", ""))) == (0, 0, 1)
    run(("Acme", "02/03/2024", "", "10"))
    row = Purchase.objects.current().get()
    assert (row.units, row.amount, row.margin, row.product.name) == (2, 10, 4, "Part")


def test_what_people_typed_corrected_or_archived_is_not_overruled(run, company):
    acme = create_customer(by=company.owner, owner=company.owner, name="Acme")
    rows = [("Acme", f"0{day}/03/2024", "1", "9") for day in (1, 2, 3)]
    run(*rows)
    wrong, twice, _fine = Purchase.objects.order_by("at")
    update_purchase(wrong, by=company.owner, amount=8)
    archive_purchase(twice, by=company.owner)
    typed = record_purchase(acme, by=company.owner, at=_fine.at, amount=1, currency="EUR")
    assert counts(run(*rows)) == (0, 0, 3)
    assert {row.pk for row in Purchase.objects.current()} == {wrong.pk, _fine.pk, typed.pk}
    assert Purchase.objects.get(pk=wrong.pk).amount == 8


def test_bad_rows_are_refused_with_line_and_reason(run, refused):
    report = run(
        ("Acme", "02/03/2024", "1", "9", "", "", "P-1"),
        ("", "02/03/2024", "1", "9"),
        ("Acme", "", "1", "9"),
        ("Acme", "2024-03-02", "1", "9"),
        ("Acme", "02/03/2024", "0", "9"),
        ("Acme", "02/03/2024", "1", "-9"),
        ("Acme", "02/03/2024", "1", "9", "much"),
        ("Acme", "02/03/2024", "1", "10", "", "", "P-1"),
        ("Acme", "02/03/2199", "1", "9"),
        ("Acme", "02/03/2024", "1e99", "9"),
        ("Acme", "02/03/2024", "1", "9", "9e99"),
    )
    assert [(line, code) for _file, line, code in refused(report)] == [
        *((3, "missing_customer"), (4, "missing_date"), (5, "not_a_date"), (6, "no_units")),
        *((7, "negative_amount"), (8, "not_a_number"), (9, "duplicate_id"), (10, "in_future")),
        *((11, "no_units"), (12, "too_large")),
    ]
    assert counts(report) == (1, 0, 0)
    batch = latest()
    assert (batch.kind, batch.rows_read, batch.created, batch.refused) == ("purchases", 11, 1, 10)


def test_a_dry_run_counts_and_writes_nothing(run):
    report = run(("Acme", "02/03/2024", "1", "9"), ("Bo", "02/03/2024", "1", "9"), dry_run=True)
    assert counts(report) == (2, 0, 0)
    assert not Purchase.objects.exists()
    assert not Customer.objects.exists()
    assert not ImportBatch.objects.exists()


def test_tables_beside_the_mapping_are_read_too(importer, run, monkeypatch):
    importer.write("firms.csv", "name,sector\nAcme,Food\n")
    tables = {"customers": {"file": "firms.csv", "name": "name", "industry": "sector"}}
    monkeypatch.setitem(MAPPING, "tables", tables)
    run(("Acme", "02/03/2024", "1", "9"))
    assert Customer.objects.get().industry == "Food"


def test_a_mapping_that_tells_of_deals_alone_is_refused(importer):
    with pytest.raises(ImportRefused, match="purchases"):
        check_mapping(importer.mapping, folder=importer.folder, tells="purchases")
    with pytest.raises(ImportRefused, match="no_such"):
        check_mapping(
            {"purchases": {"customer": "a", "date": "b", "no_such": "c"}},
            folder=importer.folder,
            tells="purchases",
        )


def test_one_mapping_may_tell_of_deals_and_of_purchases(importer):
    both = importer.mapping | {"purchases": MAPPING["purchases"]}
    assert check_mapping(both, folder=importer.folder).purchases
    assert check_mapping(both, folder=importer.folder, tells="purchases").purchases


def test_the_command_says_what_was_done_and_names_the_file_of_refused_rows(importer, run):
    path = importer.write("p.csv", "who,day\nAcme,02/03/2024\n,02/03/2024\n")
    mapping = importer.write(
        "m.json", '{"purchases": {"customer": "who", "date": "day"}, "date_format": "%d/%m/%Y"}'
    )
    said = StringIO()
    call_command("import_purchases", str(path), "--mapping", str(mapping), stdout=said)
    assert "rows read 2" in said.getvalue()
    assert "created 1, updated 0, unchanged 0, refused 1" in said.getvalue()
    with open(latest().refused_file, encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["line"], row["code"]) == ("3", "missing_customer")
    said = StringIO()
    call_command("undo_import", str(latest().pk), stdout=said)
    assert "purchases archived 1" in said.getvalue()
    with pytest.raises(CommandError):
        call_command("import_purchases", str(path), "--mapping", "none.json")


def test_a_chunk_costs_the_same_number_of_queries_whatever_it_holds(
    run, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr("pipeline.services.importing.runs.FIRST_CHUNK", 1000)
    rows = [(f"C{n}", f"{day:02}/03/2024", "1", "9") for n in range(40) for day in range(1, 6)]
    with django_assert_max_num_queries(40):
        run(*rows)
    with django_assert_max_num_queries(40):
        run(*rows)
