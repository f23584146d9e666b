"""Reminders of activities: when they fire, and the firing, once each (docs/decisions/0017)."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import RemindBefore, User
from accounts.services.preferences import REMINDER_MAIL
from core import clock
from core.db import AnyOf
from core.models import Mail, Notice
from core.services import mails, notices, waking
from crm.models import Activity, Customer, Reminder
from crm.reminder_words import CODE, letter, notice_params

TASK = "crm.tasks.fire_reminders"
BATCH = 500
MORNING = time(9)


def about(activity: Activity) -> str:
    """What notices of an activity are about."""
    return f"activity:{activity.pk}"


def planned_instant(activity: Activity) -> datetime | None:
    """When the owner is to be reminded; ``None`` for never.

    Of what is due on a day, at no hour, by its morning.
    """
    if activity.owner is None or activity.due_at is None:
        return None
    choice = RemindBefore(activity.reminder or activity.owner.remind_before)
    if choice.lead is None:
        return None
    if not activity.all_day:
        return activity.due_at - choice.lead
    before = timedelta(days=choice == RemindBefore.DAY)
    return _morning_of(activity.due_at, activity.owner) - before


def _morning_of(due: datetime, owner: User) -> datetime:
    """Nine o'clock where the owner lives on the company's day on which something is due, or the
    day before where that day has ended for the company by then."""
    day = due.astimezone(clock.company_zone()).date()
    at = datetime.combine(day, MORNING, tzinfo=owner.zone)
    return at if at <= due else at - timedelta(days=1)


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

    What is due on a day, at no hour, rings on its morning then. Who writes in the afternoon what is
    to be done on this day needs no reminder of the morning.
    """
    row = Reminder(activity=activity, planned_at=planned, at=planned)
    due, owner = activity.due_at, activity.owner
    if due is None or owner is None or not planned <= now < due:
        return row
    row.at = _morning_of(due, owner) if activity.all_day else due
    row.fired_at = now if row.at <= now else None
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
def pass_on(activities: Iterable[int], *, to: User) -> None:
    """What was given ``to`` somebody is news to them, also where it rang or was snoozed before.

    Of what was due before it was given they are not told one by one.
    """
    ids = list(activities)
    notices.settle_all(f"activity:{pk}" for pk in ids)
    rows = Reminder.objects.filter(Q(AnyOf(F("activity"), ids)), activity__due_at__gt=clock.now())
    rows.delete()
    replan(to)


@transaction.atomic
def settle_reminders_of(customer: Customer) -> None:
    """Nobody has to read any more of what was planned with a customer who is archived."""
    rows = Activity.objects.open().filter(customer=customer).values_list("pk", flat=True)
    notices.settle_all(f"activity:{pk}" for pk in rows)


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
    and two workers never hold the same row. The activities are held too: who completes one of them
    waits, and then finds what was told. A fixed number of queries."""
    skip = connection.features.has_select_for_update_skip_locked
    due = Reminder.objects.due(at=at).select_for_update(
        of=("self", "activity"), skip_locked=skip, no_key=True
    )
    due = due.select_related("activity__customer", "activity__owner").order_by("at", "pk")
    rows = [row.activity for row in due[:BATCH]]
    if not rows:
        return 0
    Notice.objects.bulk_create(_notice(activity, at) for activity in rows)
    mails.queue_mails(_letters(rows))
    Reminder.objects.filter(activity__in=rows).update(fired_at=at, before=None)
    return len(rows)


def _notice(activity: Activity, at: datetime) -> Notice:
    return Notice(
        user=activity.owner,
        code=CODE,
        params=notice_params(activity),
        about=about(activity),
        url=reverse("crm:customer", args=[activity.customer_id]),
        created_at=at,
    )


def _letters(activities: Iterable[Activity]) -> list[Mail]:
    return [
        Mail(user=activity.owner, kind=REMINDER_MAIL, to=activity.owner.email, **letter(activity))
        for activity in activities
        if activity.owner and activity.owner.email and activity.owner.reminder_emails
    ]
