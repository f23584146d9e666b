"""The inbox: leads that wait for their first response, and those that had it."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import managers_only
from accounts.models import User
from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import stay
from core.api.csv import streamed_csv
from core.dialogs import leave_dialog, render_dialog
from core.once import once
from core.services.versions import StaleVersion
from crm.lead_forms import AssignForm, InboxFilterForm, LeadForm
from crm.lead_reads import inbox as inbox_rows
from crm.lead_reads import inbox_page, table_rows
from crm.models import Customer, Lead
from crm.response_words import shown_figures
from crm.services.leads import assign_lead, create_lead, put_back_lead, take_lead

MOST_ROWS = 100_000


def inbox(request: PersonRequest) -> HttpResponse:
    """Who waits for us, and how long still? How fast were we this month?"""
    form = InboxFilterForm(request.GET)
    filters, at = form.filters(), clock.now()
    page, rows = inbox_page(request.user, filters, at=at)
    context = {"form": form, "filters": filters, "page": page, "rows": rows, "at": at}
    if request.htmx.target == "leads":
        return render(request, "crm/_leads.html", context)
    return render(request, "crm/inbox.html", context | shown_figures(request.user))


def leads_csv(request: PersonRequest) -> HttpResponseBase:
    """The leads that the address asks for, as a table."""
    filters = InboxFilterForm(request.GET).filters()
    leads = inbox_rows(request.user, filters)[: MOST_ROWS + 1].iterator(2_000)
    rows = table_rows(leads, at=clock.now())
    return streamed_csv(rows, name="leads.csv", most=MOST_ROWS)


@once
def new_lead(request: PersonRequest) -> HttpResponse:
    form = LeadForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        lead = create_lead(by=request.user, **form.values())
        return leave_dialog(request, _said_of(lead.customer), to=_address_after(request, lead))
    return render_dialog(request, "crm/_lead_new.html", {"form": form}, title=_("New lead"))


def _said_of(customer: Customer) -> str:
    if customer.owner is None:
        return _("%(name)s waits in the inbox; nobody has it yet.") % {"name": customer.name}
    names = {"name": customer.name, "person": customer.owner}
    return _("%(name)s waits for %(person)s.") % names


def _address_after(request: PersonRequest, lead: Lead) -> str:
    mine = lead.customer.owner_id == request.user.pk
    return reverse("crm:customer", args=[lead.customer_id]) if mine else reverse("crm:inbox")


@require_POST
def take(request: PersonRequest, pk: int) -> HttpResponse:
    lead = _visible(request, pk)
    try:
        take_lead(lead, by=request.user)
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, _words(error))
    else:
        undo = reverse("crm:put_back_lead", args=[pk])
        toasts.done(request, _("%(name)s is yours.") % {"name": lead.customer.name}, undo=undo)
    return stay(request)


@require_POST
def put_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo taking a lead."""
    try:
        put_back_lead(_visible(request, pk), by=request.user)
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, _words(error))
    return stay(request)


@managers_only
def assign(request: PersonRequest, pk: int) -> HttpResponse:
    """Give a lead to somebody; the address may name the ``owner``, as undoing does."""
    lead = _visible(request, pk)
    before: User | None = lead.customer.owner
    named = request.POST if "owner" in request.POST else request.GET
    data = named if request.method == "POST" else None
    form = AssignForm(data, user=request.user, initial={"owner": before})
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["owner"]
        try:
            assign_lead(lead, to=to, by=request.user)
        except (ValidationError, StaleVersion) as error:
            toasts.refused(request, _words(error))
        else:
            undo = f"{reverse('crm:assign_lead', args=[pk])}?owner={before.pk if before else ''}"
            toasts.done(request, _said_of(lead.customer), undo=undo)
        return redirect("crm:inbox")
    title = _("Assign %(name)s") % {"name": lead.customer.name}
    return render_dialog(
        request, "crm/_lead_assign.html", {"form": form, "lead": lead}, title=title
    )


def _visible(request: PersonRequest, pk: int) -> Lead:
    rows = Lead.objects.visible_to(request.user).current().select_related("customer__owner")
    return get_object_or_404(rows, pk=pk)


def _words(error: Exception) -> str:
    return " ".join(getattr(error, "messages", [str(error)]))
