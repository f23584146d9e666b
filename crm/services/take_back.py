"""Taking back what was done last with an activity."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import StaleVersion
from crm.merging.relations import moving_fields, rows_of
from crm.models import Activity, Customer, CustomerMerge, LifecycleChange, Reminder
from crm.services.activities import take_back_activity, update_activity
from crm.services.customers import archive_customer
from crm.services.locks import lock_customers

# What one click changes; what the audit trail has of them says all of what was there before.
TAKEN_BACK = {"due_at", "all_day", "done_at", "minutes"}

# So far apart are at most a customer and the activity that one request makes.
MADE_WITHIN = timedelta(minutes=1)


@transaction.atomic
def take_back_change(activity: Activity, *, version: int, by: User) -> Activity:
    """Undo the completing, reopening or rescheduling that brought an activity to ``version``.

    Raises StaleVersion where something else was done with it since.
    """
    last = audit.latest(activity)
    is_last = last is not None and last.action == "update" and activity.version == version
    if last is None or not is_last or not set(last.changes) <= TAKEN_BACK:
        raise StaleVersion
    before = {name: _value(name, pair[0]) for name, pair in last.changes.items()}
    update_activity(activity, by=by, **before)
    if "due_at" in before:
        # It rang before it was put off: what is overdue again is no news.
        over = Reminder.objects.filter(activity=activity, fired_at=None, at__lte=clock.now())
        over.update(fired_at=clock.now())
    return activity


@transaction.atomic
def take_back_with_customer(activity: Activity, *, by: User) -> bool:
    """Undo the logging of an activity with a customer who was made along; whether the customer is
    archived with it. One with whom anything else was done since stays.

    Raises StaleVersion where somebody touched the activity since.
    """
    customer = lock_customers([activity.customer_id], with_keys=True)[activity.customer_id]
    take_back_activity(activity, by=by)
    is_of_it = activity.created_at - customer.created_at <= MADE_WITHIN
    if not is_of_it or not _is_as_made(customer):
        return False
    archive_customer(customer, by=by)
    return True


def _is_as_made(customer: Customer) -> bool:
    """Whether nobody has edited, moved or merged a customer, and nothing belongs to it."""
    merges = CustomerMerge.objects.filter(Q(survivor=customer) | Q(merged=customer))
    if customer.version != 1 or merges.exists():
        return False
    if LifecycleChange.objects.filter(customer=customer).count() > 1:
        return False
    return not any(rows_of(field, customer.pk).exists() for field in moving_fields())


def _value(name: str, recorded: Any) -> Any:
    return Activity._meta.get_field(name).to_python(recorded)  # type: ignore[union-attr]
