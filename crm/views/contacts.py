from copy import copy

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import toasts
from core.conflicts import merge_stale
from core.dialogs import leave_dialog, render_dialog
from core.once import once
from core.services.versions import StaleVersion
from crm.forms import ContactForm
from crm.models import Contact
from crm.services.contacts import archive_contact, create_contact, restore_contact, update_contact
from crm.views.asked import asked_customer


@once
def new_contact(request: PersonRequest) -> HttpResponse:
    initial = {"customer": asked_customer(request)}
    form = ContactForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        contact = create_contact(form.cleaned_data["customer"], by=request.user, **form.values())
        text = _("%(name)s is added.") % {"name": contact.name}
        return leave_dialog(request, text, to=reverse("crm:customer", args=[contact.customer_id]))
    return render_dialog(request, "crm/_contact_form.html", {"form": form}, title=_("New contact"))


def edit_contact(request: PersonRequest, pk: int) -> HttpResponse:
    contact = _visible(request, pk)
    form = ContactForm(request.POST or None, instance=copy(contact), user=request.user)
    others = []
    if request.method == "POST" and form.is_valid():
        contact.version = form.cleaned_data["version"] or contact.version
        try:
            update_contact(contact, by=request.user, **form.values())
        except StaleVersion:
            others = merge_stale(form, Contact.objects.get(pk=pk), contact.version)
        else:
            toasts.done(request, _("Saved."))
            return redirect("crm:customer", contact.customer_id)
    context = {"form": form, "contact": contact, "others": others}
    return render_dialog(request, "crm/_contact_form.html", context, title=contact.name)


@require_POST
def archive(request: PersonRequest, pk: int) -> HttpResponse:
    contact = _visible(request, pk)
    try:
        archive_contact(contact, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        text = _("%(name)s is archived.") % {"name": contact.name}
        toasts.done(request, text, undo=reverse("crm:restore_contact", args=[pk]))
    return redirect("crm:customer", contact.customer_id)


@require_POST
def restore(request: PersonRequest, pk: int) -> HttpResponse:
    contact = _visible(request, pk)
    try:
        restore_contact(contact, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        toasts.done(request, _("%(name)s is back.") % {"name": contact.name})
    return redirect("crm:customer", contact.customer_id)


def _visible(request: PersonRequest, pk: int) -> Contact:
    return get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
