"""The founding case, played: step by step, and anew with what somebody else would choose."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pipeline.models import Estimate
from pipeline.views.requests import PageRequest
from planning.demo import story_pictures as pictures
from planning.demo import story_tables as tables
from planning.demo import story_tasks as tasks
from planning.demo import story_verdict as verdicts
from planning.demo import story_words as words
from planning.demo.base_year import BaseYear
from planning.demo.company import CURRENCY
from planning.demo.story import (
    Choice,
    Told,
    base_year_of,
    one_that_can_be_kept,
    people_first,
    seeds_estimate,
    tell,
    what_they_did,
)
from planning.forms.founding import ChoiceForm
from planning.funnel_law import known_funnel
from planning.views.access import planner

TITLES = (
    gettext_lazy("The year 2001"),
    gettext_lazy("What they did"),
    gettext_lazy("What came"),
    gettext_lazy("Why"),
    gettext_lazy("Try it yourself"),
    gettext_lazy("Plan it"),
)
TRY = 5
WHOLE = "all"
"""Names the page that has every step, for paper."""


@dataclass(frozen=True)
class Case:
    """What every step draws from."""

    request: PageRequest
    estimate: Estimate
    base: BaseYear

    @property
    def told(self) -> Told:
        """The plan as it was carried out."""
        return tell(self.base, what_they_did(self.base))


def founding(request: PageRequest) -> HttpResponse:
    """One step, or all of them; where the demo company is not installed there is no such page."""
    planner(request)
    estimate = seeds_estimate()
    if estimate is None:
        raise Http404
    case = Case(request, estimate, base_year_of(estimate))
    if request.htmx and request.htmx.target == "founding-answer":
        return render(request, "planning/_founding_answer.html", _try_context(case))
    step = _step(request)
    shown = range(1, len(TITLES) + 1) if step is None else [step]
    context = {
        "step": step,
        "titles": list(enumerate(TITLES, start=1)),
        "steps": [
            {"number": number, "title": TITLES[number - 1], **STEPS[number - 1](case)}
            for number in shown
        ],
        "before": step - 1 if step else None,
        "after": step + 1 if step and step < len(TITLES) else None,
        "next_title": TITLES[step] if step and step < len(TITLES) else "",
        "tab": "plans",
    }
    page = "planning/_founding_step.html" if request.htmx else "planning/founding.html"
    return render(request, page, context)


def _step(request: PageRequest) -> int | None:
    """The number of the step asked for; None for all. Anything else is the first."""
    asked = request.GET.get("step", "1")
    if asked == WHOLE:
        return None
    known = asked.isascii() and asked.isdigit() and len(asked) < 3
    return min(max(int(asked), 1), len(TITLES)) if known else 1


def _base_context(case: Case) -> dict[str, Any]:
    funnel = known_funnel(case.estimate, currency=CURRENCY)
    return {
        "template": "planning/_founding_base.html",
        "sentence": words.base_sentence(funnel, case.base),
        "base": case.base,
        "rows": tables.stage_rows(case.estimate, funnel, case.base),
        "chart": pictures.years_chart(funnel),
    }


def _decision_context(case: Case) -> dict[str, Any]:
    told = case.told
    return {
        "template": "planning/_founding_decision.html",
        "sentence": words.decision_sentence(told),
        "more": words.load_sentence(told),
        "months": tables.months_of(told),
        "load": pictures.load_chart(told),
        "waiting": pictures.waiting_chart(told),
    }


def _outcome_context(case: Case) -> dict[str, Any]:
    told = case.told
    return {
        "template": "planning/_founding_outcome.html",
        "sentence": words.outcome_sentence(told),
        "more": words.chance_sentence(told),
        **_money_pictures(told),
    }


def _money_pictures(told: Told) -> dict[str, Any]:
    return {
        "outcome": pictures.outcome_chart(told),
        "waterfall": pictures.waterfall_chart(told),
        "columns": tables.profit_columns(),
        "profit": tables.profit_table(told),
    }


def _reasons_context(case: Case) -> dict[str, Any]:
    told = case.told
    return {
        "template": "planning/_founding_reasons.html",
        "sentence": _(
            "More leads than people to serve them do not bring more revenue: they take the hours "
            "that would have brought it."
        ),
        "reasons": words.reasons(told),
        "hours": pictures.hours_chart(told),
    }


def _try_context(case: Case) -> dict[str, Any]:
    did = what_they_did(case.base)
    given = case.request.GET
    data = {**asdict(did), **{name: given[name] for name in asdict(did) if name in given}}
    if "target" in given:
        data["is_trained"] = "is_trained" in given
    form = ChoiceForm(data)
    choice = form.choice() if form.is_valid() else did
    told = tell(case.base, choice)
    return {
        "template": "planning/_founding_try.html",
        "sentence": _(
            "Now choose for them: every answer is played from the base year alone, as theirs was."
        ),
        "form": form,
        "presets": _presets(case.base, choice),
        "told": told,
        "verdict": verdicts.verdict(told),
        "tiles": verdicts.tiles(told),
        "icon": {"reachable": "circle-check", "tight": "alert-triangle"}.get(told.code, "circle-x"),
        "load": pictures.load_chart(told),
        "months": tables.months_of(told),
        "try_step": TRY,
        **_money_pictures(told),
    }


def _presets(base: BaseYear, chosen: Choice) -> list[dict[str, Any]]:
    named = [
        (_("What they did"), what_they_did(base)),
        (_("People first: four times the capacity, five months early"), people_first(base)),
        (_("A target that can be kept"), one_that_can_be_kept(base)),
    ]
    return [
        {"name": name, "query": _query(choice), "is_chosen": choice == chosen}
        for name, choice in named
    ]


def _query(choice: Choice) -> str:
    given = asdict(choice) | {"is_trained": "on"}
    if not choice.is_trained:
        del given["is_trained"]
    return "&".join([f"step={TRY}", *(f"{name}={value}" for name, value in given.items())])


def _plan_context(case: Case) -> dict[str, Any]:
    user = case.request.user
    steps = tasks.steps(user)
    return {
        "template": "planning/_founding_plan.html",
        "sentence": _(
            "It is the first of January 2002 again, and August is past. Find the plan for Billion "
            "with the product's own pages; what you have done is ticked by itself."
        ),
        "draft": tasks.demo_plan(user),
        "tasks": steps,
        "done": sum(step.is_done for step in steps),
    }


STEPS: tuple[Callable[[Case], dict[str, Any]], ...] = (
    _base_context,
    _decision_context,
    _outcome_context,
    _reasons_context,
    _try_context,
    _plan_context,
)
