"""Sliders on the planning page: an answer while they move, and two ways to keep it."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import toasts
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest, add_errors
from planning.forms.what_if import KeepForm, WhatIfForm, most_position, position_of
from planning.levers import Lever
from planning.models import Plan
from planning.services.assumptions import change_assumptions
from planning.views.access import visible_plan
from planning.views.assumptions import plan_levers
from planning.what_if import WIN, Answer, saved_figures, to_keep, what_if

# Where sliders of factors begin and end; a value beyond widens its own.
USUAL = (50.0, 200.0)


@dataclass(frozen=True)
class Slider:
    """Positions in hundredths; ``lever`` is None for the win rate over all stages."""

    key: str
    name: str
    part: str
    position: float
    low: float
    high: float
    most: float
    lever: Lever | None = None


def sliders_of(levers: list[Lever]) -> list[Slider]:
    """Deal size, win rate, promotion of each stage, pace, what comes by itself."""
    rows = [_slider(lever) for lever in levers]
    place = next((i for i, row in enumerate(rows) if row.lever and row.lever.is_rate), len(rows))
    win = Slider(WIN, _("Win rate, all stages together"), "", 100.0, *USUAL, 500.0)
    return [*rows[:place], win, *rows[place:]] if place < len(rows) else rows


def _slider(lever: Lever) -> Slider:
    position, most = position_of(lever.value), most_position(lever)
    low, high = (0.0, most) if lever.is_rate else USUAL
    return Slider(
        lever.key,
        lever.name,
        lever.part,
        position,
        min(low, position),
        min(max(high, position), most),
        most,
        lever,
    )


def what_if_context(plan: Plan) -> dict[str, Any]:
    """What the card of sliders shows before any is moved."""
    return {"lever_sliders": sliders_of(plan_levers(plan)), "saved": saved_figures(plan)}


@require_POST
def try_values(request: PageRequest, pk: int) -> HttpResponse:
    """The main figures with what the sliders say, beside those of the saved plan."""
    plan = visible_plan(request, pk)
    form = WhatIfForm(request.POST, levers=plan_levers(plan))
    answer, problem = _answer(plan, form)
    saved = answer.saved if answer else saved_figures(plan)
    context = {"plan": plan, "answer": answer, "saved": saved, "problem": problem}
    return render(request, "planning/_what_if_answer.html", context)


def _answer(plan: Plan, form: WhatIfForm) -> tuple[Answer | None, str]:
    if plan.estimate is None:
        raise Http404
    if not form.is_valid():
        return None, _("One of these values is beyond what can be assumed.")
    try:
        return what_if(plan, form.tried()), ""
    except MissingExchangeRate as error:
        return None, str(error)


@require_POST
def keep(request: PageRequest, pk: int) -> HttpResponse:
    """Assume what the sliders say, for the reason given."""
    plan = visible_plan(request, pk)
    form = KeepForm(request.POST, levers=plan_levers(plan))
    if form.is_valid() and _kept(plan, form, request):
        toasts.done(request, _("The plan now assumes this."))
        return redirect("planning:plan", pk)
    return refusal(request, plan, form)


def refusal(request: PageRequest, plan: Plan, form: KeepForm) -> HttpResponse:
    context = {"plan": plan, "form": form}
    return render(request, "planning/_what_if_problem.html", context, status=422)


def _kept(plan: Plan, form: KeepForm, request: PageRequest) -> bool:
    assumed, taken_back = to_keep(form.tried(), reason=form.cleaned_data["reason"])
    plan.version = form.cleaned_data["version"]
    try:
        change_assumptions(plan, by=request.user, to=assumed, drop=taken_back)
    except ValidationError as error:
        add_errors(form, error)
    except (StaleVersion, MissingExchangeRate) as error:
        form.add_error(None, str(error))
    return not form.errors
