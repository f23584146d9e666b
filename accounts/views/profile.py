from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import PasswordChangeForm, ProfileForm
from accounts.models import User
from accounts.requests import PersonRequest
from accounts.services.calendars import address_of, calendar_url, renew_address
from accounts.services.preferences import save_preferences
from core import toasts


def profile(request: PersonRequest) -> HttpResponse:
    # A form that is refused must not change the name in the frame around it.
    person = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        save_preferences(person, ProfileForm.Meta.fields)
        with translation.override(person.language or translation.get_language()):
            toasts.done(request, _("Saved."))
        response = redirect("accounts:profile")
        if person.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
        return response
    return _page(request, profile_form=form)


def change_password(request: PersonRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        toasts.done(request, _("Your password is changed."))
        return redirect("accounts:profile")
    return _page(request, password_form=form)


@require_POST
def renew_calendar(request: PersonRequest) -> HttpResponse:
    renew_address(request.user)
    toasts.done(request, _("This is your new address. The one before it no longer opens."))
    return redirect("accounts:profile")


def _page(
    request: PersonRequest,
    *,
    profile_form: ProfileForm | None = None,
    password_form: PasswordChangeForm | None = None,
) -> HttpResponse:
    context = {
        "calendar_url": calendar_url(address_of(request.user)),
        "profile_form": profile_form or ProfileForm(instance=request.user),
        "password_form": password_form or PasswordChangeForm(request.user),
    }
    return render(request, "accounts/profile.html", context)
