"""A bad row is refused with its line and its reason; the good rows go in."""

import csv

import pytest

from pipeline.models import Opportunity, StageChange

pytestmark = pytest.mark.django_db

GOOD = {"id": "good", "stage": "Offered", "created": "2024-01-01", "amount": "5"}


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"stage": "Dreaming"}, "unknown_stage"),
        ({"created": "yesterday"}, "not_a_date"),
        ({"created": "2024-02-30"}, "not_a_date"),
        ({"created": "0001-01-01"}, "not_a_date"),
        ({"created": "2999-01-01"}, "in_future"),
        ({"amount": "-1"}, "negative_amount"),
        ({"amount": "a lot"}, "not_a_number"),
        ({"amount": "NaN"}, "not_a_number"),
        ({"amount": "1,2345"}, "not_a_number"),
        ({"amount": "1" * 15}, "too_large"),
        ({"amount": "9" * 14 + ".999"}, "too_large"),
        ({"stage": "won", "closed": "2023-12-31"}, "closed_before_created"),
        ({"stage": "won", "offered": "2024-02-01", "closed": "2024-01-15"}, "entered_after_closed"),
        ({"id": ""}, "missing_id"),
        ({"id": "good"}, "duplicate_id"),
        ({"id": "x" * 101}, "too_long"),
        ({"customer": "x" * 201}, "too_long"),
        ({"customer": "a\x00b"}, "broken_encoding"),
    ],
)
def test_a_bad_deal_is_refused_and_the_good_one_goes_in(importer, refused, bad, code):
    report = importer.run_rows(GOOD, GOOD | {"id": "bad"} | bad)

    assert refused(report) == [("deals.csv", 3, code)]
    assert Opportunity.objects.filter(external_id="good", stage__name="Offered").exists()
    assert Opportunity.objects.count() == report.counts.created == 1


def test_an_unknown_currency_is_refused(importer, refused):
    importer.mapping["deals"] = {"external_id": "id", "currency": "currency"}
    deals = importer.write("deals.csv", "id,currency\na,usd\nb,\nc,XYZ1\nd,GOLD\n")

    assert refused(importer.run(deals)) == [
        ("deals.csv", 4, "unknown_currency"),
        ("deals.csv", 5, "unknown_currency"),
    ]
    assert dict(Opportunity.objects.values_list("external_id", "currency")) == {
        "a": "USD",
        "b": "EUR",
    }


def test_broken_bytes_and_short_rows_cost_one_row_each(importer, refused):
    importer.mapping["deals"] = {"external_id": "id", "customer": "customer"}
    deals = importer.write(
        "deals.csv",
        b'id,customer,note\na,M\xfcller,x\nb,Acme\nc,"Two\nlines",y\n\n'
        b"d,Acme,z,too much\ne,Acme,z,,\n",
    )
    report = importer.run(deals)

    # The customer of two lines pushes what follows down by one; blank lines are no rows.
    assert refused(report) == [
        ("deals.csv", 2, "broken_encoding"),
        ("deals.csv", 3, "cell_count"),
        ("deals.csv", 7, "cell_count"),
    ]
    assert report.rows_read == {"deals.csv": 5}
    names = Opportunity.objects.values_list("external_id", "customer__name")
    assert dict(names) == {"c": "Two\nlines", "e": "Acme"}


def stray(number, row):
    """Rows of two columns of which one has ``row`` instead."""
    rows = [f"{n},Acme" for n in range(1, 1001)]
    rows[number - 1] = row
    return "id,customer\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("number", [1, 6, 999, 1000])
