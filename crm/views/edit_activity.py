"""Changing an activity, putting it off, calling it off and taking that back."""

from collections.abc import Callable
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import toasts
from core.addresses import here, stay
from core.dialogs import leave_dialog, render_dialog
from core.services.versions import StaleVersion
from core.templatetags.figures import day, moment
from crm.edit_activity_form import EditActivityForm
from crm.models import Activity
from crm.services.activities import delete_activity, update_activity
from crm.services.call_off import called_off_by, restore_activity
from crm.services.rescheduling import Later
from crm.services.rescheduling import reschedule as put_off
from crm.services.take_back import take_back_change
from crm.views.conflicts import merge_others

# The page beneath the dialog may hold fields of the same names.
IN_DIALOG = "dialog_%s"


def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change what it says, when it is, which deal it is about and whose it is."""
    activity = _visible(request, pk)
    form = EditActivityForm(
        request.POST or None, instance=copy(activity), user=request.user, auto_id=IN_DIALOG
    )
    others: list[Any] = []
    if request.method == "POST" and form.is_valid():
        stored, seen = copy(activity), form.cleaned_data["version"] or activity.version
        activity.version = seen
        try:
            update_activity(activity, by=request.user, **form.values(stored))
        except StaleVersion as stale:
            activity = stored
            others = merge_others(form, stored, seen, stale)
        except ValidationError as error:
            form.add_error(None, " ".join(error.messages))
        else:
            return _saved(request, activity)
    context = {"form": form, "activity": activity, "others": others}
    title = _("Edit activity")
    return render_dialog(request, "crm/_activity_edit.html", context, title=title)


def _saved(request: PersonRequest, activity: Activity) -> HttpResponse:
    customer = reverse("crm:customer", args=[activity.customer_id])
    if not request.htmx or "X-Form-In-Hand" in request.headers:
        return leave_dialog(request, _("Saved."), to=customer)
    toasts.done(request, _("Saved."))
    return stay(request)


@require_POST
def reschedule(request: PersonRequest, pk: int) -> HttpResponse:
    """Put off until tomorrow, Monday or in a week."""
    activity, choice = _visible(request, pk), request.POST.get("to", "")
    if choice not in Later.values:
        toasts.refused(request, _("Choose until when to put it off."))
    elif _done(request, put_off, activity, choice, by=request.user):
        assert activity.due_at is not None
        when = day(activity.due_at) if activity.all_day else moment(activity.due_at)
        text = _("%(subject)s is now due on %(when)s.")
        words = {"subject": activity.subject, "when": when}
        toasts.done(request, text % words, undo=undo_of(activity))
    return stay(request)


@require_POST
def call_off(request: PersonRequest, pk: int) -> HttpResponse:
    """It will not happen, or never did: it is gone, and no history tells of it."""
    activity = _visible(request, pk)
    activity.version = _version(request) or activity.version
    text = _("Deleted: %(subject)s") if activity.done_at else _("Called off: %(subject)s")
    if _done(request, delete_activity, activity, by=request.user):
        undo = reverse("crm:restore_activity", args=[pk])
        toasts.done(request, text % {"subject": activity.subject}, undo=undo)
    return stay(request)


@require_POST
def restore(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo the calling off by the same person."""
    entry = called_off_by(request.user, pk)
    if entry is None:
        raise Http404
    _done(request, restore_activity, entry, by=request.user)
    return redirect(here(request))


@require_POST
def take_back(request: PersonRequest, pk: int, version: int) -> HttpResponse:
    """Undo the one click that brought the activity to ``version``."""
    _done(request, take_back_change, _visible(request, pk), version=version, by=request.user)
    return redirect(here(request))


def undo_of(activity: Activity) -> str:
    """The address that takes back what was done with it just now."""
    return reverse("crm:take_back_change", args=[activity.pk, activity.version])


def _done(request: PersonRequest, act: Callable[..., Any], *args: Any, **context: Any) -> bool:
    """Whether it was done; says why where it was not."""
    try:
        act(*args, **context)
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, " ".join(getattr(error, "messages", [str(error)])))
        return False
    return True


def _version(request: PersonRequest) -> int:
    """The version that a form was opened with; 0 where there was no form."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _visible(request: PersonRequest, pk: int) -> Activity:
    rows = Activity.objects.visible_to(request.user).select_related("customer")
    return get_object_or_404(rows, pk=pk)
