"""Leads from a CSV file."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from crm.models import Lead, Source
from crm.services.assignment_rules import create_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path):
    def run(text):
        path, out = tmp_path / "fair.csv", StringIO()
        path.write_text(text, encoding="utf-8-sig")
        call_command("import_leads", path, stdout=out)
        return out.getvalue().splitlines()

    return run


def test_each_row_is_a_lead_and_bad_rows_are_named(company, ladder, run):
    Source.objects.create(name="Fair")
    create_rule(by=None, name="All", how="person", person=company.teammate)
    text = (
        "external_id,name,source,owner,region\n"
        "F-1,Harbin Dairy,fair,,North\n"
        "F-2,大连食品,,li@x.example,\n"
        "F-3,,Fair,,\n"
        "F-4,Wrong,Radio,,\n"
        "F-5,Gone,,nobody@x.example,\n"
        "F-6,Long,,,,,\n"
    )
    told = run(text)
    assert told[0] == "2 leads made, 0 known already"
    assert [line.partition(":")[0] for line in told[1:]] == [
        f"line {n} refused" for n in (4, 5, 6, 7)
    ]
    owners = Lead.objects.order_by("pk").values_list("customer__name", "customer__owner__name")
    assert list(owners) == [("Harbin Dairy", "Wu"), ("大连食品", "Li")]
    assert run(text)[0] == "0 leads made, 2 known already"


@pytest.mark.parametrize("header", ["company,phone", "name,colour", ""])
def test_a_file_of_other_columns_is_refused_as_a_whole(run, header):
    with pytest.raises(CommandError, match="header needs a column name"):
        run(f"{header}\nA,B\n")
