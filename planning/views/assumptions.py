"""What a plan assumes, beside what history says of it."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import toasts
from core.api.fields import id_of
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from pipeline.views.requests import PageRequest
from planning.levers import Lever, key_of, levers_of
from planning.models import Assumption, Plan
from planning.services.assumptions import drop_assumption
from planning.solving import funnel_of
from planning.views.access import visible_plan


@dataclass(frozen=True)
class AssumedRow:
    """An assumption, with what history says where the plan's rates know of it."""

    made: Assumption
    lever: Lever | None

    @property
    def key(self) -> str:
        return key_of(self.made.kind, self.made.row)


def assumed_rows(plan: Plan) -> list[AssumedRow]:
    """The plan's assumptions by the rates that it was solved with."""
    made = list(plan.assumptions.all())
    levers = {lever.key: lever for lever in plan_levers(plan)} if made else {}
    return [AssumedRow(each, levers.get(key_of(each.kind, each.row))) for each in made]


def plan_levers(plan: Plan) -> list[Lever]:
    """What can be assumed of a plan; nothing while no rates are known."""
    if plan.estimate is None:
        return []
    try:
        funnel = funnel_of(plan, plan.estimate)
    except MissingExchangeRate:
        return []
    return levers_of(funnel, plan.estimate, plan.assumptions.all(), currency=plan.currency)


@require_POST
def drop(request: PageRequest, pk: int) -> HttpResponse:
    """Take one assumption back."""
    plan = visible_plan(request, pk)
    made = _named(plan, request.POST.get("what", ""))
    plan.version = id_of(request.POST.get("version", "")) or plan.version
    try:
        drop_assumption(plan, by=request.user, kind=made.kind, stage=made.row)
    except (StaleVersion, MissingExchangeRate) as error:
        toasts.refused(request, str(error))
    else:
        toasts.done(request, _("Taken back: %(what)s is as in history.") % {"what": made.name})
    return redirect("planning:plan", pk)


def _named(plan: Plan, key: str) -> Assumption:
    for each in plan.assumptions.all():
        if key_of(each.kind, each.row) == key:
            return each
    raise Http404
