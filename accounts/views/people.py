from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import admins_only
from accounts.forms import ClaimForm, InviteForm, PersonForm
from accounts.models import ApiKey, Invitation, User
from accounts.requests import PersonRequest
from accounts.services.invitations import claim_user, invite_again, invite_user
from core import toasts
from core.dialogs import render_dialog
from core.models import Mail
from core.once import once
from core.services import audit
from core.services.versions import changed_fields


@dataclass(frozen=True)
class PersonRow:
    """Somebody in the list, and how far the letter has got by which they are to come in."""

    person: User
    invitation: Invitation | None
    state: str

    @property
    def letter(self) -> Mail | None:
        return self.invitation.mail if self.invitation else None

    @property
    def sent_at(self) -> datetime | None:
        """When the letter went out; of one that is dropped by now, when it was written."""
        if self.letter:
            return self.letter.sent_at
        return self.invitation.sent_at if self.invitation else None


@admins_only
def people(request: PersonRequest) -> HttpResponse:
    rows = _people()
    listed = {"people": rows, "poll": _seconds_to_look_again(rows)}
    if request.htmx:
        return render(request, "accounts/_people.html", listed)
    context = listed | {
        "keys": ApiKey.objects.select_related("user"),
        "new_key": request.session.pop("new_api_key", None),
    }
    return render(request, "accounts/people.html", context)


@admins_only
@once
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
    person = get_object_or_404(User.objects.active().invited(), pk=pk)
    sent = invite_again(person, by=request.user, base_url=request.build_absolute_uri("/"))
    text = _("A new letter goes out to %(email)s; the link of the one before no longer works.")
    toasts.done(request, text % {"email": sent.email})
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


def _people() -> list[PersonRow]:
    letters = Prefetch("invitations", Invitation.objects.with_letters())
    rows = User.objects.select_related("team").prefetch_related(letters)
    return [_row(person) for person in rows.order_by("-is_active", "name", "id")]


def _seconds_to_look_again(rows: list[PersonRow]) -> int:
    """Soon where a letter is about to go out, later where one waits; 0 where none does."""
    waiting = [row.letter for row in rows if row.state == Invitation.State.WAITING]
    if not waiting:
        return 0
    return 60 if all(letter and letter.attempts for letter in waiting) else 3


def _row(person: User) -> PersonRow:
    sent = list(person.invitations.all())
    if not sent or any(invitation.accepted_at for invitation in sent):
        return PersonRow(person, None, "")
    return PersonRow(person, sent[0], sent[0].state(at=timezone.now()))


def _add_errors(form: Form, error: ValidationError) -> None:
    """Beside the field where the form has it, above the form where not."""
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)
