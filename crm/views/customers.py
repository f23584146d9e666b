from copy import copy
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.requests import PersonRequest
from core import clock, toasts
from core.conflicts import merge_stale
from core.dialogs import leave_dialog, render_dialog
from core.once import once
from core.pages import start_of
from core.services.versions import StaleVersion
from core.views.search import SearchForm
from crm import giving, selectors
from crm.activity_forms import ActivityForm
from crm.finders import found_customers
from crm.forms import CustomerFilterForm, CustomerForm, NewCustomerForm
from crm.lead_reads import lead_of
from crm.merge_reads import survivor_of, young_merges
from crm.models import Activity, Contact, Customer, LadderPosition
from crm.models.customers import Along
from crm.next_steps import due_first
from crm.playbook import play_of_customer
from crm.services.customers import (
    archive_customer,
    create_customer,
    restore_customer,
    update_customer,
)
from crm.services.merges import may_merge
from crm.timeline import SHOWN, timeline

OPTIONS_SHOWN = 8


def customers(request: PersonRequest) -> HttpResponse:
    form = CustomerFilterForm(request.GET, user=request.user)
    filters = form.filters()
    page = selectors.customer_page(request.user, filters)
    context = {"form": form, "filters": filters, "page": page, "at": clock.now()}
    template = "crm/_customers.html" if request.htmx else "crm/customers.html"
    return render(request, template, context)


def customer(request: PersonRequest, pk: int) -> HttpResponse:
    try:
        found = _visible(request, pk)
    except Http404:
        if survivor := survivor_of(request.user, pk):
            return redirect("crm:customer", survivor.pk)
        raise
    if request.htmx.target == "older-entries":
        return render(request, "crm/_timeline_entries.html", _timeline_part(request, found))
    return render(request, "crm/customer.html", _customer_context(request, found))


@once
def new_customer(request: PersonRequest) -> HttpResponse:
    # What was searched for in vain is the name to begin with.
    initial = {"name": request.GET.get("name", "")[:200]}
    form = NewCustomerForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        created = create_customer(by=request.user, **form.values())
        text = _("%(name)s is on the books.") % {"name": created.name}
        return leave_dialog(request, text, to=_address_after(request, created.pk))
    return render_dialog(request, "crm/_customer_new.html", {"form": form}, title=_("New customer"))


def edit_customer(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    # The form writes into its instance; the service compares with what is stored.
    form = CustomerForm(request.POST or None, instance=copy(found), user=request.user)
    others: list[Any] = []
    if request.method == "POST" and form.is_valid():
        giver, seen = found.owner, giving.going_along(found, request.user)
        found.version = form.cleaned_data["version"] or found.version
        try:
            update_customer(found, by=request.user, **form.values())
        except StaleVersion:
            others = merge_stale(form, Customer.objects.get(pk=pk), found.version)
        else:
            _tell_saved(request, found, giver, seen)
            return redirect(_address_after(request, pk))
    stored = _visible(request, pk)
    context = {
        "form": form,
        "customer": stored,
        "others": others,
        "along": _along_to(request, stored, form["owner"].value()),
    }
    return render(request, "crm/customer_edit.html", context)


def _tell_saved(request: PersonRequest, saved: Customer, giver: User | None, seen: Along) -> None:
    """Where its owner was changed, with what went along, and how to take that back."""
    if saved.given is None:
        toasts.done(request, _("Saved."))
        return
    words = giving.words_after(saved.given.along, seen, giver)
    toasts.done(request, f"{_('Saved.')} {words}".strip(), undo=saved.given.undo)


@require_GET
def going_along(request: PersonRequest, pk: int) -> HttpResponse:
    """What goes along where the customer is given to the ``owner`` who was chosen."""
    found = _visible(request, pk)
    return HttpResponse(escape(_along_to(request, found, request.GET.get("owner"))))


def _along_to(request: PersonRequest, found: Customer, owner: Any) -> str:
    chosen = str(owner or "")
    is_same = chosen == str(found.owner_id or "")
    return "" if is_same else giving.words_before(found, request.user)


@require_POST
def archive(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    try:
        archive_customer(found, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
        return redirect("crm:customer", pk)
    text = _("%(name)s is archived, its open deals with it.") % {"name": found.name}
    toasts.done(request, text, undo=reverse("crm:restore_customer", args=[pk]))
    return redirect("crm:customers")


@require_POST
def restore(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    try:
        restore_customer(found, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        toasts.done(request, _("%(name)s is back.") % {"name": found.name})
    return redirect("crm:customer", pk)


def customer_options(request: PersonRequest) -> HttpResponse:
    """The options of a picker: the visible customers that match ``?q=``."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    rows = found_customers(request.user, text, OPTIONS_SHOWN)
    return render(request, "crm/_customer_options.html", {"rows": rows})


def _address_after(request: PersonRequest, pk: int) -> str:
    """The customer's page; the list for whoever gave the customer away."""
    if Customer.objects.visible_to(request.user).filter(pk=pk).exists():
        return reverse("crm:customer", args=[pk])
    return reverse("crm:customers")


def _visible(request: PersonRequest, pk: int) -> Customer:
    rows = Customer.objects.visible_to(request.user).select_related("owner", "source", "parent")
    return get_object_or_404(rows, pk=pk)


def _customer_context(request: PersonRequest, found: Customer) -> dict[str, Any]:
    at = clock.now()
    here = LadderPosition.objects.filter(customer=found, ladder__is_default=True)
    position = here.select_related("stage__play").first()
    contacts = Contact.objects.filter(customer=found)
    planned = due_first(Activity.objects.filter(customer=found)).select_related("owner")
    return {
        "customer": found,
        "at": at,
        "position": position,
        "lead": None if found.archived_at else lead_of(found, request.user),
        "play": play_of_customer(found, position.stage if position else None, request.user),
        "stages": selectors.ladder_stages(),
        "contacts": list(contacts.current()),
        "archived_contacts": contacts.archived(),
        # The first of them stands at the top of the page.
        "open_activities": planned[1:],
        "activity_form": ActivityForm(user=request.user, initial={"customer": found}),
        "address": f"{reverse('crm:new_activity')}?customer={found.pk}",
        "purchases": selectors.bought_by(found),
        "merges": young_merges(found, at=at),
        "may_merge": found.archived_at is None and may_merge(request.user, [found]),
        **_timeline_part(request, found),
    }


def _timeline_part(request: PersonRequest, found: Customer) -> dict[str, Any]:
    start = start_of(request, "older")
    entries, has_older = timeline(found, user=request.user, start=start)
    return {"entries": entries, "older": start + SHOWN if has_older else None}