@pytest.mark.parametrize("row", ['"x,Acme', 'x,"Acme'])
def test_a_stray_quote_costs_its_own_row(importer, refused, number, row):
    importer.mapping["deals"] = {"external_id": "id", "customer": "customer"}
    report = importer.run(importer.write("deals.csv", stray(number, row)))

    assert refused(report) == [("deals.csv", number + 1, "malformed")]
    assert report.rows_read == {"deals.csv": 1000}
    assert Opportunity.objects.count() == 999
    with open(report.refused_file, encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["row"] == row


def test_a_stray_quote_does_not_pair_with_one_of_a_later_row(importer, refused):
    importer.mapping["deals"] = {"external_id": "id", "customer": "customer"}
    deals = importer.write(
        "deals.csv",
        "id,customer,note\n"
        '1,Acme,"said\n2,Acme,x\n3,Acme,"no"\n'
        '4,"Two\nlines",y\n'
        '5,"Acme,z\n6,"Acme, Ltd.",w\n7,Acme,v\n',
    )
    report = importer.run(deals)

    assert refused(report) == [("deals.csv", 2, "malformed"), ("deals.csv", 7, "malformed")]
    names = Opportunity.objects.values_list("external_id", "customer__name")
    assert dict(names) == {
        **dict.fromkeys(["2", "3", "7"], "Acme"),
        "4": "Two\nlines",
        "6": "Acme, Ltd.",
    }


@pytest.mark.parametrize(
    ("encoding", "broken"),
    [
        ("gb18030", b"\xff"),
        ("gb18030", b"\x81\x20"),
        ("utf-16-le", b"\x00\xdc"),
        ("utf-8", b"\xe4\xbd"),
    ],
)
def test_broken_bytes_are_found_in_every_encoding(importer, refused, encoding, broken):
    importer.mapping["deals"] = {"external_id": "id", "customer": "customer"}
    importer.mapping["encoding"] = encoding
    before, after = "id,customer\na,佰利\nb,", "\nc,包装\n"
    deals = importer.write("deals.csv", before.encode(encoding) + broken + after.encode(encoding))

    assert refused(importer.run(deals)) == [("deals.csv", 3, "broken_encoding")]
    names = Opportunity.objects.values_list("external_id", "customer__name")
    assert dict(names) == {"a": "佰利", "c": "包装"}


def test_a_refused_row_is_shown_as_it_was(importer):
    report = importer.run_rows(GOOD | {"stage": "Dreaming", "customer": "A, B"})

    with open(report.refused_file, encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["reason"] == "The stage Dreaming is not in the mapping."
    assert row["row"] == 'good,"A, B",,,5,2024-01-01,,,Dreaming,'


def test_bad_moves_are_refused_one_by_one(importer, refused, moves):
    history = importer.history(
        ("good", "Contacted", "2024-01-01"),
        ("good", "Dreaming", "2024-01-02"),
        ("good", "Offered", "then"),
        ("good", "Offered", ""),
        ("good", "", "2024-01-03"),
        ("", "Offered", "2024-01-03"),
        ("unheard of", "Offered", "2024-01-03"),
        ("bad", "Offered", "2024-01-03"),
        ("good", "Agreed", "2024-01-04"),
    )
    report = importer.run(importer.deals(GOOD, {"id": "bad", "amount": "-1"}), history)

    assert refused(report) == [
        ("deals.csv", 3, "negative_amount"),
        ("history.csv", 3, "unknown_stage"),
        ("history.csv", 4, "not_a_date"),
        ("history.csv", 5, "missing_date"),
        ("history.csv", 6, "missing_stage"),
        ("history.csv", 7, "missing_id"),
        ("history.csv", 8, "unknown_deal"),
        ("history.csv", 9, "deal_refused"),
    ]
    assert [to for _before, to, _at in moves("good")] == ["Contacted", "Agreed"]


def test_a_dry_run_checks_everything_and_writes_nothing(importer, refused):
    from django.apps import apps

    def rows():
        return {model: model._default_manager.count() for model in apps.get_models()}

    before = rows()
    deals = importer.deals(GOOD | {"customer": "Acme", "rep": "Li"}, {"id": "b", "stage": "?"})
    report = importer.run(deals, dry_run=True)

    assert rows() == before
    assert refused(report) == [("deals.csv", 3, "unknown_stage")]
    assert (report.counts.created, report.made) == (1, {"customers": 1, "people": 1})

    importer.run(deals)
    again = importer.run(importer.deals(GOOD | {"amount": "6"}), dry_run=True)
    assert (again.counts.created, again.counts.updated) == (0, 1)
    assert StageChange.objects.count() == 1
