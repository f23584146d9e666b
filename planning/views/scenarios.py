"""Scenarios of a plan: the list, a new one, and two to four of them side by side."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from core import toasts
from core.api.fields import id_of
from core.money import MissingExchangeRate
from core.once import once
from core.services.versions import StaleVersion
from core.vocabulary import label
from pipeline.views.requests import PageRequest, add_errors
from planning.comparison import FEWEST, MOST, Comparison, compare, family_of
from planning.forms.scenarios import ScenarioForm
from planning.models import Plan
from planning.services.families import delete_plan
from planning.services.scenarios import copy_plan
from planning.views.access import visible_plan
from planning.views.assumptions import plan_levers
from planning.views.compared import chart_of, input_rows, outcome_rows
from planning.what_if import to_keep


def scenarios(request: PageRequest, pk: int) -> HttpResponse:
    """The plan and its scenarios; ``?with=`` names those that are compared, in order."""
    plan = visible_plan(request, pk)
    family = sorted(family_of(plan, request.user), key=lambda each: each.scenario_of_id or 0)
    chosen = _chosen(request.GET.getlist("with"), family)
    comparison = compare(chosen) if len(chosen) >= FEWEST else None
    context = {
        "plan": plan,
        "root": family[0],
        "family": family,
        "chosen": {each.pk for each in chosen},
        "comparison": comparison,
        "most": MOST,
        "scenario_name": free_name(plan, family),
    }
    return render(request, "planning/scenarios.html", context | _compared(comparison))


def _compared(comparison: Comparison | None) -> dict[str, object]:
    if comparison is None:
        return {}
    return {
        "inputs": input_rows(comparison),
        "outcomes": outcome_rows(comparison),
        "chart": chart_of(comparison),
        "verdicts": [document["verdict"] for document in comparison.solved],
    }


def _chosen(named: Sequence[str], family: Sequence[Plan]) -> list[Plan]:
    """Those that the address names, else the first of the list."""
    if not named:
        return list(family[:MOST])
    by_id = {plan.pk: plan for plan in family}
    ids = dict.fromkeys(id_of(text) for text in named)
    if any(each not in by_id for each in ids):
        raise Http404
    return [by_id[each] for each in ids if each][:MOST]


def free_name(plan: Plan, family: Sequence[Plan]) -> str:
    """A name for one more scenario."""
    root = next((each for each in family if each.scenario_of_id is None), plan)
    taken = {each.name for each in family}
    names = (
        _("%(plan)s, scenario %(n)s") % {"plan": label(root.name)[:80], "n": n}
        for n in range(1, len(family) + 2)
    )
    return next((name for name in names if name not in taken), "")


def scenarios_context(plan: Plan, user: User) -> dict[str, object]:
    """What the planning page says of a plan's scenarios."""
    root = plan.scenario_of_id or plan.pk
    seen = Plan.objects.visible_to(user).filter(Q(pk=root) | Q(scenario_of=root))
    family = list(seen.only("name", "scenario_of"))
    return {
        "scenario_count": sum(each.scenario_of_id is not None for each in family),
        "scenario_name": free_name(plan, family),
        "root": next((each for each in family if each.pk == root), None),
    }


def with_scenarios(plans: Iterable[Plan]) -> list[Plan]:
    """Each plan followed by its scenarios; one whose plan is out of sight stands alone."""
    found = list(plans)
    roots = {plan.pk for plan in found if plan.scenario_of_id is None}
    below: dict[int, list[Plan]] = {}
    for plan in found:
        if plan.scenario_of_id in roots:
            below.setdefault(plan.scenario_of_id or 0, []).append(plan)
    return [
        each
        for plan in found
        if plan.scenario_of_id not in roots
        for each in [plan, *below.get(plan.pk, [])]
    ]


@once
@require_POST
def create(request: PageRequest, pk: int) -> HttpResponse:
    """A copy of the plan with what the sliders say, beside it at once."""
    plan = visible_plan(request, pk)
    form = ScenarioForm(request.POST, levers=plan_levers(plan))
    made = _copied(plan, form, request) if form.is_valid() else None
    if made is None:
        context = {"plan": plan, "form": form}
        template = "planning/_what_if_problem.html" if request.htmx else "planning/scenario.html"
        return render(request, template, context, status=422)
    toasts.done(request, _("The scenario was saved."))
    query = urlencode([("with", plan.pk), ("with", made.pk)])
    return redirect(f"{reverse('planning:scenarios', args=[plan.pk])}?{query}")


def _copied(plan: Plan, form: ScenarioForm, request: PageRequest) -> Plan | None:
    assume, drop = to_keep(form.tried(), reason=form.cleaned_data["reason"])
    name = form.cleaned_data["name"]
    try:
        return copy_plan(plan, by=request.user, name=name, assume=assume, drop=drop)
    except ValidationError as error:
        add_errors(form, error)
    except MissingExchangeRate as error:
        form.add_error(None, str(error))
    return None


@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Delete a scenario; a plan that has scenarios of its own is not deleted here."""
    scenario = visible_plan(request, pk)
    root = scenario.scenario_of_id
    if root is None:
        raise Http404
    scenario.version = id_of(request.POST.get("version", "")) or scenario.version
    try:
        delete_plan(scenario, by=request.user)
    except StaleVersion as error:
        toasts.refused(request, str(error))
    else:
        toasts.done(request, _("%(name)s was deleted.") % {"name": scenario.name})
    return redirect("planning:scenarios", root)
