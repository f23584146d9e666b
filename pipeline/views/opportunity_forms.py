"""Making and changing deals."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from core import toasts
from core.dialogs import leave_dialog
from core.services.versions import StaleVersion
from crm.models import Customer
from crm.services.customers import create_customer
from pipeline.forms import EditDealForm, NewDealForm
from pipeline.models import Opportunity
from pipeline.services.opportunities import create_opportunity, update_opportunity
from pipeline.views.opportunities import deal_answer
from pipeline.views.requests import (
    PageRequest,
    add_errors,
    named_pipeline,
    pipelines,
    visible_deal,
)


def create(request: PageRequest) -> HttpResponse:
    """A form for a new deal, in a dialog or on a page of its own."""
    if not pipelines():
        page = "pipeline/_no_pipeline.html" if request.htmx else "pipeline/no_pipeline.html"
        return render(request, page, {"title": _("New deal")})
    form = NewDealForm(request.POST or None, initial=_defaults(request), user=request.user)
    deal = _created(form) if form.is_valid() else None
    if deal is not None:
        text = _("%(deal)s was added.") % {"deal": deal.name}
        return leave_dialog(request, text, to=_back_to(request, deal))
    template = "pipeline/_new_opportunity.html" if request.htmx else "pipeline/new_opportunity.html"
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form}, status=status)


def _defaults(request: PageRequest) -> dict[str, Any]:
    """The first pipeline, and the customer or stage that the address names."""
    defaults: dict[str, Any] = {"pipeline": named_pipeline(request, pipelines())}
    stage, named = request.GET.get("stage", ""), request.GET.get("customer", "")
    defaults |= {"stage": int(stage)} if stage.isdecimal() else {}
    visible = Customer.objects.visible_to(request.user).current()
    customer = visible.filter(pk=int(named)).first() if named.isdecimal() else None
    if customer is None:
        return defaults
    known = {"customer": customer.pk, "customer_name": customer.name, "source": customer.source_id}
    return defaults | known


def _back_to(request: PageRequest, deal: Opportunity) -> str:
    """The board that the deal was added from, with its filters, else the deal."""
    here = request.htmx.current_url_abs_path or ""
    board = reverse("pipeline:board")
    return here if here.partition("?")[0] == board else deal_address(deal)


def deal_address(deal: Opportunity) -> str:
    return reverse("pipeline:opportunity", args=[deal.pk])


def _created(form: NewDealForm) -> Opportunity | None:
    """The new deal, with its new customer where one was asked for; errors go to the form."""
    data = dict(form.cleaned_data)
    name, _asked = data.pop("customer_name"), data.pop("create_customer")
    known = {field: data.pop(f"customer_{field}") for field in ("phone", "website")}
    data["currency"] = data["currency"] or data["pipeline"].currency
    try:
        with transaction.atomic():
            if data["customer"] is None:
                owner, source = form.user, data["source"]
                customer = create_customer(by=owner, name=name, owner=owner, source=source, **known)
                data["customer"] = customer
            return create_opportunity(by=form.user, **data)
    except ValidationError as error:
        add_errors(form, error)
        return None


def edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change what is known of a deal; a stale form shows what the other changed and keeps ours."""
    deal = visible_deal(request, pk)
    form = EditDealForm(request.POST or None, instance=deal, user=request.user)
    if form.is_valid() and _saved(form, request):
        toasts.done(request, _("Saved."))
        answer = deal_answer(request, visible_deal(request, pk))
        # Closing earlier would take the form out of the page, and htmx with it its bearings.
        return trigger_client_event(answer, "closeDialog", after="swap")
    template = "_edit_opportunity.html" if request.htmx else "edit_opportunity.html"
    status = 422 if form.is_bound else 200
    return render(request, f"pipeline/{template}", {"form": form, "deal": deal}, status=status)


def _saved(form: EditDealForm, request: PageRequest) -> bool:
    data = dict(form.cleaned_data)
    deal = visible_deal(request, form.instance.pk)
    deal.version = data.pop("version")
    try:
        update_opportunity(deal, by=request.user, **data)
    except StaleVersion as error:
        _show_other_change(form, str(error))
    except ValidationError as error:
        add_errors(form, error)
    return not form.errors


def _show_other_change(form: EditDealForm, sentence: str) -> None:
    """Keep what was typed, name what is stored now, and let a second save go through."""
    stored = form.instance
    differing = [name for name in form.changed_data if name != "version"]
    form.add_error(None, sentence)
    for name in differing:
        value = getattr(stored, name)
        shown = "–" if value in (None, "") else value
        form.add_error(name, _("Stored now: %(value)s") % {"value": shown})
    form.data = {**form.data.dict(), "version": str(stored.version)}  # type: ignore[attr-defined]
