"""Who is in a campaign, and how they answered."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import managers_only
from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import here
from core.services.versions import StaleVersion
from core.templatetags.figures import number
from crm.campaign_reads import candidates
from crm.forms import CustomerFilterForm
from crm.models import Campaign, CampaignMember
from crm.services import campaigns as services

SHOWN = 20
MOST_AT_ONCE = 10_000


@managers_only
def add_members(request: PersonRequest, pk: int) -> HttpResponse:
    """Customers by the filters of their list; a POST invites all of them."""
    campaign = _visible(request, pk)
    form = CustomerFilterForm(request.POST or request.GET, user=request.user)
    filters = form.filters() | {"archived": False}
    found = candidates(campaign, request.user, filters)
    if request.method == "POST":
        return _add(request, campaign, found)
    context = {
        "campaign": campaign,
        "form": form,
        "filters": filters,
        "total": found.count(),
        "most": MOST_AT_ONCE,
        "customers": found.order_by("name", "id")[:SHOWN],
    }
    whole = "crm/campaign_add_members.html"
    return render(request, "crm/_campaign_candidates.html" if request.htmx else whole, context)


def _add(request: PersonRequest, campaign: Campaign, found: Any) -> HttpResponse:
    if found.count() > MOST_AT_ONCE:
        message = _("At most %(most)s customers can be added at once: filter them further.")
        toasts.refused(request, message % {"most": number(MOST_AT_ONCE)})
        return redirect(here(request))
    at = clock.now()
    added = services.add_members(campaign, found, by=request.user, at=at)
    said = ngettext("%(n)s customer is added.", "%(n)s customers are added.", added)
    undo = reverse("crm:take_out_members", args=[campaign.pk, at.isoformat()])
    toasts.done(request, said % {"n": number(added)}, undo=undo if added else "")
    return redirect("crm:campaign", campaign.pk)


@managers_only
@require_POST
def take_out_members(request: PersonRequest, pk: int, added: str) -> HttpResponse:
    """Take back one adding; who has answered since stays."""
    campaign = _visible(request, pk)
    taken = services.take_out_members(campaign, added_at=_instant(added), by=request.user)
    said = ngettext("%(n)s customer is taken out.", "%(n)s customers are taken out.", taken)
    toasts.done(request, said % {"n": number(taken)})
    return redirect("crm:campaign", pk)


@require_POST
def answer(request: PersonRequest, pk: int, member: int, status: str) -> HttpResponse:
    """Note how a customer answered; everybody may who sees the customer."""
    found = _member(request, pk, member)
    if status not in CampaignMember.Status.values:
        raise Http404
    before = found.status
    try:
        services.update_member(found, by=request.user, status=status)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        said = _("%(name)s: %(answer)s.")
        names = {"name": found.customer.name, "answer": found.get_status_display()}
        undo = reverse("crm:answer_campaign", args=[pk, member, before])
        toasts.done(request, said % names, undo=undo)
    return redirect(here(request))


@managers_only
@require_POST
def remove_member(request: PersonRequest, pk: int, member: int) -> HttpResponse:
    found = _member(request, pk, member)
    try:
        services.remove_member(found, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        toasts.done(request, _("%(name)s is taken out.") % {"name": found.customer.name})
    return redirect(here(request))


def _visible(request: PersonRequest, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)


def _member(request: PersonRequest, campaign: int, pk: int) -> CampaignMember:
    rows = CampaignMember.objects.visible_to(request.user).select_related("customer")
    return get_object_or_404(rows, campaign=campaign, pk=pk)


def _instant(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Http404
    return found
