"""Putting off when an activity is due."""

from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import clock
from crm.models import Activity
from crm.services.activities import end_of_day, update_activity

HOUR = time(9)


class Later(models.TextChoices):
    TOMORROW = "tomorrow", gettext_lazy("Tomorrow")
    MONDAY = "monday", gettext_lazy("Next Monday")
    WEEK = "week", gettext_lazy("In a week")


def later(activity: Activity, choice: str, *, user: User, at: datetime) -> datetime:
    """When it is due if ``user`` puts it off at ``at``: at the same time of day there.

    What has no hour goes to a day of the company; what had no day is due at nine.
    """
    zone = clock.company_zone() if activity.all_day else user.zone
    today = at.astimezone(zone).date()
    ahead = {Later.TOMORROW: 1, Later.MONDAY: 7 - today.weekday(), Later.WEEK: 7}
    day = today + timedelta(days=ahead[Later(choice)])
    if activity.all_day:
        return end_of_day(day)
    hour = activity.due_at.astimezone(zone).time() if activity.due_at else HOUR
    return datetime.combine(day, hour, tzinfo=zone)


def reschedule(activity: Activity, choice: str, *, by: User) -> Activity:
    """Raises ValidationError where it is done, StaleVersion where somebody changed it."""
    if activity.done_at is not None:
        raise ValidationError(_("It is done already."))
    due_at = later(activity, choice, user=by, at=clock.now())
    return update_activity(activity, by=by, due_at=due_at)
