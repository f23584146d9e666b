from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit, notices
from core.services.records import delete_versioned
from core.services.versions import StaleVersion, update_versioned
from crm.models import Activity, Customer
from crm.services.call_off import KEPT, kept_of
from crm.services.reminders import about, set_reminder
from crm.signals import activity_changed

# What of an activity says when its owner is to hear of it.
TIMING = {"due_at", "all_day", "reminder", "owner"}


# How the audit trail calls the telling of what was planned.
REPORT = "report"


# By how much the clock of who tells of it may be ahead.
LENIENCY = timedelta(minutes=1)


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
    _check_done(fields.get("done_at"))
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
def update_activity(
    activity: Activity, *, by: User | None, action: str = "update", **fields: Any
) -> Activity:
    """Write the ``fields`` that differ; ``action`` is what the audit trail calls it.

    Raises ValidationError beside the field.
    """
    if "done_at" in fields and fields["done_at"] != activity.done_at:
        _check_done(fields["done_at"])
    if {"due_at", "all_day"} & set(fields):
        fields |= _whole_day(activity, fields)
    changes = update_versioned(activity, fields)
    if changes:
        _follow(activity, changes)
        audit.record(action, activity, by=by, changes=changes)
        activity_changed.send(Activity, activity=activity, changes=changes)
    return activity


@transaction.atomic
def give_activities(customer: Customer, giver: User | None, *, by: User | None) -> list[int]:
    """What ``giver`` was still to do with a customer is for the customer's owner to do; its ids."""
    if giver is None:
        return []
    rows = Activity.objects.select_for_update(of=("self",)).open()
    given = list(rows.filter(customer=customer, owner=giver).order_by("pk"))
    for activity in given:
        update_activity(activity, by=by, owner=customer.owner)
    return [activity.pk for activity in given]


def check_owner(customer: Customer, owner: User | None) -> None:
    """Raises ValidationError where ``owner`` could not open what is to be done."""
    if owner and not Customer.objects.visible_to(owner).filter(pk=customer.pk).exists():
        message = _("%(person)s does not see this customer.")
        raise ValidationError({"owner": message % {"person": owner}})


def _check_done(at: datetime | None) -> None:
    if at is not None and at > clock.now() + LENIENCY:
        raise ValidationError({"done_at": _("What is done cannot lie in the future.")})


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


def report_activity(activity: Activity, *, by: User, note: str = "", **told: Any) -> Activity:
    """Done now, as somebody tells who logs it: the ``note`` goes below what was noted before, other
    things ``told`` replace what was planned. Who tells of what was nobody's did it."""
    if activity.done_at is not None:
        raise StaleVersion
    if note:
        told["note"] = "\n\n".join(filter(None, [activity.note, note]))
    if activity.owner is None:
        told["owner"] = by
    return update_activity(activity, by=by, action=REPORT, done_at=clock.now(), **told)


@transaction.atomic
def take_back_report(activity: Activity, *, by: User) -> None:
    """Undo ``report_activity``: it is open, and says what it said before.

    Raises StaleVersion where something else was done with it since.
    """
    last = audit.latest(activity)
    if last is None or last.action != REPORT or activity.done_at is None:
        raise StaleVersion
    # Texts and numbers; a deal or an owner only where there was none.
    before = {name: pair[0] for name, pair in last.changes.items()}
    update_activity(activity, by=by, **before)


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
    """Call it off: it is gone, and nobody is told of it any more; the audit trail keeps it whole.

    Raises StaleVersion where somebody changed it meanwhile.
    """
    # A worker that tells of it just now has told, or has not begun, once it is held.
    Activity.objects.select_for_update().filter(pk=activity.pk).first()
    kept = kept_of(activity)
    notices.settle(about(activity))
    delete_versioned(activity, by=by, changes={KEPT: [kept, None]})
