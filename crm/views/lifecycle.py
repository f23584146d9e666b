from copy import copy

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
from crm.forms import AskedForm
from crm.known_fields import MissingFields, missing_fields
from crm.models import Customer, LifecycleChange, LifecycleStage
from crm.services.customers import update_customer
from crm.services.lifecycle import move_customer, undo_last_move


@require_POST
def move(request: PersonRequest, pk: int, stage: int) -> HttpResponse:
    """Move a customer on the ladder; what the stage asks for is asked in a dialog first."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    to = get_object_or_404(LifecycleStage, pk=stage)
    form = None
    if "version" in request.POST:
        names = missing_fields(customer, to.required_fields)
        form = AskedForm(request.POST, instance=copy(customer), names=names)
        if not form.is_valid():
            return _ask(request, customer, to, form)
    try:
        change = _fill_and_move(request, customer, to, form)
    except MissingFields as missing:
        asked = AskedForm(instance=copy(customer), names=missing.names)
        return _ask(request, customer, to, asked)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
        return redirect("crm:customer", pk)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
        return redirect("crm:customer", pk)
    if change:
        text = _("%(name)s is now %(stage)s.") % {"name": customer.name, "stage": to.label}
        toasts.done(request, text, undo=reverse("crm:undo_move", args=[change.pk]))
    return redirect("crm:customer", pk)


@transaction.atomic
def _fill_and_move(
    request: PersonRequest, customer: Customer, to: LifecycleStage, form: AskedForm | None
) -> LifecycleChange | None:
    if form is not None:
        customer.version = form.cleaned_data["version"]
        update_customer(customer, by=request.user, **form.values())
    return move_customer(customer, to=to, by=request.user)


def _ask(
    request: PersonRequest, customer: Customer, to: LifecycleStage, form: AskedForm
) -> HttpResponse:
    title = _("Before it enters “%(stage)s”") % {"stage": to.label}
    context = {"form": form, "customer": customer}
    return render_dialog(request, "crm/_enter_stage.html", context, title=title)


@require_POST
def undo_move(request: PersonRequest, pk: int) -> HttpResponse:
    mine = Customer.objects.visible_to(request.user)
    change = get_object_or_404(LifecycleChange.objects.filter(customer__in=mine), pk=pk)
    try:
        undo_last_move(change, by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    else:
        toasts.done(request, _("The move is withdrawn."))
    return redirect("crm:customer", change.customer_id)
