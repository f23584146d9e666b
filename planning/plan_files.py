"""Plans as files, from their page and over the API: a workbook of all tables, and each as CSV."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

from core.tables import table_csv
from core.vocabulary import label
from core.workbooks import MEDIA_TYPE
from planning.models import Plan
from planning.tables import plan_table, plan_workbook
from planning.tables.facts import Facts

CSV = "text/csv; charset=utf-8"


def workbook_file(facts: Facts) -> HttpResponse:
    """The plan as it was solved last, with its risk drawn anew."""
    return _file(plan_workbook(facts), _name(facts.plan, "xlsx"), MEDIA_TYPE)


def table_file(facts: Facts, slug: str) -> HttpResponse:
    """Raises KeyError where the plan has no such table."""
    content = table_csv(plan_table(facts, slug)).encode()
    return _file(content, _name(facts.plan, "csv", slug), CSV)


def _name(plan: Plan, ending: str, *parts: str) -> str:
    name = "-".join([label(plan.name), str(plan.year), *parts])
    return f"{get_valid_filename(name)}.{ending}"


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    disposition = content_disposition_header(True, name)
    assert disposition is not None
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": disposition}
    )
