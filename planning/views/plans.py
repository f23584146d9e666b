"""Plans: the list, a new one, and the planning page that answers while one types."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap

from accounts.models import User
from core import toasts
from core.money import MissingExchangeRate
from core.once import once
from core.services.versions import StaleVersion
from pipeline.failures import failure_of
from pipeline.models import Estimate
from pipeline.selectors import latest_estimate
from pipeline.views.requests import PageRequest, add_errors, pipelines
from planning.as_solved import as_solved
from planning.channel_budgets import budget_total
from planning.demo.seeding import PLAN as FOUNDING_PLAN
from planning.demo.seeding import is_seeded
from planning.forms import EVEN_SLIDERS, NewPlanForm, PlanInputs, SavePlanForm, slider_positions
from planning.forms.plans import MEANS
from planning.hires import planned_hires
from planning.models import Plan
from planning.models.plans import MONTHS
from planning.selectors import month_labels
from planning.services.plans import NoEstimate, create_plan, preview_plan, solve_plan, update_plan
from planning.shares import divided_by
from planning.solving import SolvedPlan
from planning.tables import table_names
from planning.views.access import planner, visible_plan
from planning.views.assumptions import assumed_rows
from planning.views.conflicts import merge_others
from planning.views.pictures import PlanPicture, preview_picture, saved_picture
from planning.views.repeat import repeat_context
from planning.views.scenarios import scenarios_context, with_scenarios
from planning.views.shapes import shape_of_history
from planning.views.what_if import what_if_context


def plan_list(request: PageRequest) -> HttpResponse:
    """The plans that a manager may see."""
    plans = Plan.objects.visible_to(planner(request)).select_related("pipeline", "owner", "team")
    context = {
        "plans": with_scenarios(plans),
        "tab": "plans",
        "tells_the_founding_case": is_seeded(),
    }
    return render(request, "planning/plans.html", context)


@once
def create(request: PageRequest) -> HttpResponse:
    """A form for a new plan, in a dialog or on a page of its own."""
    user = planner(request)
    if not pipelines():
        template = "pipeline/_no_pipeline.html" if request.htmx else "pipeline/no_pipeline.html"
        return render(request, template, {"title": _("New plan")})
    form = NewPlanForm(request.POST or None, initial={"name": _("Plan")}, user=user)
    if form.is_valid():
        fields = dict(form.cleaned_data)
        fields["currency"] = fields["currency"] or fields["pipeline"].currency
        try:
            return redirect("planning:plan", create_plan(by=user, **fields).pk)
        except ValidationError as error:
            add_errors(form, error)
        except MissingExchangeRate as error:
            form.add_error("currency", str(error))
    template = "planning/_new_plan.html" if request.htmx else "planning/new_plan.html"
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form}, status=status)


def plan(request: PageRequest, pk: int) -> HttpResponse:
    """The planning page; a POST saves what was typed and solves it."""
    found = visible_plan(request, pk)
    form = _form(SavePlanForm, request, found)
    if request.method == "POST" and form.is_valid() and _saved(form, found, request):
        toasts.done(request, _("Saved."))
        if not request.htmx:
            return redirect("planning:plan", pk)
        context = _page_context(found, SavePlanForm(initial=_initial(found)), request.user)
        return render(request, "planning/_result.html", context | {"oob": True})
    stored = visible_plan(request, pk)
    if request.method == "POST" and request.htmx:
        return _conflict(request, stored, form) if form.others else _refusal(request, stored, form)
    return render(request, "planning/plan.html", _page_context(stored, form, request.user))


@require_POST
def preview(request: PageRequest, pk: int) -> HttpResponse:
    """What the plan would be with what is typed; nothing is saved."""
    found, form = typed_plan(request, pk)
    if not form.is_valid():
        # Half a number is no mistake: the browser would call 422 one on every keystroke.
        return _refusal(request, found, form, status=200)
    is_changed = not is_as_saved(form)
    picture, problem = (
        _preview(found) if is_changed or not found.solution else (_saved_picture(found), "")
    )
    context = {
        "plan": found,
        "picture": picture,
        "problem": problem,
        "failure": failure_of(found.pipeline),
        "planned_hires": planned_hires(found),
        "form": form,
        "oob": True,
        "is_preview": is_changed,
    }
    return render(request, "planning/_result.html", context)


def typed_plan(request: PageRequest, pk: int) -> tuple[Plan, PlanInputs]:
    """A visible plan with what is typed, where that is valid; nothing is saved."""
    found = visible_plan(request, pk)
    form = _form(PlanInputs, request, found)
    if form.is_valid():
        for name, value in form.cleaned_data.items():
            setattr(found, name, value)
    return found, form


def is_as_saved(form: PlanInputs) -> bool:
    """Whether nothing is typed that differs from the stored plan."""
    typed = form.cleaned_data if form.is_bound else {}
    return all(form.initial.get(name) == value for name, value in typed.items())


def shown_plan(plan: Plan, form: PlanInputs, *, estimate: Estimate | None = None) -> SolvedPlan:
    """What the page shows of a valid form: the stored plan as it was solved, where nothing else is
    typed and it was solved with ``estimate``, if that is said; else a preview.

    Raises NoEstimate and MissingExchangeRate.
    """
    stored = is_as_saved(form) and estimate in (None, plan.estimate)
    return (as_solved(plan) if stored else None) or preview_plan(plan, estimate=estimate)


@require_POST
def solve_again(request: PageRequest, pk: int) -> HttpResponse:
    """Solve the saved plan with the newest rates."""
    found = visible_plan(request, pk)
    try:
        solve_plan(found, by=request.user)
    except NoEstimate:
        toasts.refused(request, _("The rates of this pipeline have not been computed yet."))
    except MissingExchangeRate as error:
        toasts.refused(request, str(error))
    else:
        toasts.done(request, _("Solved with the newest rates."))
    return redirect("planning:plan", pk)


def _initial(plan: Plan) -> dict[str, Any]:
    names = ("name", "target", "year", "confidence", "shape", "version", *MEANS)
    return {name: getattr(plan, name) for name in names}


def _form(kind: type[PlanInputs], request: PageRequest, plan: Plan) -> PlanInputs:
    return kind(request.POST if request.method == "POST" else None, initial=_initial(plan))


def _saved(form: PlanInputs, plan: Plan, request: PageRequest) -> bool:
    fields = dict(form.cleaned_data)
    plan.version = fields.pop("version")
    try:
        update_plan(plan, by=request.user, **fields)
    except StaleVersion as error:
        form.others = merge_others(form, visible_plan(request, plan.pk), plan.version)
        if not form.others:
            form.add_error(None, str(error))
    except ValidationError as error:
        add_errors(form, error)
    except MissingExchangeRate as error:
        form.add_error("target", str(error))
    return not (form.errors or form.others)


def _conflict(request: PageRequest, plan: Plan, form: PlanInputs) -> HttpResponse:
    """The inputs anew, with what the others saved; the answer follows as for anything typed."""
    context = _page_context(plan, form, request.user) | {"oob": True}
    response = render(request, "planning/_inputs.html", context, status=422)
    return reswap(response, "none")


def _refusal(
    request: PageRequest, plan: Plan, form: PlanInputs, *, status: int = 422
) -> HttpResponse:
    """The errors beside their fields; what was solved before stays on the page."""
    context = {"form": form, "plan": plan, "oob": True, "is_preview": True, "is_refused": True}
    response = render(request, "planning/_inputs_state.html", context, status=status)
    return reswap(response, "none")


def _page_context(plan: Plan, form: PlanInputs, user: User) -> dict[str, Any]:
    newest = latest_estimate(plan.pipeline)
    picture = _saved_picture(plan)
    sliders = _typed_sliders(form) or slider_positions(plan.shape)
    return {
        "plan": plan,
        "form": form,
        "picture": picture,
        "failure": failure_of(plan.pipeline),
        "planned_hires": planned_hires(plan),
        "tells_the_founding_case": plan.name == FOUNDING_PLAN and is_seeded(),
        "tables": table_names(plan.solution or {}, picture.parts, divided_by(plan)),
        "sliders": list(zip(month_labels(plan), month_labels(plan, "LLLLL"), sliders, strict=True)),
        "even": EVEN_SLIDERS,
        "channel_budget": budget_total(plan),
        "assumed": assumed_rows(plan),
        **what_if_context(plan),
        **repeat_context(plan),
        **scenarios_context(plan, user),
        "history": shape_of_history(newest, first_month=settings.FISCAL_YEAR_START),
    }


def _saved_picture(plan: Plan) -> PlanPicture:
    return saved_picture(plan, latest_estimate(plan.pipeline))


def _typed_sliders(form: PlanInputs) -> list[Any] | None:
    typed = form["shape"].value() if form.is_bound else None
    return typed if typed and len(typed) == MONTHS else None


def _preview(plan: Plan) -> tuple[PlanPicture | None, str]:
    try:
        return preview_picture(plan, preview_plan(plan)), ""
    except NoEstimate:
        return None, _("The rates of this pipeline have not been computed yet.")
    except MissingExchangeRate as error:
        return None, str(error)
