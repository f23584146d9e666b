from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models import LifecycleStage, PlanPart
from pipeline.models import Stage
from planning.models.plans import Plan


class Requirement(models.Model):
    """How many subjects must enter a stage in a month for the plan to hold; not rounded."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="requirements")
    month = models.DateField(help_text="First day of the month.")
    lifecycle_stage = models.ForeignKey(
        LifecycleStage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    pipeline_stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    position = models.PositiveSmallIntegerField(help_text="Order of the stage in the funnel.")
    name = models.CharField(max_length=100)
    part = models.CharField(max_length=12, choices=PlanPart.choices)
    segment = models.CharField(max_length=100, blank=True, default="")
    entries = models.FloatField()
    from_pipeline = models.FloatField()
    new = models.FloatField()
    low80 = models.FloatField()
    high80 = models.FloatField()
    mean_amount = models.FloatField(null=True, blank=True)
    success = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["position", "month"]
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "month", "position", "segment"], name="one_requirement_per_cell"
            ),
            models.CheckConstraint(
                condition=Q(lifecycle_stage__isnull=True) ^ Q(pipeline_stage__isnull=True),
                name="requirement_of_one_stage",
            ),
            models.CheckConstraint(
                condition=Q(entries__gte=0, from_pipeline__gte=0, new__gte=0),
                name="requirement_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.month:%Y-%m}: {self.entries:.1f}"

    @property
    def kind(self) -> str:
        return "customer" if self.lifecycle_stage_id else "opportunity"

    @property
    def stage(self) -> int | None:
        return self.lifecycle_stage_id or self.pipeline_stage_id
