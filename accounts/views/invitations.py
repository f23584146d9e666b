from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.forms import SetPasswordForm
from accounts.models import Invitation
from accounts.services.invitations import accept_invitation
from core import toasts

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set the first password, and come in."""
    found = Invitation.from_token(token)
    if found is None or not found.user.is_active:
        return render(request, "accounts/invitation_over.html", status=410)
    form = SetPasswordForm(found.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = accept_invitation(found, password=form.cleaned_data["new_password1"])
        login(request, user, backend=BACKEND)
        toasts.done(request, _("Welcome, %(name)s.") % {"name": user.name})
        return redirect("/")
    context = {"form": form, "invitation": found}
    return render(request, "accounts/invitation.html", context)
