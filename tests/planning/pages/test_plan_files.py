"""A plan as workbook and CSV, reconciled with its page and the API."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from crm.models import Source
from planning.models import Assumption, Staff
from planning.selectors import plan_document
from planning.services.means import create_channel, create_role
from planning.services.plans import solve_plan, update_plan
from planning.tables.facts import Facts

CENT = Decimal("0.01")


@pytest.fixture
def limited(plan, company, stages):
    """The plan with a role that has too few people for it, and two channels."""
    efforts = {("opportunity", stages["Qualified"].pk): (4.0, 0.5)}
    role = create_role(
        by=company.manager,
        name="=Engineer",
        hours_per_day=6,
        monthly_cost=Decimal(8000),
        recruiting_cost=Decimal(5000),
        efforts=efforts,
    )
    Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=40)
    for name, leads, cost in (("Fair", 300, 90), ("Web", 100_000, 120)):
        source = Source.objects.create(name=name)
        create_channel(by=company.manager, source=source, tiers=[(leads, Decimal(cost))])
    update_plan(plan, by=company.manager, target=Decimal("40000000.07"))
    return solve_plan(plan)


@pytest.fixture
def book(as_user, company, limited):
    answer = as_user(company.manager).get(f"/plans/{limited.pk}/workbook.xlsx")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


def rows_of(page, first):
    """Rows of a sheet below the one that begins with ``first``, formulas summed."""
    rows = list(page.iter_rows())
    place = next(i for i, row in enumerate(rows) if row[0].value == first)
    return [[_value(page, cell) for cell in row] for row in rows[place + 1 :]]


def _value(page, cell):
    if cell.data_type != "f":
        return cell.value
    left, top, right, bottom = range_boundaries(re.fullmatch(r"=SUM\((.*)\)", cell.value)[1])
    cells = page.iter_rows(top, bottom, left, right)
    return sum(Decimal(str(_value(page, each))) for row in cells for each in row)


def csv_rows(client, plan, slug):
    answer = client.get(f"/plans/{plan.pk}/{slug}.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_part_of_the_plan_has_a_sheet(book, limited, company):
    assert book.sheetnames == [
        "Summary",
        "Requirements",
        "Not rounded",
        *(each.title for each in Facts.of(limited, company.admin).sub_plans),
        "By source",
        "People",
        "Channels",
        "Revenue",
        "Risk",
        "Limits",
    ]


def test_requirements_are_those_of_the_page(as_user, company, limited, book):
    page = as_user(company.manager).get(f"/plans/{limited.pk}/").content.decode()
    for place, row in enumerate(rows_of(book["Requirements"], "Stage"), start=1):
        *months, total = row[2:]
        assert sum(months) == total
        shown = re.search(rf'data-cell="total-{place}"[^>]*>([\d,]+)<', page)[1]
        assert total == int(shown.replace(",", ""))


def test_the_parts_of_every_stage_add_up_to_it_in_every_month(book):
    whole = {row[0]: row[2:] for row in rows_of(book["Requirements"], "Stage")}
    parts = rows_of(book["By source"], "Part")
    assert {"Fair", "Web"} <= {row[0] for row in parts}
    for stage, counts in whole.items():
        each = [row[7:] for row in parts if row[1] == stage]
        assert [sum(column) for column in zip(*each, strict=True)] == counts


def test_unrounded_rows_are_those_of_the_api(limited, book):
    documents = plan_document(limited)["requirements"]
    rows = rows_of(book["Not rounded"], "Month")
    assert len(rows) == len(documents)
    for row, document in zip(rows, documents, strict=True):
        flow = [document[name] for name in ("entries", "from_pipeline", "new")]
        assert row[3:6] == pytest.approx(flow, rel=1e-12)
        assert sum(share or 0 for share in row[10:]) == pytest.approx(float(bool(row[3])))


def test_revenue_adds_up_to_the_cent(limited, book):
    *months, year = rows_of(book["Revenue"], "Month")
    assert len(months) == 12
    expected = Decimal(limited.solution["expected"]).quantize(CENT)
    assert sum(row[4] for row in months) == year[4] == expected
    assert year[7] == limited.target
    for row, month in zip(months, limited.solution["months"], strict=True):
        assert float(row[4]) == pytest.approx(month["revenue"], abs=0.05)


def test_parts_of_entries_add_up_and_channels_to_what_is_spent(limited, book):
    stage = rows_of(book["Project tracking"], "Stage")
    for entries, already, new in zip(stage[0][2:], stage[1][2:], stage[2][2:], strict=True):
        assert entries == already + new
    spend = [row[-1] for row in rows_of(book["Channels"], "Channel") if row[1] == "spend"]
    paid = sum(row["amount"] for row in limited.solution["spend"])
    assert float(sum(spend)) == pytest.approx(paid, abs=0.01)


def test_every_sum_has_its_amount_beside_its_formula(as_user, company, limited, book):
    """Previews and programs that reckon nothing show what Excel would."""
    content = as_user(company.manager).get(f"/plans/{limited.pk}/workbook.xlsx").content
    shown = load_workbook(io.BytesIO(content), data_only=True)
    sums = [(page, cell) for page in book for row in page for cell in row if cell.data_type == "f"]
    assert len(sums) > 20
    for page, cell in sums:
        value = shown[page.title][cell.coordinate].value
        assert value == pytest.approx(float(_value(page, cell)), abs=1e-6), cell


def test_names_that_look_like_formulas_stay_names(book):
    people = rows_of(book["People"], "Role")
    assert people[0][0] == "=Engineer"
    for page in book:
        for row in page.iter_rows():
            assert all(str(c.value).startswith("=SUM(") for c in row if c.data_type == "f")


def test_assumptions_are_told_with_their_reason(as_user, company, limited):
    Assumption.objects.create(
        plan=limited, kind="amount", value=1.2, reason="=new line", at=timezone.now()
    )
    rows = csv_rows(as_user(company.manager), limited, "summary")
    told = next(row for row in rows if row[0].startswith("Assumed"))
    assert told[1] == "1.2"
    assert told[2].startswith("'=new line")


def test_everything_is_in_the_readers_language(as_user, company, limited):
    client = as_user(company.manager)
    client.cookies["django_language"] = "zh-hans"
    company.manager.language = "zh-hans"
    company.manager.save()
    book = load_workbook(io.BytesIO(client.get(f"/plans/{limited.pk}/workbook.xlsx").content))
    assert book.sheetnames[:2] == ["摘要", "客户需求量"]
    assert "推进" in book.sheetnames
    with translation.override("zh-hans"):
        heads = csv_rows(client, limited, "requirements")[0]
    assert heads[:2] == ["阶段", "计划部分"]


def test_each_table_is_a_csv_and_others_are_not_there(as_user, company, limited, book):
    client = as_user(company.manager)
    page = client.get(f"/plans/{limited.pk}/").content.decode()
    offered = re.findall(rf'href="/plans/{limited.pk}/([\w-]+)\.csv"', page)
    assert {"requirements", "closing", "revenue", "risk", "overload", "limits"} <= set(offered)
    for slug in offered:
        heads, *rows = csv_rows(client, limited, slug)
        assert all(len(row) <= len(heads) for row in rows), slug
    assert client.get(f"/plans/{limited.pk}/secrets.csv").status_code == 404
    months = csv_rows(client, limited, "requirements")[1]
    assert sum(int(n) for n in months[2:14]) == int(months[14])


def test_files_are_for_those_who_see_the_page(as_user, company, plan):
    for url in (f"/plans/{plan.pk}/workbook.xlsx", f"/plans/{plan.pk}/revenue.csv"):
        assert as_user(company.owner).get(url).status_code == 404
    plan.team = company.other_team
    plan.save()
    for url in (f"/plans/{plan.pk}/workbook.xlsx", f"/plans/{plan.pk}/revenue.csv"):
        assert as_user(company.manager).get(url).status_code == 404
        assert as_user(company.admin).get(url).status_code == 200


def test_a_plan_that_was_never_solved_has_a_summary(as_user, company, plan):
    plan.requirements.all().delete()
    plan.solution = plan.estimate = plan.solved_at = None
    plan.save()
    answer = as_user(company.manager).get(f"/plans/{plan.pk}/workbook.xlsx")
    assert load_workbook(io.BytesIO(answer.content)).sheetnames == ["Summary"]
