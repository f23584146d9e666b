from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import here
from core.dialogs import leave_dialog, render_dialog
from core.services.versions import StaleVersion
from crm.forms import ActivityForm
from crm.models import Activity, Customer
from crm.services.activities import complete_activity, log_activity, update_activity


def new_activity(request: PersonRequest) -> HttpResponse:
    """Log a call, a meeting, an email, a task or a note: one form for what was and what will be."""
    initial = {"customer": asked_customer(request)}
    form = ActivityForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        activity = log_activity(form.cleaned_data["customer"], by=request.user, **form.values())
        text = _("Logged.") if activity.done_at else _("Planned.")
        if _is_inline(request):
            toasts.done(request, text)
            return redirect(here(request))
        return leave_dialog(request, text, to=reverse("crm:customer", args=[activity.customer_id]))
    part = "crm/_activity_form.html" if _is_inline(request) else "crm/_activity_new.html"
    context = {"activity_form": form, "form": form, "at": clock.now()}
    return render_dialog(request, part, context, title=_("Log or plan"))


@require_POST
def complete(request: PersonRequest, pk: int) -> HttpResponse:
    """Tick it off, with the minutes it took where they were typed beside the tick."""
    activity = _visible(request, pk)
    try:
        complete_activity(activity, by=request.user, **_typed_minutes(request))
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    else:
        text = _("Done: %(subject)s") % {"subject": activity.subject}
        toasts.done(request, text, undo=reverse("crm:reopen_activity", args=[pk]))
    return redirect(here(request))


@require_POST
def reopen(request: PersonRequest, pk: int) -> HttpResponse:
    activity = _visible(request, pk)
    try:
        update_activity(activity, by=request.user, done_at=None)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    return redirect(here(request))


def _typed_minutes(request: PersonRequest) -> dict[str, Any]:
    text = request.POST.get("minutes", "").strip()
    if not text:
        return {}
    return {"minutes": int(text) if text.isascii() and text.isdecimal() else text}


def _visible(request: PersonRequest, pk: int) -> Activity:
    return get_object_or_404(Activity.objects.visible_to(request.user), pk=pk)


def _is_inline(request: PersonRequest) -> bool:
    return request.htmx.target == "activity-form"


def asked_customer(request: PersonRequest) -> Customer | None:
    asked = request.GET.get("customer", "")
    if not asked.isdecimal():
        return None
    return Customer.objects.visible_to(request.user).current().filter(pk=int(asked)).first()
