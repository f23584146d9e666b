"""Hires that a plan means to make: typed, taken over from its solve, changed and taken back."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import toasts
from core.dialogs import render_dialog
from core.money import MissingExchangeRate
from core.once import once
from core.services.versions import StaleVersion
from core.templatetags.figures import number
from pipeline.views.requests import PageRequest, add_errors, sentence_of
from planning.forms.hires import HireForm
from planning.models import JobRole, Plan, Staff
from planning.services.hires import (
    Rows,
    add_hire,
    change_hire,
    drop_hire,
    put_hires_back,
    rows_of,
    take_over_hires,
)
from planning.views.access import planner

UNDO = "undo_hires"
DATES = ("begins", "ends")


@once
def edit(request: PageRequest, pk: int, hire: int | None = None) -> HttpResponse:
    """A form for a new hire of the plan, or one that it has."""
    plan = _visible(request, pk)
    found = get_object_or_404(Staff.objects.filter(plan=plan), pk=hire) if hire else None
    form = HireForm(
        request.POST or None,
        instance=found or Staff(),
        initial={"version": found.version} if found else {},
        plan=plan,
    )
    if request.method == "POST" and form.is_valid() and _saved(request, plan, form, hire):
        return redirect("planning:plan", pk)
    context = {"form": form, "plan": plan, "roles": JobRole.objects.all()}
    context["currency"] = settings.COMPANY_CURRENCY
    title = str(found) if found else _("New hire of the plan")
    return render_dialog(request, "planning/_hire_form.html", context, title=title)


@require_POST
def take_over(request: PageRequest, pk: int) -> HttpResponse:
    """Count the hires that the solve proposes as decided."""
    plan = _visible(request, pk)
    before = rows_of(plan)
    made = sum(hire.headcount for hire in take_over_hires(plan, by=request.user))
    if made:
        text = ngettext("%(n)s hire is planned.", "%(n)s hires are planned.", made)
        _done(request, plan, text % {"n": number(made)}, before)
    else:
        toasts.refused(request, _("The plan proposes no hire of a whole person."))
    return redirect("planning:plan", pk)


@require_POST
def drop(request: PageRequest, pk: int, hire: int) -> HttpResponse:
    """Take a planned hire back."""
    plan = _visible(request, pk)
    found = get_object_or_404(Staff.objects.filter(plan=plan), pk=hire)
    name, before = str(found), rows_of(plan)
    found.plan = plan
    try:
        drop_hire(found, by=request.user)
    except (StaleVersion, MissingExchangeRate) as error:
        toasts.refused(request, str(error))
    else:
        _done(request, plan, _("%(name)s is no longer planned.") % {"name": name}, before)
    return redirect("planning:plan", pk)


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """The hires as they were before this person's last change, if nobody changed the plan since."""
    plan = _visible(request, pk)
    before = request.session.pop(UNDO, None)
    if not before or before["plan"] != pk:
        toasts.refused(request, _("There is nothing left to undo."))
        return redirect("planning:plan", pk)
    plan.version = before["version"]
    try:
        put_hires_back(plan, by=request.user, rows=_read(before["hires"]))
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, sentence_of(error))
    except MissingExchangeRate as error:
        toasts.refused(request, str(error))
    else:
        toasts.done(request, _("Undone."))
    return redirect("planning:plan", pk)


def _visible(request: PageRequest, pk: int) -> Plan:
    return get_object_or_404(Plan.objects.visible_to(planner(request)), pk=pk)


def _saved(request: PageRequest, plan: Plan, form: HireForm, hire: int | None) -> bool:
    before, fields = rows_of(plan), form.fields_of_hire()
    try:
        if hire is None:
            saved = add_hire(plan, by=request.user, **fields)
        else:
            # The form has written into its own copy what is to be compared with the stored one.
            saved = get_object_or_404(Staff.objects.filter(plan=plan), pk=hire)
            saved.plan = plan
            saved.version = form.cleaned_data["version"] or saved.version
            change_hire(saved, by=request.user, **fields)
    except ValidationError as error:
        add_errors(form, error)
    except (StaleVersion, MissingExchangeRate) as error:
        form.add_error(None, str(error))
    else:
        _done(request, plan, _("Saved: %(name)s.") % {"name": saved}, before)
    return not form.errors


def _done(request: PageRequest, plan: Plan, text: str, before: Rows) -> None:
    request.session[UNDO] = {
        "plan": plan.pk,
        "version": plan.version,
        "hires": [[pk, _plain(row)] for pk, row in before.items()],
    }
    toasts.done(request, text, undo=reverse("planning:undo_hires", args=[plan.pk]))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: row[name] and row[name].isoformat() for name in DATES}


def _read(rows: list[tuple[int, dict[str, Any]]]) -> Rows:
    return {
        pk: row | {name: row[name] and date.fromisoformat(row[name]) for name in DATES}
        for pk, row in rows
    }
