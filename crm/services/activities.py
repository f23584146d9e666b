from typing import Any

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from core.services.records import delete_versioned
from core.services.versions import StaleVersion, update_versioned
from crm.models import Activity, Customer
from crm.signals import activity_changed


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
    activity.full_clean()
    activity.save(force_insert=True)
    audit.record("create", activity, by=by, changes={"subject": [None, activity.subject]}, at=at)
    activity_changed.send(Activity, activity=activity)
    return activity


@transaction.atomic
def update_activity(activity: Activity, *, by: User | None, **fields: Any) -> Activity:
    changes = update_versioned(activity, fields)
    if changes:
        audit.record("update", activity, by=by, changes=changes)
        activity_changed.send(Activity, activity=activity)
    return activity


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
    delete_versioned(activity, by=by)
