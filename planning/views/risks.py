"""How sure a plan is and where it breaks, drawn after the page so that typing never waits."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.money import MissingExchangeRate
from pipeline.views.requests import PageRequest
from planning.models import Plan
from planning.risk import risk_document, risk_of
from planning.risk_words import chance_sentence, load_sentences
from planning.selectors import month_labels
from planning.services.plans import NoEstimate
from planning.views.plans import shown_plan, typed_plan


@require_POST
def risk(request: PageRequest, pk: int) -> HttpResponse:
    """Of what is typed; nothing is saved."""
    plan, form = typed_plan(request, pk)
    context: dict[str, Any] = {"plan": plan}
    if not form.is_valid():
        context["problem"] = _("Once what is typed can be solved, this is drawn anew.")
        return render(request, "planning/_risk.html", context)
    try:
        solved = shown_plan(plan, form)
    except NoEstimate:
        context["problem"] = _("The rates of this pipeline have not been computed yet.")
    except MissingExchangeRate as error:
        context["problem"] = str(error)
    else:
        context |= _drawn(plan, risk_document(solved, risk_of(solved)))
    return render(request, "planning/_risk.html", context)


def _drawn(plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    overload = found["overload"]
    words = {"chance": chance_sentence(plan, found), "load": load_sentences(plan, found)}
    rows = []
    if overload is not None:
        rows = [
            {"name": _("whoever asked last first"), "load": overload["kind"]},
            {"name": _("first come, first served"), "load": overload["harsh"]},
        ]
    stages = overload["stages"] if overload else []
    return {"words": words, "rows": rows, "stages": stages, "fan": fan_data(plan, found)}


def fan_data(plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    """Series of the fan chart, and its words in the reader's language."""
    levels = ("p10", "p25", "p50", "p75", "p90")
    return {
        "labels": month_labels(plan),
        "currency": plan.currency,
        "target": float(plan.target),
        **{level: [month[level] for month in found["months"]] for level in levels},
        "words": {
            "band80": _("four years of five"),
            "band50": _("half of the years"),
            "median": _("the middle year"),
            "target": _("target"),
        },
    }
