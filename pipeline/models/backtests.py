from django.db import models
from django.utils.translation import gettext_lazy as _

from pipeline.models.pipelines import Pipeline


class BacktestQuerySet(models.QuerySet["Backtest"]):
    def latest_for(self, pipeline: Pipeline) -> "Backtest | None":
        """The newest model card of a pipeline."""
        return self.filter(pipeline=pipeline).order_by("-as_of", "-id").first()


class Backtest(models.Model):
    """An immutable model card: what the method would have forecast in the past, and what came.

    ``document`` is estimation.backtest.Backtest as JSON, its instants in microseconds. It was made
    of ``deals`` deals, one of ``sample`` so many; ``history_from`` is the first move of them and
    ``half_life_days`` that of the rates shown then, ``None`` where all history counted alike.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="backtests")
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField(auto_now_add=True)
    history_from = models.DateTimeField(null=True, blank=True)
    half_life_days = models.FloatField(null=True, blank=True)
    deals = models.PositiveBigIntegerField()
    sample = models.PositiveIntegerField(default=1)
    document = models.JSONField()

    objects = BacktestQuerySet.as_manager()

    class Meta:
        ordering = ["-as_of", "-id"]
        verbose_name = _("model card")
        verbose_name_plural = _("model cards")
        indexes = [models.Index(fields=["pipeline", "-as_of", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sample__gte=1), name="backtest_samples_one_in_so_many"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} {self.as_of:%Y-%m-%d}"
