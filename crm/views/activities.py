from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import here, stay
from core.dialogs import leave_dialog, render_dialog
from core.once import made, once
from core.services.versions import StaleVersion
from crm.activity_forms import ActivityForm
from crm.models import Activity
from crm.services.activities import (
    complete_activity,
    log_activity,
    report_activity,
    take_back_activity,
    take_back_report,
    update_activity,
)
from crm.services.take_back import take_back_with_customer
from crm.views.asked import asked_done, asked_step, following_step
from crm.views.edit_activity import undo_of

# The page beneath a dialog may hold the same form: labels must find the fields beside them.
IN_DIALOG = "dialog_%s"


@once
def new_activity(request: PersonRequest) -> HttpResponse:
    """Log a call, a meeting, an email, a task or a note: one form for what was and what will be.

    The address may name the ``customer`` or the ``deal``, and the ``kind``. Where it was planned
    and the person says so, the planned one is done.
    """
    done = asked_done(request)
    initial = following_step(done) if done else asked_step(request)
    form = ActivityForm(
        request.POST or None,
        user=request.user,
        initial=initial,
        auto_id="id_%s" if _is_inline(request) else IN_DIALOG,
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _written(request, form)
        except ValidationError as error:
            form.refuse(error)
    part = "crm/_activity_form.html" if _is_inline(request) else "crm/_activity_new.html"
    context = {
        "activity_form": form,
        "form": form,
        "at": clock.now(),
        "known": initial["customer"],
        "done": done,
        "address": request.get_full_path(),
    }
    title = _("What comes next?") if done else _("Log or plan")
    return render_dialog(request, part, context, title=title)


def _written(request: PersonRequest, form: ActivityForm) -> HttpResponse:
    """Write what the form says, and tell it where the person goes on."""
    planned: Activity | None = form.cleaned_data["planned"]
    if planned:
        activity = report_activity(planned, by=request.user, **form.told())
        text = _("Done: %(subject)s") % {"subject": activity.subject}
        undo = reverse("crm:take_back_report", args=[activity.pk])
    elif form.cleaned_data["customer"] is None:
        return _written_of_new(request, form)
    else:
        activity = log_activity(form.cleaned_data["customer"], by=request.user, **form.values())
        text = _("Logged.") if activity.done_at else _("Planned.")
        undo = reverse("crm:take_back_activity", args=[activity.pk])
    answer = _told(request, activity, text, undo=undo)
    return made(answer, at=reverse("crm:edit_activity", args=[activity.pk]))


def _told(request: PersonRequest, activity: Activity, text: str, *, undo: str) -> HttpResponse:
    if _is_inline(request):
        toasts.done(request, text, undo=undo)
        return redirect(here(request))
    customer = reverse("crm:customer", args=[activity.customer_id])
    if "X-Form-In-Hand" in request.headers:
        return leave_dialog(request, text, to=customer)
    toasts.done(request, text, undo=undo)
    return stay(request) if _is_over_a_page(request) else redirect(customer)


def _written_of_new(request: PersonRequest, form: ActivityForm) -> HttpResponse:
    """Make the customer with what was done."""
    with transaction.atomic():
        customer = form.customer_or_new()
        activity = log_activity(customer, by=request.user, **form.values())
    text = _("Logged.") if activity.done_at else _("Planned.")
    text = f"{text} {_('%(name)s is on the books.') % {'name': customer.name}}"
    address = reverse("crm:customer", args=[customer.pk])
    if "X-Form-In-Hand" in request.headers:
        return leave_dialog(request, text, to=address)
    undo = reverse("crm:take_back_with_customer", args=[activity.pk])
    if not _is_over_a_page(request):
        toasts.done(request, text, undo=undo)
        return redirect(address)
    toasts.done(request, text, undo=undo, to=address)
    return made(stay(request), at=address)


@require_GET
def planned(request: PersonRequest) -> HttpResponse:
    """Which planned activity it may have been that a form is about to log."""
    asked = ("customer", "opportunity", "kind", "due_at")
    form = ActivityForm(
        user=request.user, initial={name: request.GET.get(name, "") for name in asked}
    )
    return render(request, "crm/_activity_planned.html", {"form": form})


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
        toasts.done(request, text, undo=undo_of(activity))
        if request.htmx.target == "dialog-body" and activity.customer.archived_at is None:
            return _ask_for_next(request, activity)
    return stay(request)


def _ask_for_next(request: PersonRequest, done: Activity) -> HttpResponse:
    form = ActivityForm(user=request.user, initial=following_step(done), auto_id=IN_DIALOG)
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
    else:
        text = _("Open again: %(subject)s") % {"subject": activity.subject}
        toasts.done(request, text, undo=undo_of(activity))
    return stay(request)


@require_POST
def take_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo the logging of what the person has logged just now."""
    try:
        take_back_activity(get_object_or_404(_own(request), pk=pk), by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        toasts.done(request, _("It is taken back."))
    return redirect(here(request))


@require_POST
def take_back_with_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo the logging of what the person has logged just now with a customer made along."""
    activity = get_object_or_404(_own(request).select_related("customer"), pk=pk)
    customer = activity.customer
    try:
        is_archived = take_back_with_customer(activity, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
        return redirect(here(request))
    text = _("It is taken back. %(name)s stays, for more was done with it since.")
    if is_archived:
        text = _("It is taken back, and %(name)s is archived.")
    address = reverse("crm:customer", args=[customer.pk])
    toasts.done(request, text % {"name": customer.name}, to=address)
    return redirect(here(request))


@require_POST
def take_back_told(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo that what was planned was logged as done."""
    try:
        take_back_report(_visible(request, pk), by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        toasts.done(request, _("It is taken back."))
    return redirect(here(request))


def _own(request: PersonRequest) -> Any:
    return Activity.objects.visible_to(request.user).filter(owner=request.user)


def _typed_minutes(request: PersonRequest) -> dict[str, Any]:
    text = request.POST.get("minutes", "").strip()
    if not text:
        return {}
    # Beyond nine digits it is too many anyway, and Python does not read thousands of them.
    is_number = text.isascii() and text.isdecimal()
    return {"minutes": int(text.lstrip("0")[:9] or 0) if is_number else text}


def _visible(request: PersonRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(request.user).select_related("customer")
    return get_object_or_404(rows, pk=pk)


def _is_over_a_page(request: PersonRequest) -> bool:
    """Not on a page of its own, where after saving there is nothing to stay for."""
    return bool(request.htmx) and urlsplit(here(request)).path != request.path


def _is_inline(request: PersonRequest) -> bool:
    return request.htmx.target == "activity-form"
