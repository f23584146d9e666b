"""Approving a plan, and taking the approval back."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import toasts
from core.api.fields import id_of
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest
from planning.models import Plan
from planning.services.plans import NoEstimate, approve_plan
from planning.services.plans import take_approval_back as take_back
from planning.views.access import visible_plan


@require_POST
def approve(request: PageRequest, pk: int) -> HttpResponse:
    """Approve the saved plan as the person saw it, by the version in the body."""
    plan = _as_seen(request, pk)
    try:
        approve_plan(plan, by=request.user)
    except NoEstimate:
        toasts.refused(request, _("The rates of this pipeline have not been computed yet."))
    except StaleVersion as error:
        toasts.refused(request, str(error))
    else:
        undo = reverse("planning:take_approval_back", args=[plan.pk])
        toasts.done(request, _("Approved."), undo=undo)
    return redirect("planning:plan", pk)


@require_POST
def take_approval_back(request: PageRequest, pk: int) -> HttpResponse:
    """Make the approved plan a draft again, as the person saw it."""
    plan = _as_seen(request, pk)
    was_approved = plan.status == Plan.Status.APPROVED
    try:
        take_back(plan, by=request.user)
    except StaleVersion as error:
        toasts.refused(request, str(error))
    else:
        if was_approved:
            undo = reverse("planning:approve_plan", args=[plan.pk])
            toasts.done(
                request, _("The approval was taken back: this is a draft again."), undo=undo
            )
        else:
            toasts.refused(request, _("This plan is a draft already."))
    return redirect("planning:plan", pk)


def _as_seen(request: PageRequest, pk: int) -> Plan:
    """The plan of the version in the body, or as it is stored where none is sent."""
    plan = visible_plan(request, pk)
    seen = id_of(request.POST.get("version", ""))
    plan.version = seen or plan.version
    return plan
