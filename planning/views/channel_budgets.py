"""The page on which the budgets of a plan's channels are typed, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import toasts
from core.api.fields import id_of
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest, sentence_of
from planning.channel_budgets import (
    Budgets,
    Key,
    budgeted_channels,
    stored_budgets,
    with_budgets,
)
from planning.forms.channel_budgets import TypedAmount, TypedBudgets, cell_name
from planning.models import Channel, Plan
from planning.selectors import month_labels
from planning.services.channel_budgets import PlanIsApproved, set_channel_budgets
from planning.services.plans import NoEstimate, preview_plan
from planning.solving import plan_months
from planning.views.access import visible_plan
from planning.what_if import figures_of, saved_figures

UNDO = "undo_channel_budgets"


@dataclass(frozen=True)
class Cell:
    """``stored`` is what others saved meanwhile, where that is not what is typed."""

    month: str
    name: str
    typed: TypedAmount
    stored: str = ""


@dataclass(frozen=True)
class Row:
    """A channel; ``fill`` is what is typed for all of its months."""

    channel: Channel
    cells: Sequence[Cell]
    total: Decimal | None
    fill: TypedAmount


def channel_budgets(request: PageRequest, pk: int) -> HttpResponse:
    """Budgets by channel and month; a POST fills a row for trial, or saves them all."""
    plan = visible_plan(request, pk)
    if request.method != "POST":
        return _page(request, plan)
    typed = _typed(request, plan)
    if fill := request.POST.get("fill"):
        return _page(request, plan, typed.filled(id_of(fill) or 0))
    typed = typed.refusing_fills()
    error = None if typed.unreadable else _save(request, plan, typed)
    if error is None and not typed.unreadable:
        return redirect("planning:channel_budgets", pk)
    return _page(request, visible_plan(request, pk), typed, error=error, status=422)


@require_POST
def preview(request: PageRequest, pk: int) -> HttpResponse:
    """The sums of the rows and what the plan would be with what is typed; nothing is saved."""
    plan = visible_plan(request, pk)
    typed = _typed(request, plan)
    context = {"plan": plan, "rows": _rows(plan, typed), "typed": typed, "oob": True}
    return render(request, "planning/_budget_answer.html", context | _answer(plan, typed))


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Put back the budgets before this person's last save, if nobody changed the plan since."""
    plan = visible_plan(request, pk)
    before = request.session.pop(UNDO, None)
    if not before or before["plan"] != pk:
        toasts.refused(request, _("There is nothing left to undo."))
        return redirect("planning:channel_budgets", pk)
    plan.version = before["version"]
    budgets = {
        (channel, date.fromisoformat(month)): Decimal(amount)
        for channel, month, amount in before["budgets"]
    }
    if error := _refused(request, plan, budgets):
        toasts.refused(request, sentence_of(error))
    else:
        toasts.done(request, _("Undone."))
    return redirect("planning:channel_budgets", pk)


def _typed(request: PageRequest, plan: Plan) -> TypedBudgets:
    return TypedBudgets.of_post(request.POST, _keys(plan))


def _keys(plan: Plan) -> list[Key]:
    channels = budgeted_channels(plan, stored_budgets(plan))
    return [(channel.pk, month) for channel in channels for month in plan_months(plan.year)]


def _save(
    request: PageRequest, plan: Plan, typed: TypedBudgets
) -> ValidationError | StaleVersion | None:
    before = [(pk, str(month), str(amount)) for (pk, month), amount in stored_budgets(plan).items()]
    plan.version = id_of(request.POST.get("version", "")) or 0
    if error := _refused(request, plan, typed.budgets):
        return error
    request.session[UNDO] = {"plan": plan.pk, "version": plan.version, "budgets": before}
    undo_at = reverse("planning:undo_channel_budgets", args=[plan.pk])
    toasts.done(request, _("Saved."), undo=undo_at)
    return None


def _refused(
    request: PageRequest, plan: Plan, budgets: Budgets
) -> ValidationError | StaleVersion | None:
    try:
        set_channel_budgets(plan, by=request.user, budgets=budgets)
    except (ValidationError, StaleVersion) as error:
        return error
    except (PlanIsApproved, MissingExchangeRate) as error:
        return ValidationError(str(error))
    return None


def _rows(plan: Plan, typed: TypedBudgets, *, is_late: bool = False) -> list[Row]:
    months, labels = plan_months(plan.year), month_labels(plan)
    saved = stored_budgets(plan) if is_late else None
    rows = []
    for channel in budgeted_channels(plan, typed.budgets):
        keys = [(channel.pk, month) for month in months]
        cells = [
            _cell(label, key, typed.cells.get(key, TypedAmount()), saved)
            for key, label in zip(keys, labels, strict=True)
        ]
        fill = typed.fills.get(channel.pk, TypedAmount())
        rows.append(Row(channel, cells, typed.total(channel.pk), fill))
    return rows


def _cell(label: str, key: Key, typed: TypedAmount, saved: Budgets | None) -> Cell:
    if saved is None or saved.get(key) == typed.amount:
        return Cell(label, cell_name(key), typed)
    stored = TypedAmount.of_amount(saved[key]).text if key in saved else _("no limit")
    return Cell(label, cell_name(key), typed, stored)


def _answer(plan: Plan, typed: TypedBudgets) -> dict[str, Any]:
    """Figures of the saved plan, and with what is typed; a sentence where there are none."""
    found: dict[str, Any] = {"saved": saved_figures(plan), "tried": None, "problem": ""}
    if typed.unreadable or typed.budgets == stored_budgets(plan):
        return found
    try:
        found["tried"] = figures_of(preview_plan(with_budgets(plan, typed.budgets)))
    except NoEstimate:
        found["problem"] = _("The rates of this pipeline have not been computed yet.")
    except MissingExchangeRate as error:
        found["problem"] = str(error)
    return found


def _page(
    request: PageRequest,
    plan: Plan,
    typed: TypedBudgets | None = None,
    *,
    error: ValidationError | StaleVersion | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = typed or TypedBudgets.of_budgets(stored_budgets(plan))
    context = {
        "plan": plan,
        "rows": _rows(plan, shown, is_late=isinstance(error, StaleVersion)),
        "months": month_labels(plan),
        "typed": shown,
        "is_unsaved": typed is not None,
        "is_approved": plan.status == Plan.Status.APPROVED,
        "error": sentence_of(error) if error else "",
        **_answer(plan, shown),
    }
    part = "planning/_channel_budgets.html" if request.htmx else "planning/channel_budgets.html"
    return render(request, part, context, status=status)
