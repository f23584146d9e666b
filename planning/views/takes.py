"""What would it take? Asked after the page is there, as the answer takes a moment."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.money import MissingExchangeRate
from pipeline.views.requests import PageRequest
from planning.models import Plan
from planning.selectors import is_over
from planning.views.access import visible_plan
from planning.what_it_takes import Asked, TakeRow, answers, asked


def takes(request: PageRequest, pk: int) -> HttpResponse:
    """One row a lever, by the rates that the saved plan was solved with."""
    plan = visible_plan(request, pk)
    if plan.estimate is None:
        raise Http404
    question, rows, sentence = _ask(plan)
    context = {"plan": plan, "asked": question, "rows": rows, "sentence": sentence}
    return render(request, "planning/_takes.html", context)


def _ask(plan: Plan) -> tuple[Asked | None, list[TakeRow], str]:
    """The question, and its answers or the sentence that says why there are none."""
    if plan.estimate is None or is_over(plan, plan.estimate):
        return None, [], _("This year is over.")
    try:
        question = asked(plan, plan.estimate)
    except MissingExchangeRate as error:
        return None, [], str(error)
    standing = question.standing
    if standing.spare(standing.worth) >= 0:
        return question, [], _("Nothing: the new leads of the last year are enough.")
    if standing.law.eventual_revenue[0] <= 0:
        return question, [], _("Nothing can be said: no deal was ever won.")
    if not standing.new_leads.any():
        return question, [], _("Nothing can be said: no new leads came in the last year.")
    return question, answers(question), ""
