from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DirtyFlagQuerySet(models.QuerySet["DirtyFlag"]):
    def due(self, *, at: datetime) -> "DirtyFlagQuerySet":
        """Flags with work to do whose quiet time is over and that nobody holds."""
        unheld = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
        return self.filter(unheld, requested_seq__gt=F("done_seq"), not_before__lte=at)


class DirtyFlag(models.Model):
    """Something that must be computed anew; the truth behind a message to a worker.

    ``requested_seq`` counts the requests, ``done_seq`` is the last of them that is dealt with, so a
    change during the work is never lost. A lease lets one worker at a time do it, and a crash only
    delays it. Times are real time, not business time.
    """

    name = models.CharField(max_length=100, unique=True)
    requested_seq = models.PositiveBigIntegerField(default=0)
    done_seq = models.PositiveBigIntegerField(default=0)
    not_before = models.DateTimeField()
    first_requested_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    # Code and params of the sentence for people, where the error is one they can mend.
    last_reason = models.JSONField(null=True, blank=True)

    objects = DirtyFlagQuerySet.as_manager()

    class Meta:
        verbose_name = _("pending computation")
        verbose_name_plural = _("pending computations")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_seq__lte=F("requested_seq")), name="dirty_done_within_requested"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.done_seq}/{self.requested_seq}"

    @property
    def is_failing(self) -> bool:
        """Whether what was asked for could not be computed when it was tried last."""
        return bool(self.last_error) and self.is_pending

    @property
    def is_pending(self) -> bool:
        return self.requested_seq > self.done_seq

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]
