"""Who may plan."""

from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from pipeline.views.requests import PageRequest
from planning.models import Assumption, Plan


def planner(request: PageRequest) -> User:
    """The person, who must be allowed to plan; to others the page does not exist."""
    if not request.user.is_manager:
        raise Http404
    return request.user


def visible_plan(request: PageRequest, pk: int) -> Plan:
    """A plan with what it assumes; 404 for a missing and a forbidden one alike."""
    plans = Plan.objects.visible_to(planner(request)).select_related("pipeline", "estimate", "team")
    told = Prefetch("assumptions", Assumption.objects.told())
    # The curves are many, and are read once for all (see known_funnel).
    plans = plans.defer("estimate__law")
    return get_object_or_404(plans.prefetch_related(told), pk=pk)
