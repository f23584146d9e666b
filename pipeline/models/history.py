from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.history import HistoryQuerySet, HistoryRow
from pipeline.models.lost_reasons import LostReason
from pipeline.models.opportunities import Opportunity
from pipeline.models.pipelines import Pipeline, Stage


class StageChange(HistoryRow):
    """A deal's move into a stage: the only source of truth for rates. Append-only."""

    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, related_name="stage_changes"
    )
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    from_stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    lost_reason = models.ForeignKey(
        LostReason, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = HistoryQuerySet["StageChange"].as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        indexes = [
            models.Index(fields=["pipeline", "opportunity", "at", "id"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_stage__isnull=True) | ~Q(from_stage=F("to_stage")),
                name="stage_change_moves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id} → {self.to_stage_id} {self.at}"


class AmountChange(HistoryRow):
    """What a deal's amount was known to be from an instant on. Append-only."""

    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, related_name="amount_changes"
    )
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)

    objects = HistoryQuerySet["AmountChange"].as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("amount change")
        verbose_name_plural = _("amount changes")
        indexes = [models.Index(fields=["pipeline", "opportunity", "at", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="amount_change_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id} {self.amount} {self.currency} {self.at}"
