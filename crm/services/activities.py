from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import clock
from core.services import audit, notices
from core.services.records import delete_versioned
from core.services.versions import StaleVersion, update_versioned
from crm.models import Activity, Customer
from crm.services.reminders import about, set_reminder
from crm.signals import activity_changed

# What of an activity says when its owner is to hear of it.
TIMING = {"due_at", "all_day", "reminder", "owner"}


def end_of_day(day: date) -> datetime:
    """When something is due that is to be done on ``day``: the last minute of it."""
    return datetime.combine(day, time(23, 59), tzinfo=clock.company_zone())


@transaction.atomic
def log_activity(customer: Customer, *, by: User | None, **fields: Any) -> Activity:
    """Note what was done with a customer, or what is to be done where a due date is given.

    Raises ValidationError beside the field, also for a deal of another customer.
    """
    at = clock.now()
    fields.setdefault("owner", by)
    if fields.get("due_at") is None:
        fields.setdefault("done_at", at)
    activity = Activity(customer=customer, created_at=at, **fields)
    activity.updated_at = timezone.now()
    _to_end_of_day(activity)
    activity.full_clean()
    activity.save(force_insert=True)
    audit.record("create", activity, by=by, changes={"subject": [None, activity.subject]}, at=at)
    if activity.done_at is None:
        set_reminder(activity)
    activity_changed.send(Activity, activity=activity)
    return activity


@transaction.atomic
def update_activity(activity: Activity, *, by: User | None, **fields: Any) -> Activity:
    if {"due_at", "all_day"} & set(fields):
        fields |= _whole_day(activity, fields)
    changes = update_versioned(activity, fields)
    if changes:
        _follow(activity, changes)
        audit.record("update", activity, by=by, changes=changes)
        activity_changed.send(Activity, activity=activity)
    return activity


def _follow(activity: Activity, changes: dict[str, Any]) -> None:
    """What is done rings no more; what is planned anew rings at its new time."""
    if activity.done_at is not None:
        notices.settle(about(activity))
    elif TIMING & set(changes) or "done_at" in changes:
        set_reminder(activity, is_news="owner" in changes)


def _to_end_of_day(activity: Activity) -> None:
    if activity.due_at is None:
        activity.all_day = False
    elif activity.all_day:
        activity.due_at = end_of_day(activity.due_at.astimezone(clock.company_zone()).date())


def _whole_day(activity: Activity, fields: dict[str, Any]) -> dict[str, Any]:
    """The two fields of the time as they are to be stored."""
    wanted = Activity(
        due_at=fields.get("due_at", activity.due_at),
        all_day=fields.get("all_day", activity.all_day),
    )
    _to_end_of_day(wanted)
    return {"due_at": wanted.due_at, "all_day": wanted.all_day}


def complete_activity(activity: Activity, *, by: User | None, **fields: Any) -> Activity:
    """Done now, unless it is already; ``fields`` may say how many minutes it took."""
    return update_activity(activity, by=by, done_at=activity.done_at or clock.now(), **fields)


@transaction.atomic
def take_back_activity(activity: Activity, *, by: User) -> None:
    """Undo the logging of an activity that nobody has touched since.

    Raises StaleVersion where somebody has.
    """
    if activity.version != 1:
        raise StaleVersion
    delete_activity(activity, by=by)


@transaction.atomic
def delete_activity(activity: Activity, *, by: User | None) -> None:
    """Call it off: it is gone, and nobody is told of it any more."""
    notices.settle(about(activity))
    delete_versioned(activity, by=by)
