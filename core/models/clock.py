from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BusinessClock(models.Model):
    """One row at most: the instant the company's time is pinned to, if any."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    pinned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("business clock")
        verbose_name_plural = _("business clocks")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=True), name="one_business_clock"),
        ]

    def __str__(self) -> str:
        return f"pinned to {self.pinned_at}" if self.pinned_at else "running"
