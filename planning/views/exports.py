"""Plans as files: a workbook of all tables, and each of them as CSV."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

from core.tables import table_csv
from core.vocabulary import label
from core.workbooks import MEDIA_TYPE
from pipeline.views.requests import PageRequest
from planning.models import Plan
from planning.tables import plan_table, plan_workbook, tables_of
from planning.tables.facts import Facts
from planning.views.access import visible_plan


def workbook(request: PageRequest, pk: int) -> HttpResponse:
    """The plan as it was solved last, with its risk drawn anew."""
    facts = Facts.of(visible_plan(request, pk), request.user)
    return _file(plan_workbook(facts), _name(facts.plan, "xlsx"), MEDIA_TYPE)


def table(request: PageRequest, pk: int, slug: str) -> HttpResponse:
    facts = Facts.of(visible_plan(request, pk), request.user)
    if slug not in tables_of(facts):
        raise Http404
    found = table_csv(plan_table(facts, slug)).encode()
    return _file(found, _name(facts.plan, "csv", slug), "text/csv; charset=utf-8")


def _name(plan: Plan, ending: str, *parts: str) -> str:
    name = "-".join([label(plan.name), str(plan.year), *parts])
    return f"{get_valid_filename(name)}.{ending}"


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    disposition = content_disposition_header(True, name)
    assert disposition is not None
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": disposition}
    )
