from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from core.addresses import here, safe_address

YEAR = 365 * 24 * 3600


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    next = forms.CharField(required=False)


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=[(each, each) for each in ("auto", "light", "dark")])


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language: with the person, and in the browser for before signing in."""
    form = LanguageForm(request.POST)
    form.is_valid()
    response = HttpResponseRedirect(safe_address(form.cleaned_data.get("next", ""), request))
    language = form.cleaned_data.get("language")
    if language:
        _remember(request.user, "language", language)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax")
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    form = ThemeForm(request.POST)
    if form.is_valid():
        _remember(request.user, "theme", form.cleaned_data["theme"])
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return HttpResponseRedirect(here(request))


def _remember(user: Any, field: str, value: str) -> None:
    if user.is_authenticated:
        setattr(user, field, value)
        user.save(update_fields=[field])
