from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pipeline.models.pipelines import Pipeline


class EstimateQuerySet(models.QuerySet["Estimate"]):
    def newest_first(self) -> "EstimateQuerySet":
        return self.order_by("-as_of", "-confirmed_at", "-id")

    def latest_for(
        self, pipeline: Pipeline, *, segment: str = "", as_of: datetime | None = None
    ) -> "Estimate | None":
        """The newest estimate of a pipeline, or the newest that knows nothing after ``as_of``."""
        found = self.filter(pipeline=pipeline, segment=segment)
        if as_of is not None:
            found = found.filter(as_of__lte=as_of)
        return found.newest_first().first()


class Estimate(models.Model):
    """An immutable snapshot of the rates of a pipeline, by what was known at ``as_of``.

    ``payload`` is what the API shows, ``law`` the curves from which a plan is solved.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="estimates")
    segment = models.CharField(max_length=50, blank=True, default="")
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField(auto_now_add=True)
    # A pinned clock stands still: after an undo, the estimate of the history as it was before
    # holds again, and of those with one as-of the last confirmed is the one that counts.
    confirmed_at = models.DateTimeField(default=timezone.now)
    method = models.JSONField()
    window_from = models.DateTimeField(null=True, blank=True)
    inputs_hash = models.CharField(max_length=64)
    subjects = models.PositiveBigIntegerField()
    undated = models.PositiveIntegerField(default=0)
    payload = models.JSONField()
    law = models.JSONField()

    objects = EstimateQuerySet.as_manager()

    class Meta:
        ordering = ["-as_of", "-confirmed_at", "-id"]
        verbose_name = _("estimate")
        verbose_name_plural = _("estimates")
        indexes = [models.Index(fields=["pipeline", "segment", "-as_of", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "segment", "as_of", "inputs_hash"],
                name="one_estimate_of_the_same_inputs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} {self.as_of:%Y-%m-%d}"
