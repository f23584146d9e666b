from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.vocabulary import label
from crm.models import LifecycleStage
from pipeline.models import Stage
from planning.models.plans import Plan


class AssumptionQuerySet(models.QuerySet["Assumption"]):
    def told(self) -> "AssumptionQuerySet":
        """With what is shown of each: its stage and who made it."""
        return self.select_related("lifecycle_stage", "pipeline_stage", "by")


class Assumption(models.Model):
    """What a plan takes to be otherwise than history says, and why. Never silent."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("deal size")
        PROMOTION = "promotion", _("promotion rate")
        PACE = "pace", _("time in the stages")
        DIRECT = "direct", _("deals that come by themselves")

    RANGES = {
        Kind.AMOUNT: (0.1, 10.0),
        Kind.PROMOTION: (0.0, 1.0),
        Kind.PACE: (0.2, 5.0),
        Kind.DIRECT: (0.0, 10.0),
    }

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="assumptions")
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    lifecycle_stage = models.ForeignKey(
        LifecycleStage, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    pipeline_stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    value = models.FloatField(
        _("value"),
        help_text=_("A promotion rate from 0 to 1; else times what history says."),
    )
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    objects = AssumptionQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = _("assumption")
        verbose_name_plural = _("assumptions")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"],
                condition=~Q(kind="promotion"),
                name="one_assumption_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["plan", "lifecycle_stage"],
                condition=Q(lifecycle_stage__isnull=False),
                name="one_assumption_per_lifecycle_stage",
            ),
            models.UniqueConstraint(
                fields=["plan", "pipeline_stage"],
                condition=Q(pipeline_stage__isnull=False),
                name="one_assumption_per_pipeline_stage",
            ),
            models.CheckConstraint(
                condition=Q(kind="promotion")
                & (Q(lifecycle_stage__isnull=False) ^ Q(pipeline_stage__isnull=False))
                | ~Q(kind="promotion")
                & Q(lifecycle_stage__isnull=True, pipeline_stage__isnull=True),
                name="promotion_is_of_one_stage",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="assumption_not_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="assumption_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.value:g}"

    def clean(self) -> None:
        low, high = self.RANGES.get(self.Kind(self.kind), (0.0, 1.0))
        if self.value is not None and not low <= self.value <= high:
            text = _("Between %(low)g and %(high)g.") % {"low": low, "high": high}
            raise ValidationError({"value": text})

    @property
    def name(self) -> str:
        """What it is about, in the reader's words."""
        stage = self.lifecycle_stage or self.pipeline_stage
        return label(stage.name) if stage else str(self.get_kind_display())

    @property
    def row(self) -> tuple[str, Any] | None:
        """Kind and id of its stage, as an estimate's law names its rows."""
        if self.lifecycle_stage_id:
            return "customer", self.lifecycle_stage_id
        return ("opportunity", self.pipeline_stage_id) if self.pipeline_stage_id else None
