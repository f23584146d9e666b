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
from core.api.fields import id_of
from core.dialogs import leave_dialog
from core.once import made, once
from core.services.versions import StaleVersion
from crm.known_fields import MissingFields
from crm.models import Customer
from pipeline.entry_forms import OpeningEntry
from pipeline.forms import EditDealForm, NewDealForm
from pipeline.models import Opportunity, Pipeline, Stage
from pipeline.services.entries import open_deal
from pipeline.services.opportunities import first_stage, update_opportunity
from pipeline.views.opportunities import deal_answer
from pipeline.views.requests import (
    PageRequest,
    add_errors,
    named_pipeline,
    pipelines,
    visible_deal,
)

NEW_CUSTOMER = {
    "customer.phone": "customer_phone",
    "customer.website": "customer_website",
    "customer.source": "source",
}
"""Where it is typed what a stage asks for of a customer who is made with the deal."""

DEAL_FIELDS = (*NewDealForm.Meta.fields, "pipeline", "stage")


@once
def create(request: PageRequest) -> HttpResponse:
    """A form for a new deal, in a dialog or on a page of its own."""
    if not pipelines():
        page = "pipeline/_no_pipeline.html" if request.htmx else "pipeline/no_pipeline.html"
        return render(request, page, {"title": _("New deal")})
    form = NewDealForm(request.POST or None, initial=_defaults(request), user=request.user)
    form.is_valid()
    asked = _asked(request, form)
    is_told = asked is None or asked.is_valid()
    deal = _created(form, asked) if form.is_valid() and is_told else None
    if deal is not None:
        text = _("%(deal)s was added.") % {"deal": deal.name}
        return made(leave_dialog(request, text, to=_back_to(request, deal)), at=deal_address(deal))
    template = "pipeline/_new_opportunity.html" if request.htmx else "pipeline/new_opportunity.html"
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, "asked": asked}, status=status)


def _asked(request: PageRequest, form: NewDealForm) -> OpeningEntry | None:
    """What the deal's stage asks for besides of it and of its customer, known or made; None for
    nothing."""
    customer, pipeline, stage = _chosen(form)
    stage = stage or (first_stage(pipeline) if pipeline else None)
    if customer is None or stage is None:
        return None
    if customer.pk is None:
        _check_typed(form, stage)
    asked = OpeningEntry(request.POST or None, customer=customer, stage=stage)
    return asked if asked.forms else None


def _check_typed(form: NewDealForm, stage: Stage) -> None:
    """What the stage asks for of a new customer and the form has fields for is said at once."""
    wanted = [name for name in NEW_CUSTOMER if name in stage.required_fields]
    missing = [name for name in wanted if not form.cleaned_data.get(NEW_CUSTOMER[name])]
    if missing:
        add_errors(form, MissingFields(stage, missing), shown_as=NEW_CUSTOMER)


def _chosen(form: NewDealForm) -> tuple[Customer | None, Pipeline | None, Stage | None]:
    """Customer, pipeline and stage as far as they are known; a customer who is made has no key."""
    if not form.is_bound:
        told = form.initial
        key = told.get("customer")
        known = Customer.objects.filter(pk=key).first() if key else None
        pipeline, at = told["pipeline"], told.get("stage")
        stages = Stage.objects.current().filter(pipeline=pipeline, pk=at or 0)
        return known, pipeline, stages.first()
    data = form.cleaned_data
    customer = data.get("customer") or None
    if customer is None and data.get("create_customer") and data.get("customer_name"):
        customer = Customer(name=data["customer_name"])
    return customer, data.get("pipeline"), data.get("stage")


def _defaults(request: PageRequest) -> dict[str, Any]:
    """The first pipeline, and the customer or stage that the address names."""
    defaults: dict[str, Any] = {"pipeline": named_pipeline(request, pipelines())}
    stage, named = (id_of(request.GET.get(name, "")) for name in ("stage", "customer"))
    defaults |= {"stage": stage} if stage else {}
    visible = Customer.objects.visible_to(request.user).current()
    customer = visible.filter(pk=named).first() if named else None
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


def _created(form: NewDealForm, asked: OpeningEntry | None) -> Opportunity | None:
    """The new deal, with its new customer where one was asked for, and with what its stage asked
    for besides; errors go to the forms."""
    data = {name: form.cleaned_data[name] for name in DEAL_FIELDS}
    data["currency"] = data["currency"] or data["pipeline"].currency
    data["stage"] = data["stage"] or first_stage(data["pipeline"])
    is_new = form.cleaned_data["customer"] is None
    of_customer = asked.of_customer if asked else None
    if asked and asked.of_deal:
        data |= asked.of_deal.values()
    try:
        with transaction.atomic():
            customer = form.customer_or_new(source=data["source"])
            if of_customer and not is_new:
                customer.version = of_customer.cleaned_data["version"]
            told = of_customer.values() if of_customer else None
            return open_deal(customer=customer, of_customer=told, by=form.user, **data)
    except StaleVersion as error:
        if of_customer:
            of_customer.overtaken(Customer.objects.get(pk=form.cleaned_data["customer"].pk))
        else:
            form.add_error(None, str(error))
    except ValidationError as error:
        add_errors(form, error, shown_as=NEW_CUSTOMER if is_new else {})
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
