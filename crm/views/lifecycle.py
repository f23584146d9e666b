from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import toasts
from core.dialogs import render_dialog
from core.services.versions import StaleVersion
from crm.entry_forms import CustomerEntryForm
from crm.known_fields import MissingFields
from crm.models import Customer, LifecycleChange, LifecycleStage
from crm.services.customers import fill_in
from crm.services.lifecycle import move_customer, restore_move, undo_last_move


def move(request: PersonRequest, pk: int, stage: int) -> HttpResponse:
    """Move a customer on the ladder; what the stage asks for is asked in a dialog first.

    Whoever signed in anew comes back by a GET, which only asks.
    """
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    to = get_object_or_404(LifecycleStage, pk=stage)
    form = _form(customer, to, request.POST if "version" in request.POST else None)
    if (form.is_bound and not form.is_valid()) or (request.method != "POST" and form.asked):
        return _ask(request, customer, to, form)
    if request.method != "POST":
        return redirect("crm:customer", pk)
    try:
        change = _fill_and_move(request, customer, to, form)
    except MissingFields:
        return _ask(request, customer, to, _form(customer, to))
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
        return redirect("crm:customer", pk)
    except StaleVersion:
        form.overtaken(get_object_or_404(Customer.objects.visible_to(request.user), pk=pk))
        return _ask(request, customer, to, form)
    if change:
        _tell(request, change)
    return redirect("crm:customer", pk)


def _tell(request: PersonRequest, change: LifecycleChange) -> None:
    names = {"name": change.customer.name, "stage": change.to_stage.label}
    text = _("%(name)s is now %(stage)s.") % names
    toasts.done(request, text, undo=reverse("crm:undo_move", args=[change.pk]))


def _form(customer: Customer, to: LifecycleStage, data: Any = None) -> CustomerEntryForm:
    return CustomerEntryForm(data, instance=copy(customer), names=to.required_fields)


@transaction.atomic
def _fill_and_move(
    request: PersonRequest, customer: Customer, to: LifecycleStage, form: CustomerEntryForm
) -> LifecycleChange | None:
    if form.is_bound:
        customer.version = form.cleaned_data["version"]
        fill_in(customer, by=request.user, **form.values())
    return move_customer(customer, to=to, by=request.user)


def _ask(
    request: PersonRequest, customer: Customer, to: LifecycleStage, form: CustomerEntryForm
) -> HttpResponse:
    title = _("Before it enters “%(stage)s”") % {"stage": to.label}
    context = {"form": form, "customer": customer}
    return render_dialog(request, "crm/_enter_stage.html", context, title=title)


@require_POST
def undo_move(request: PersonRequest, pk: int) -> HttpResponse:
    change = _visible_change(request, pk)
    try:
        undo_last_move(change, by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    else:
        again = reverse("crm:restore_move", args=[pk])
        toasts.done(request, _("The move is withdrawn."), undo=again)
    return redirect("crm:customer", change.customer_id)


@require_POST
def restore(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a withdrawn move hold again, as long as the customer was not moved meanwhile."""
    change = _visible_change(request, pk)
    try:
        again = restore_move(change, by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    else:
        _tell(request, again)
    return redirect("crm:customer", change.customer_id)


def _visible_change(request: PersonRequest, pk: int) -> LifecycleChange:
    mine = Customer.objects.visible_to(request.user)
    return get_object_or_404(LifecycleChange.objects.filter(customer__in=mine), pk=pk)
