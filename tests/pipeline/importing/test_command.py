"""What the command prints, how it ends, and how many queries a chunk takes."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db


def run(importer, capsys, *args):
    mapping = importer.write("mapping.json", json.dumps(importer.mapping))
    call_command("import_deals", *map(str, args), mapping=mapping)
    return capsys.readouterr().out


def test_it_prints_what_was_read_made_and_refused(importer, capsys):
    deals = importer.deals({"id": "a", "stage": "Offered"}, {"id": "b", "amount": "-1"})
    history = importer.history(("a", "Offered", "2024-01-01"))
    out = run(importer, capsys, deals, history)

    assert "rows read 3 (deals.csv 2, history.csv 1)" in out
    assert "created 1, updated 0, unchanged 0, refused 1" in out
    assert f"refused rows: {importer.folder}/data/imports/refused-deals-" in out

    out = run(importer, capsys, deals, history)
    assert "created 0, updated 0, unchanged 1, refused 1" in out


def test_a_dry_run_says_so(importer, capsys):
    out = run(importer, capsys, importer.deals({"id": "a"}), "--dry-run")

    assert out.startswith("dry run: nothing was written")
    assert "created 1, updated 0" in out
    assert not Opportunity.objects.exists()


def test_a_refused_file_is_an_error_that_says_why(importer, capsys):
    deals = importer.write("deals.csv", "id\n1\n")
    with pytest.raises(CommandError, match=r"deals.csv has no column .*customer"):
        run(importer, capsys, deals)


def queries(importer, deals):
    with CaptureQueriesContext(connection) as captured:
        importer.run_rows(*deals)
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_deals_of_a_chunk(importer):
    def split(amount):
        rows = [
            {"id": n, "customer": f"c{n}", "created": "2024-01-01", "amount": amount}
            for n in range(33)
        ]
        return rows[:3], rows[3:]

    importer.run_rows({"id": "the pipeline is there"})
    few, many = split(5)
    assert queries(importer, few) == queries(importer, many)  # made
    assert queries(importer, few) == queries(importer, many)  # unchanged
    few, many = split(6)
    assert queries(importer, few) == queries(importer, many)  # changed
