from copy import copy

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import admins_only
from accounts.forms import ClaimForm, InviteForm, PersonForm
from accounts.models import ApiKey, Invitation, User
from accounts.requests import PersonRequest
from accounts.services.invitations import claim_user, invite_again, invite_user
from core import toasts
from core.dialogs import render_dialog
from core.services import audit
from core.services.versions import changed_fields


@admins_only
def people(request: PersonRequest) -> HttpResponse:
    waiting = Invitation.objects.filter(user=OuterRef("pk"), accepted_at__isnull=True)
    accepted = Invitation.objects.filter(user=OuterRef("pk"), accepted_at__isnull=False)
    rows = User.objects.select_related("team").annotate(
        is_invited=Exists(waiting) & ~Exists(accepted)
    )
    context = {
        "people": rows.order_by("-is_active", "name", "id"),
        "keys": ApiKey.objects.select_related("user"),
        "new_key": request.session.pop("new_api_key", None),
    }
    return render(request, "accounts/people.html", context)


@admins_only
def invite(request: PersonRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = request.build_absolute_uri("/")
        try:
            sent = invite_user(by=request.user, base_url=address, **form.cleaned_data)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            toasts.done(request, _("%(email)s is invited.") % {"email": sent.email})
            return redirect("accounts:people")
    return render_dialog(
        request, "accounts/_invite.html", {"form": form}, title=_("Invite somebody")
    )


@admins_only
def claim(request: PersonRequest, pk: int) -> HttpResponse:
    """Give somebody whom an import named an email, so that the records have a living owner."""
    person = get_object_or_404(User.objects.filter(email__isnull=True), pk=pk)
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email, address = form.cleaned_data["email"], request.build_absolute_uri("/")
        try:
            claim_user(copy(person), email=email, by=request.user, base_url=address)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            toasts.done(request, _("%(email)s is invited.") % {"email": email})
            return redirect("accounts:people")
    context = {"form": form, "person": person}
    return render_dialog(request, "accounts/_claim.html", context, title=person.name)


@admins_only
@require_POST
def remind(request: PersonRequest, pk: int) -> HttpResponse:
    """Send the invitation once more."""
    person = get_object_or_404(User.objects.active(), pk=pk, email__isnull=False)
    sent = invite_again(person, by=request.user, base_url=request.build_absolute_uri("/"))
    toasts.done(request, _("%(email)s is invited.") % {"email": sent.email})
    return redirect("accounts:people")


@admins_only
def edit_person(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=copy(person), by=request.user)
    if request.method == "POST" and form.is_valid():
        changes = changed_fields(person, form.cleaned_data)
        form.save()
        audit.record("update", person, by=request.user, changes=changes)
        toasts.done(request, _("Saved."))
        return redirect("accounts:people")
    context = {"form": form, "person": person}
    return render_dialog(request, "accounts/_person.html", context, title=person.name)


def _add_errors(form: Form, error: ValidationError) -> None:
    """Beside the field where the form has it, above the form where not."""
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)
