"""Taking back what was done last with an activity."""

from typing import Any

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import StaleVersion
from crm.models import Activity, Reminder
from crm.services.activities import update_activity

# What one click changes; what the audit trail has of them says all of what was there before.
TAKEN_BACK = {"due_at", "all_day", "done_at", "minutes"}


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


def _value(name: str, recorded: Any) -> Any:
    return Activity._meta.get_field(name).to_python(recorded)  # type: ignore[union-attr]
