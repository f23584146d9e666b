"""Reminders of activities: when they fire, and the firing, once each (docs/decisions/0017)."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import RemindBefore, User
from accounts.services.preferences import REMINDER_MAIL
from core import clock
from core.models import Mail, Notice
from core.services import mails, notices, waking
from crm.models import Activity, Reminder
from crm.reminder_words import CODE, letter, notice_params

TASK = "crm.tasks.fire_reminders"
BATCH = 500
MORNING = time(9)


def about(activity: Activity) -> str:
    """What notices of an activity are about."""
    return f"activity:{activity.pk}"


def planned_instant(activity: Activity) -> datetime | None:
    """When the owner is to be reminded; ``None`` for never.

    Of what is due on a day, at no hour, at nine in the morning where the owner lives.
    """
    if activity.owner is None or activity.due_at is None:
        return None
    choice = RemindBefore(activity.reminder or activity.owner.remind_before)
    if choice.lead is None:
        return None
    if not activity.all_day:
        return activity.due_at - choice.lead
    day = activity.due_at.astimezone(clock.company_zone()).date()
    if choice == RemindBefore.DAY:
        day -= timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=activity.owner.zone)


@transaction.atomic
def set_reminder(activity: Activity, *, is_news: bool = False) -> None:
    """Bring the reminder of an open activity up to date with it.

    One that fired, or was snoozed, stays so while its time is the same, unless ``is_news`` to
    whoever is to hear of it.
    """
    planned, now = planned_instant(activity), clock.now()
    row = Reminder.objects.select_for_update().filter(activity=activity).first()
    if row and row.planned_at == planned and not is_news:
        return
    notices.settle(about(activity))
    if planned is None:
        Reminder.objects.filter(activity=activity).delete()
        return
    fresh = _fresh(activity, planned, now)
    values = {"planned_at": planned, "at": fresh.at, "fired_at": fresh.fired_at, "before": None}
    Reminder.objects.update_or_create(activity=activity, defaults=values)
    if fresh.at <= now:
        waking.wake(TASK)


def _fresh(activity: Activity, planned: datetime, now: datetime) -> Reminder:
    """One that is set at ``now``; where its time is over already, it fires when the thing is due.

    Who writes in the afternoon what is to be done on this day needs no reminder of the morning.
    """
    row = Reminder(activity=activity, planned_at=planned, at=planned)
    due = activity.due_at
    if due is not None and planned <= now < due:
        row.at = due
        row.fired_at = now if activity.all_day else None
    return row


@transaction.atomic
def plan_missing(*, limit: int = 10_000) -> int:
    """Give what was planned without a reminder, as by an import, its own; how many."""
    now = clock.now()
    never = Q(reminder=RemindBefore.NONE) | Q(reminder="", owner__remind_before=RemindBefore.NONE)
    rows = (
        Activity.objects.open()
        .filter(due_at__gt=now, owner__is_active=True, alarm=None)
        .exclude(never)
        .select_related("owner")
        .order_by("pk")[:limit]
    )
    planned = [(row, planned_instant(row)) for row in rows]
    fresh = [_fresh(row, at, now) for row, at in planned if at is not None]
    Reminder.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    return len(fresh)


@transaction.atomic
def replan(user: User) -> None:
    """Reminders of what ``user`` has still to do follow the preference; snoozed ones stay."""
    now = clock.now()
    rows = Reminder.objects.select_for_update(of=("self",)).filter(
        activity__owner=user, activity__done_at=None, activity__due_at__gt=now, before__isnull=True
    )
    gone, moved = [], []
    for row in rows.select_related("activity"):
        row.activity.owner = user
        planned = planned_instant(row.activity)
        if planned is None:
            gone.append(row.pk)
        elif planned != row.planned_at:
            fresh = _fresh(row.activity, planned, now)
            row.planned_at, row.at, row.fired_at = planned, fresh.at, fresh.fired_at
            moved.append(row)
    Reminder.objects.filter(pk__in=gone).delete()
    Reminder.objects.bulk_update(moved, ["planned_at", "at", "fired_at"], batch_size=BATCH)
    plan_missing()


def fire_due(*, at: datetime | None = None) -> int:
    """Tell the owners of everything whose time has come; how many reminders fired."""
    at, fired = at or clock.now(), 0
    while number := _fire_some(at):
        fired += number
    return fired


@transaction.atomic
def _fire_some(at: datetime) -> int:
    """Claim, tell and mark in one transaction: what a dying worker leaves behind is undone whole,
    and two workers never hold the same row. A fixed number of queries."""
    skip = connection.features.has_select_for_update_skip_locked
    due = Reminder.objects.due(at=at).select_for_update(of=("self",), skip_locked=skip)
    due = due.select_related("activity__customer", "activity__owner").order_by("at", "pk")
    rows = [row.activity for row in due[:BATCH]]
    if not rows:
        return 0
    Notice.objects.bulk_create(_notice(activity) for activity in rows)
    mails.queue_mails(_letters(rows))
    Reminder.objects.filter(activity__in=rows).update(fired_at=at, before=None)
    return len(rows)


def _notice(activity: Activity) -> Notice:
    return Notice(
        user=activity.owner,
        code=CODE,
        params=notice_params(activity),
        about=about(activity),
        url=reverse("crm:customer", args=[activity.customer_id]),
    )


def _letters(activities: Iterable[Activity]) -> list[Mail]:
    return [
        Mail(user=activity.owner, kind=REMINDER_MAIL, to=activity.owner.email, **letter(activity))
        for activity in activities
        if activity.owner and activity.owner.email and activity.owner.reminder_emails
    ]
