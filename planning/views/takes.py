"""What would it take? Asked after the page is there, as the answer takes a moment."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from core.money import MissingExchangeRate
from pipeline.views.requests import PageRequest
from planning.takes import Takes, takes_of
from planning.views.access import visible_plan


def takes(request: PageRequest, pk: int) -> HttpResponse:
    """One row a lever, by the rates that the saved plan was solved with."""
    plan = visible_plan(request, pk)
    if plan.estimate is None:
        raise Http404
    try:
        found = takes_of(plan, plan.estimate)
    except MissingExchangeRate as error:
        found = Takes(None, sentence=str(error))
    context = {"plan": plan, "asked": found.question, "rows": found.rows}
    return render(request, "planning/_takes.html", context | {"sentence": found.sentence})
