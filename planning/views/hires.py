"""Hires that a plan means to make: taken over from its solve, and taken back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import toasts
from core.templatetags.figures import number
from pipeline.views.requests import PageRequest
from planning.models import Plan, Staff
from planning.services.hires import drop_hire, take_over_hires
from planning.views.access import planner


@require_POST
def take_over(request: PageRequest, pk: int) -> HttpResponse:
    """Count the hires that the solve proposes as decided."""
    plan = get_object_or_404(Plan.objects.visible_to(planner(request)), pk=pk)
    made = sum(hire.headcount for hire in take_over_hires(plan, by=request.user))
    if made:
        text = ngettext("%(n)s hire is planned.", "%(n)s hires are planned.", made)
        toasts.done(request, text % {"n": number(made)})
    else:
        toasts.refused(request, _("The plan proposes no hire of a whole person."))
    return redirect("planning:plan", pk)


@require_POST
def drop(request: PageRequest, pk: int, hire: int) -> HttpResponse:
    """Take a planned hire back."""
    plan = get_object_or_404(Plan.objects.visible_to(planner(request)), pk=pk)
    found = get_object_or_404(Staff.objects.filter(plan=plan), pk=hire)
    name = str(found)
    drop_hire(found, by=request.user)
    toasts.done(request, _("%(name)s is no longer planned.") % {"name": name})
    return redirect("planning:plan", pk)
