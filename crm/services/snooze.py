"""Putting a reminder off, and taking that back."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import clock
from core.models import Notice
from core.services import notices
from crm.models import Activity, Reminder
from crm.services.reminders import MORNING, about


class Snooze(models.TextChoices):
    QUARTER = "15_min", gettext_lazy("15 minutes")
    HOUR = "1_hour", gettext_lazy("1 hour")
    TOMORROW = "tomorrow", gettext_lazy("Tomorrow at 9:00")
    NEXT_WEEK = "next_week", gettext_lazy("Monday at 9:00")


def snoozed_until(choice: str, *, user: User, at: datetime) -> datetime:
    """When a reminder put off at ``at`` comes back; next week begins on Monday."""
    if choice == Snooze.QUARTER:
        return at + timedelta(minutes=15)
    if choice == Snooze.HOUR:
        return at + timedelta(hours=1)
    today = at.astimezone(user.zone).date()
    days = 1 if choice == Snooze.TOMORROW else 7 - today.weekday()
    return datetime.combine(today + timedelta(days=days), MORNING, tzinfo=user.zone)


@transaction.atomic
def snooze(activity: Activity, *, until: datetime, by: User) -> Reminder:
    """Remind ``by``, whose task it is, at ``until`` instead; what was told of it counts as read."""
    _check(activity, until, by)
    row = Reminder.objects.select_for_update().filter(activity=activity).first()
    before = {"at": row.at.isoformat(), "fired_at": _text(row.fired_at)} if row else {}
    values = {"at": until, "fired_at": None, "before": before}
    row, _made = Reminder.objects.update_or_create(activity=activity, defaults=values)
    notices.settle(about(activity))
    return row


def _check(activity: Activity, until: datetime, by: User) -> None:
    if activity.owner_id != by.pk:
        raise ValidationError(_("Only who is to do it can put its reminder off."))
    if activity.done_at is not None:
        raise ValidationError(_("It is done already."))
    if until <= clock.now():
        raise ValidationError({"until": _("Give a time that is still to come.")})


@transaction.atomic
def unsnooze(activity: Activity, *, by: User) -> None:
    """Take the last snooze back: the reminder is where it was, and its notice unread again."""
    rows = Reminder.objects.select_for_update().filter(activity=activity, activity__owner=by)
    row = rows.first()
    if row is None or row.before is None:
        raise ValidationError(_("There is no snooze to take back."))
    before: dict[str, Any] = row.before
    if not before:
        Reminder.objects.filter(pk=row.pk).delete()
        return
    at = parse_datetime(before["at"])
    assert at is not None
    row.at, row.before = at, None
    row.fired_at = parse_datetime(before["fired_at"]) if before["fired_at"] else None
    row.save(update_fields=["at", "fired_at", "before"])
    told = Notice.objects.of(by).filter(about=about(activity)).first()
    if row.fired_at and told:
        notices.mark_read(told, read=False)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
