from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import here, stay
from core.dialogs import leave_dialog, render_dialog
from core.services.versions import StaleVersion
from crm.forms import ActivityForm
from crm.models import Activity
from crm.services.activities import (
    complete_activity,
    log_activity,
    take_back_activity,
    update_activity,
)
from crm.views.asked import asked_done, asked_step, following_step


def new_activity(request: PersonRequest) -> HttpResponse:
    """Log a call, a meeting, an email, a task or a note: one form for what was and what will be.

    The address may name the ``customer`` or the ``deal``, and the ``kind``.
    """
    initial = asked_step(request)
    form = ActivityForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        activity = log_activity(form.cleaned_data["customer"], by=request.user, **form.values())
        text = _("Logged.") if activity.done_at else _("Planned.")
        undo = reverse("crm:take_back_activity", args=[activity.pk])
        if _is_inline(request):
            toasts.done(request, text, undo=undo)
            return redirect(here(request))
        customer = reverse("crm:customer", args=[activity.customer_id])
        if "X-Form-In-Hand" in request.headers:
            return leave_dialog(request, text, to=customer)
        toasts.done(request, text, undo=undo)
        return stay(request) if request.htmx else redirect(customer)
    part = "crm/_activity_form.html" if _is_inline(request) else "crm/_activity_new.html"
    context = {
        "activity_form": form,
        "form": form,
        "at": clock.now(),
        "known": initial["customer"],
        "done": asked_done(request),
        "address": request.get_full_path(),
    }
    title = _("What comes next?") if context["done"] else _("Log or plan")
    return render_dialog(request, part, context, title=title)


@require_POST
def complete(request: PersonRequest, pk: int) -> HttpResponse:
    """Tick it off, with the minutes it took where they were typed beside the tick.

    Where a dialog can open it asks for the next step at once.
    """
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
        if request.htmx.target == "dialog-body" and activity.customer.archived_at is None:
            return _ask_for_next(request, activity)
    return stay(request)


def _ask_for_next(request: PersonRequest, done: Activity) -> HttpResponse:
    form = ActivityForm(user=request.user, initial=following_step(done))
    context = {
        "form": form,
        "known": done.customer,
        "done": done,
        "address": f"{reverse('crm:new_activity')}?customer={done.customer_id}&after={done.pk}",
    }
    answer = render_dialog(request, "crm/_activity_new.html", context, title=_("What comes next?"))
    return toasts.wait(answer)


@require_POST
def reopen(request: PersonRequest, pk: int) -> HttpResponse:
    activity = _visible(request, pk)
    try:
        update_activity(activity, by=request.user, done_at=None)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    return redirect(here(request))


@require_POST
def take_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo the logging of what the person has logged just now."""
    try:
        take_back_activity(get_object_or_404(_own(request), pk=pk), by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    return redirect(here(request))


def _own(request: PersonRequest) -> Any:
    return Activity.objects.visible_to(request.user).filter(owner=request.user)


def _typed_minutes(request: PersonRequest) -> dict[str, Any]:
    text = request.POST.get("minutes", "").strip()
    if not text:
        return {}
    return {"minutes": int(text) if text.isascii() and text.isdecimal() else text}


def _visible(request: PersonRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(request.user).select_related("customer")
    return get_object_or_404(rows, pk=pk)


def _is_inline(request: PersonRequest) -> bool:
    return request.htmx.target == "activity-form"
