"""Approving a plan."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import toasts
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest
from planning.services.plans import NoEstimate, approve_plan
from planning.views.access import visible_plan


@require_POST
def approve(request: PageRequest, pk: int) -> HttpResponse:
    """Approve the saved plan as the person saw it, by the version in the body."""
    plan = visible_plan(request, pk)
    seen = request.POST.get("version", "")
    if seen.isdecimal():
        plan.version = int(seen)
    try:
        approve_plan(plan, by=request.user)
    except NoEstimate:
        toasts.refused(request, _("The rates of this pipeline have not been computed yet."))
    except StaleVersion as error:
        toasts.refused(request, str(error))
    else:
        toasts.done(request, _("Approved."))
    return redirect("planning:plan", pk)
