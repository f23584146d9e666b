"""Putting off what a reminder told of."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import here, stay
from core.templatetags.figures import moment
from core.views.notices import bell, is_in_bell
from crm.models import Activity
from crm.services import snooze as service
from crm.services.snooze import Snooze, snoozed_until


@require_POST
def snooze(request: PersonRequest, pk: int) -> HttpResponse:
    activity = _own(request, pk)
    choice = request.POST.get("for", "")
    if choice not in Snooze.values:
        toasts.refused(request, _("Choose how long to put it off."))
        return _answer(request)
    until = snoozed_until(choice, user=request.user, at=clock.now())
    try:
        service.snooze(activity, until=until, by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    else:
        text = _("You will be reminded at %(when)s.") % {"when": moment(until)}
        toasts.done(request, text, undo=reverse("crm:unsnooze_activity", args=[pk]))
    return _answer(request)


def _answer(request: PersonRequest) -> HttpResponse:
    return bell(request) if is_in_bell(request) else stay(request)


@require_POST
def unsnooze(request: PersonRequest, pk: int) -> HttpResponse:
    try:
        service.unsnooze(_own(request, pk), by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    return redirect(here(request))


def _own(request: PersonRequest, pk: int) -> Activity:
    return get_object_or_404(Activity.objects.visible_to(request.user), pk=pk, owner=request.user)
