"""How long before something is due a person wants to hear of it."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class RemindBefore(models.TextChoices):
    NONE = "none", _("no reminder")
    AT_DUE = "at_due", _("when it is due")
    QUARTER = "15_min", _("15 minutes before")
    HOUR = "1_hour", _("1 hour before")
    DAY = "1_day", _("1 day before")

    @property
    def lead(self) -> timedelta | None:
        """The time between reminder and due; ``None`` where there is no reminder."""
        return {
            RemindBefore.NONE: None,
            RemindBefore.AT_DUE: timedelta(0),
            RemindBefore.QUARTER: timedelta(minutes=15),
            RemindBefore.HOUR: timedelta(hours=1),
            RemindBefore.DAY: timedelta(days=1),
        }[self]
