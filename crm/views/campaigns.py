"""Campaigns: what a lead costs, what each campaign brought, and its plan and end."""

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.access import managers_only
from accounts.requests import PersonRequest
from core import clock, toasts
from core.conflicts import merge_stale
from core.dialogs import render_dialog
from core.money import MissingExchangeRate
from core.once import once
from core.services.versions import StaleVersion
from crm import campaign_reads as reads
from crm.campaign_figures import SourceCosts, campaign_figures, source_costs
from crm.campaign_forms import (
    CampaignFilterForm,
    CampaignForm,
    CostForm,
    MemberFilterForm,
    NewCampaignForm,
)
from crm.models import Campaign
from crm.services import campaigns as services

# The verb in the address: the service, and what is said.
VERBS = {
    "start": (services.start_campaign, gettext_lazy("%(name)s has begun.")),
    "finish": (services.finish_campaign, gettext_lazy("%(name)s is finished.")),
    "postpone": (services.postpone_campaign, gettext_lazy("%(name)s is a plan again.")),
    "archive": (services.archive_campaign, gettext_lazy("%(name)s is archived.")),
    "restore": (services.restore_campaign, gettext_lazy("%(name)s is back.")),
}
# The verb that leads back to where a campaign stood.
BACK = {"planned": "postpone", "running": "start", "done": "finish"}
OPPOSITES = {"archive": "restore", "restore": "archive"}


def campaigns(request: PersonRequest) -> HttpResponse:
    """What does a lead cost by channel, and what did each campaign bring?"""
    form = CampaignFilterForm(request.GET)
    filters = form.filters()
    page, rows = reads.campaign_page(request.user, filters)
    context = {"form": form, "filters": filters, "page": page, "rows": rows}
    if request.htmx.target == "campaigns":
        return render(request, "crm/_campaigns.html", context)
    return render(request, "crm/campaigns.html", context | _costs(request))


def _costs(request: PersonRequest) -> dict[str, Any]:
    """The channels' costs in the period that the address names."""
    choices = reads.periods(clock.today())
    asked = request.GET.get("period", "")
    period = next((each for each in choices if each.key == asked), choices[0])
    found: dict[str, Any] = {"periods": choices, "period": period}
    try:
        costs: SourceCosts = source_costs(period.since, period.before)
    except MissingExchangeRate as missing:
        return found | {"missing_rate": str(missing)}
    return found | {"costs": costs, "extremes": reads.extremes(costs)}


def campaign(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    form = MemberFilterForm(request.GET)
    filters = form.filters()
    members = reads.members_of(found, request.user, filters)
    context = {"campaign": found, "form": form, "filters": filters, "members": members}
    if request.htmx.target == "members":
        return render(request, "crm/_campaign_members.html", context)
    context |= {"figures": campaign_figures([found])[found.pk], "today": clock.today()}
    return render(request, "crm/campaign.html", context)


@managers_only
@once
def new_campaign(request: PersonRequest) -> HttpResponse:
    form = NewCampaignForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = services.plan_campaign(by=request.user, **form.values())
        toasts.done(request, _("%(name)s is planned.") % {"name": made.name})
        return redirect("crm:campaign", made.pk)
    return render_dialog(request, "crm/_campaign_new.html", {"form": form}, title=_("New campaign"))


@managers_only
def edit_campaign(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    form = CampaignForm(request.POST or None, instance=copy(found), user=request.user)
    others: list[Any] = []
    if request.method == "POST" and form.is_valid():
        found.version = form.cleaned_data["version"] or found.version
        try:
            services.update_campaign(found, by=request.user, **form.values())
        except StaleVersion:
            others = merge_stale(form, Campaign.objects.get(pk=pk), found.version)
        else:
            toasts.done(request, _("Saved."))
            return redirect("crm:campaign", pk)
    context = {"form": form, "campaign": _visible(request, pk), "others": others}
    return render(request, "crm/campaign_edit.html", context)


@managers_only
@require_POST
def act(request: PersonRequest, pk: int, verb: str) -> HttpResponse:
    """Start, finish, postpone, archive or restore."""
    if verb not in VERBS:
        raise Http404
    service, said = VERBS[verb]
    found = _visible(request, pk)
    back = OPPOSITES.get(verb, BACK[found.status])
    try:
        service(found, by=request.user)
    except (StaleVersion, ValidationError) as error:
        toasts.refused(request, " ".join(getattr(error, "messages", [str(error)])))
    else:
        undo = reverse("crm:act_on_campaign", args=[pk, back])
        toasts.done(request, said % {"name": found.label}, undo=undo)
    return redirect("crm:campaign", pk)


@managers_only
def record_cost(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    initial = {"actual_cost": found.actual_cost, "version": found.version}
    form = CostForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        found.version = form.cleaned_data["version"]
        try:
            services.record_cost(found, by=request.user, amount=form.cleaned_data["actual_cost"])
        except StaleVersion as stale:
            toasts.refused(request, str(stale))
        else:
            toasts.done(request, _("Saved."))
        return redirect("crm:campaign", pk)
    context = {"form": form, "campaign": found}
    return render_dialog(request, "crm/_campaign_cost.html", context, title=_("Record the cost"))


def _visible(request: PersonRequest, pk: int) -> Campaign:
    rows = Campaign.objects.visible_to(request.user).with_counts()
    return get_object_or_404(rows.select_related("source", "owner"), pk=pk)
