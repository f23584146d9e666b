from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.activities import Activity


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def due(self, *, at: datetime) -> "ReminderQuerySet":
        """Those whose time has come, of what is still to be done by somebody who works here."""
        return self.filter(
            fired_at__isnull=True,
            at__lte=at,
            activity__done_at__isnull=True,
            activity__customer__archived_at__isnull=True,
            activity__opportunity__archived_at__isnull=True,
            activity__owner__is_active=True,
        )


class Reminder(models.Model):
    """When the owner of an activity is to hear of it. Times are business time.

    ``planned_at`` is what the activity and its owner's preference say, ``at`` when it really is
    to fire: later where it was snoozed, and then ``before`` holds what an undo goes back to.
    """

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, related_name="alarm")
    planned_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True, help_text="What a snooze replaced.")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = [
            models.Index(
                fields=["at"], condition=Q(fired_at__isnull=True), name="reminder_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.at:%Y-%m-%d %H:%M}"
