"""Choosing between the typed and the measured hours of a role."""

from django.http import HttpResponse
from django.http.request import QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import toasts
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest
from planning.models import JobRole
from planning.services.efforts import Row, row_of, use_measured_hours
from planning.views.access import planner

KINDS = ("customer", "opportunity")


@require_POST
def use_hours(request: PageRequest, pk: int) -> HttpResponse:
    """Use measured hours, or with ``measured=0`` typed ones: of each ``stage``, or of all."""
    user = planner(request)
    role = get_object_or_404(JobRole.objects.prefetch_related("efforts__pipeline_stage"), pk=pk)
    measured = request.GET.get("measured") != "0"
    rows = _named(request.GET) if "stage" in request.GET else _all(role, measured=measured)
    try:
        changed = use_measured_hours(role, rows, by=user, measured=measured)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        toasts.done(request, _said(len(changed), measured), undo=_back(pk, changed, measured))
    return redirect("planning:people")


def _all(role: JobRole, *, measured: bool) -> list[Row]:
    """Stages whose measured hours are told by enough; all of them where it goes back."""
    return [
        row_of(effort)
        for effort in role.efforts.all()
        if not measured or (effort.measured or {}).get("is_enough")
    ]


def _named(query: QueryDict) -> list[Row]:
    found = []
    for text in query.getlist("stage"):
        kind, _dash, stage = text.partition("-")
        if kind in KINDS and stage.isascii() and stage.isdecimal() and len(stage) < 19:
            found.append((kind, int(stage)))
    return found


def _back(pk: int, changed: list[Row], measured: bool) -> str:
    """The address that takes the choice back; none where nothing changed."""
    if not changed:
        return ""
    query = QueryDict(mutable=True)
    query["measured"] = "0" if measured else "1"
    query.setlist("stage", [f"{kind}-{stage}" for kind, stage in changed])
    return f"{reverse('planning:use_hours', args=[pk])}?{query.urlencode()}"


def _said(n: int, measured: bool) -> str:
    if measured:
        text = ngettext(
            "Measured hours are used in %(n)s stage.",
            "Measured hours are used in %(n)s stages.",
            n,
        )
    else:
        text = ngettext(
            "Typed hours are used in %(n)s stage.", "Typed hours are used in %(n)s stages.", n
        )
    return text % {"n": n}
