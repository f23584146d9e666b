"""A plan's target by month, quarter, team, source, region or product."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import toasts
from core.api.fields import id_of
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest, sentence_of
from planning.forms.targets import TypedTargets
from planning.models import Plan
from planning.segments import IN_TIME, Dimension, may_plan
from planning.services.targets import set_target_parts, split_target
from planning.targets import Parts, all_parts, stored_parts, visible_parts
from planning.views.access import planner
from planning.views.target_needs import needs_of
from planning.views.target_pictures import target_picture, weights_of
from planning.won_deals import deals_won, is_value, name_of_part

UNDO = "undo_targets"
FILLS = ("history", "even", "rest", "clear")


def targets(request: PageRequest, pk: int) -> HttpResponse:
    """The parts of one dimension; a POST fills them in for trial, or saves them all."""
    plan, dimension = _asked_for(request, pk)
    if request.method != "POST":
        return _page(request, plan, dimension)
    typed = TypedTargets.of_post(request.POST)
    if request.POST.get("fill") in FILLS:
        return _page(request, plan, dimension, _filled(request, plan, dimension, typed))
    error = None if typed.unreadable else _save(request, plan, dimension, typed)
    if error is None and not typed.unreadable:
        return redirect(_address(plan, dimension))
    stored = _visible_plan(request, pk)
    is_late = isinstance(error, StaleVersion)
    return _page(request, stored, dimension, typed, error=error, status=422, late=is_late)


@require_POST
def preview(request: PageRequest, pk: int) -> HttpResponse:
    """What is still to be handed out of what is typed, and its picture; nothing is saved."""
    plan, dimension = _asked_for(request, pk)
    picture = target_picture(plan, dimension, request.user, TypedTargets.of_post(request.POST))
    return render(request, "planning/_targets_sum.html", {"picture": picture, "plan": plan})


@require_GET
def needs(request: PageRequest, pk: int) -> HttpResponse:
    """What one part must do, by stage and month."""
    plan, dimension = _asked_for(request, pk)
    found = needs_of(plan, dimension, request.user, request.GET.get("of"))
    context = {"needs": found, "plan": plan, "dimension": dimension}
    return render(request, "planning/_targets_needs.html", context)


@require_GET
def won(request: PageRequest, pk: int) -> HttpResponse:
    """The deals behind what a part won in the last year, in a dialog or as a page of its own."""
    plan, dimension = _asked_for(request, pk)
    value = request.GET.get("of", "")
    if not is_value(dimension, value) or not may_plan(request.user, dimension, value):
        raise Http404
    context: dict[str, Any] = {"plan": plan, "part": "planning/_won_deals.html"}
    context["title"] = _("Won in the last year: %(name)s") % {
        "name": name_of_part(plan, dimension, value)
    }
    try:
        context["found"] = deals_won(plan, dimension, value, seen_by=request.user)
    except MissingExchangeRate as error:
        context["problem"] = str(error)
    template = "planning/_won_dialog.html" if request.htmx else "planning/won_deals.html"
    return render(request, template, context)


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Put back the parts before this person's last save, if nobody changed the plan since."""
    plan = _visible_plan(request, pk)
    before = request.session.pop(UNDO, None)
    if not before or before["plan"] != pk:
        toasts.refused(request, _("There is nothing left to undo."))
        return redirect("planning:targets", pk)
    plan.version = before["version"]
    parts = {value: Decimal(amount) for value, amount in before["parts"].items()}
    try:
        set_target_parts(plan, by=request.user, dimension=before["dimension"], parts=parts)
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, sentence_of(error))
    else:
        toasts.done(request, _("Undone."))
    return redirect(_address(plan, before["shown"]))


def _visible_plan(request: PageRequest, pk: int) -> Plan:
    plans = Plan.objects.visible_to(planner(request)).select_related("pipeline", "estimate")
    return get_object_or_404(plans, pk=pk)


def _asked_for(request: PageRequest, pk: int) -> tuple[Plan, str]:
    dimension = request.GET.get("by", Dimension.MONTH)
    if dimension not in Dimension.values:
        raise Http404
    return _visible_plan(request, pk), dimension


def _address(plan: Plan, dimension: str) -> str:
    return f"{reverse('planning:targets', args=[plan.pk])}?{urlencode({'by': dimension})}"


def _filled(request: PageRequest, plan: Plan, dimension: str, typed: TypedTargets) -> TypedTargets:
    how = request.POST["fill"]
    if how == "clear":
        return TypedTargets([])
    weights = weights_of(target_picture(plan, dimension, request.user, typed), how)
    if weights is None:
        toasts.refused(request, _("There is nothing to go by."))
        return typed
    return TypedTargets.of_amounts(split_target(plan, dimension, weights, by=request.user))


def _save(
    request: PageRequest, plan: Plan, dimension: str, typed: TypedTargets
) -> ValidationError | StaleVersion | None:
    before = _before(plan, dimension, request)
    plan.version = id_of(request.POST.get("version", "")) or 0
    try:
        set_target_parts(plan, by=request.user, dimension=dimension, parts=typed.amounts)
    except (ValidationError, StaleVersion) as error:
        return error
    request.session[UNDO] = before | {"version": plan.version}
    toasts.done(request, _("Saved."), undo=reverse("planning:undo_targets", args=[plan.pk]))
    return None


def _before(plan: Plan, dimension: str, request: PageRequest) -> dict[str, Any]:
    """What an undo puts back; quarters are the sums of their months, which are what counts."""
    kept = Dimension.MONTH if dimension in IN_TIME else dimension
    parts: Parts = visible_parts(kept, stored_parts(plan, kept), request.user).parts
    return {
        "plan": plan.pk,
        "dimension": kept,
        "shown": dimension,
        "parts": {value: str(amount) for value, amount in parts.items()},
    }


def _page(
    request: PageRequest,
    plan: Plan,
    dimension: str,
    typed: TypedTargets | None = None,
    *,
    error: ValidationError | StaleVersion | None = None,
    status: int = 200,
    late: bool = False,
) -> HttpResponse:
    context = {
        "plan": plan,
        "dimension": dimension,
        "tabs": Dimension.choices,
        "picture": target_picture(plan, dimension, request.user, typed, late=late),
        "is_unsaved": typed is not None,
        "error": sentence_of(error) if error else "",
    }
    if request.htmx:
        return render(request, "planning/_targets.html", context, status=status)
    context["split"] = set(all_parts(plan))
    context["needs"] = needs_of(plan, dimension, request.user, request.GET.get("of"))
    return render(request, "planning/targets.html", context, status=status)
