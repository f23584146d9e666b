"""What is kept of an activity that is called off, so that it can come back as it was."""

import json
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from accounts.models import User
from core.models import AuditEntry, Notice
from core.services import audit, notices
from core.services.versions import StaleVersion
from crm.models import Activity, Customer, Reminder
from crm.services.reminders import about
from crm.signals import activity_changed

M = TypeVar("M", bound=Model)
DELETE = "delete"
# How the audit trail calls what an undo needs, and the coming back.
KEPT = "kept"
RESTORE = "restore"


def kept_of(activity: Activity) -> str:
    """The activity, its reminder and which of its notices are unread."""
    alarm = Reminder.objects.filter(activity=activity).first()
    unread = Notice.objects.unread().filter(about=about(activity))
    kept = {
        "activity": _values(activity),
        "alarm": alarm and _values(alarm),
        "unread": list(unread.values_list("pk", flat=True)),
    }
    return json.dumps(kept)


def called_off_by(user: User, pk: int) -> AuditEntry | None:
    """The entry that tells how ``user`` called off what had this key; it is still gone."""
    gone = Activity(pk=pk)
    last = audit.latest(gone)
    if (
        last is None
        or last.action != DELETE
        or last.actor_id != user.pk
        or KEPT not in last.changes
    ):
        return None
    customer = json.loads(last.changes[KEPT][0])["activity"]["customer_id"]
    return last if Customer.objects.visible_to(user).filter(pk=customer).exists() else None


@transaction.atomic
def restore_activity(entry: AuditEntry, *, by: User) -> Activity:
    """Undo a calling off: the same activity, reminder and notices as before.

    Raises StaleVersion where it is back already, ValidationError where what it was about is not
    there any more.
    """
    # Two who press at once: the second finds it there.
    AuditEntry.objects.select_for_update().get(pk=entry.pk)
    if Activity.objects.filter(pk=entry.object_id).exists():
        raise StaleVersion
    kept = json.loads(entry.changes[KEPT][0])
    activity = _row(Activity, kept["activity"])
    activity.full_clean()
    activity.save(force_insert=True)
    if kept["alarm"]:
        _row(Reminder, kept["alarm"]).save(force_insert=True)
    for notice in Notice.objects.filter(pk__in=kept["unread"]):
        notices.mark_read(notice, read=False)
    audit.record(RESTORE, activity, by=by, changes={"name": [None, str(activity)]})
    activity_changed.send(Activity, activity=activity)
    return activity


def _values(row: Model) -> dict[str, Any]:
    return {
        field.attname: None if getattr(row, field.attname) is None else field.value_to_string(row)
        for field in row._meta.concrete_fields
    }


def _row(model: type[M], values: dict[str, Any]) -> M:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(value) for name, value in values.items()})
