from functools import cache

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from core.models.history import HistoryQuerySet, HistoryRow
from pipeline.models.opportunities import Opportunity
from pipeline.models.pipelines import Pipeline


class OwnProbability(HistoryRow):
    """What somebody held the chance of a deal to be, from an instant on. Append-only.

    ``probability`` is a share of 1; empty where the one before it was taken back.
    """

    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, related_name="own_probabilities"
    )
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+")
    probability = models.FloatField(_("own probability"), null=True, blank=True)

    objects = HistoryQuerySet["OwnProbability"].as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("own probability")
        verbose_name_plural = _("own probabilities")
        indexes = [models.Index(fields=["opportunity", "-at", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=1),
                name="own_probability_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id} {self.probability} {self.at}"


@cache
def standing_probability() -> Subquery:
    """The own probability that holds, to annotate opportunities with; NULL where there is none."""
    of_deal = OwnProbability.objects.live().filter(opportunity=OuterRef("pk"))
    return Subquery(of_deal.order_by("-at", "-id").values("probability")[:1])
