from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.plays import Tick
from pipeline.models.opportunities import Opportunity


class DealTick(Tick):
    """A line of a stage's checklist that was done with a deal."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="ticks")

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "item"], name="one_tick_per_deal"),
        ]
