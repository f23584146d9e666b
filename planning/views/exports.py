"""Plans as files: a workbook of all tables, and each of them as CSV."""

from django.http import Http404, HttpResponse

from pipeline.views.requests import PageRequest
from planning.plan_files import table_file, workbook_file
from planning.tables import tables_of
from planning.tables.facts import Facts
from planning.views.access import visible_plan


def workbook(request: PageRequest, pk: int) -> HttpResponse:
    """The plan as it was solved last, with its risk drawn anew."""
    return workbook_file(Facts.of(visible_plan(request, pk), request.user))


def table(request: PageRequest, pk: int, slug: str) -> HttpResponse:
    facts = Facts.of(visible_plan(request, pk), request.user)
    if slug not in tables_of(facts):
        raise Http404
    return table_file(facts, slug)
