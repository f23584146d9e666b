from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import toasts
from crm.models import Customer, LifecycleChange, LifecycleStage
from crm.services.lifecycle import move_customer, undo_last_move


@require_POST
def move(request: PersonRequest, pk: int, stage: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    to = get_object_or_404(LifecycleStage, pk=stage)
    try:
        change = move_customer(customer, to=to, by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
        return redirect("crm:customer", pk)
    if change:
        text = _("%(name)s is now %(stage)s.") % {"name": customer.name, "stage": to.label}
        toasts.done(request, text, undo=reverse("crm:undo_move", args=[change.pk]))
    return redirect("crm:customer", pk)


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
