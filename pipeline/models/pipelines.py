from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.vocabulary import Named
from crm.models import Ladder, PlanPart


class Pipeline(Named, models.Model):
    """A way of selling: its stages, its currency, and the ladder that leads to it."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    ladder = models.ForeignKey(
        Ladder,
        verbose_name=_("ladder"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pipelines",
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")

    def clean(self) -> None:
        """What the deals are worth was added up in the currency as it is."""
        if self.pk is None:
            return
        stored = Pipeline.objects.filter(pk=self.pk).exclude(currency=self.currency)
        if stored.filter(opportunities__isnull=False).exists():
            message = _("This pipeline has deals, so its currency can no longer change.")
            raise ValidationError({"currency": message})


NEVER_RETIRED = _("Won and lost cannot be retired.")


class StageQuerySet(models.QuerySet["Stage"]):
    def open(self) -> "StageQuerySet":
        return self.filter(is_won=False, is_lost=False)

    def current(self) -> "StageQuerySet":
        return self.filter(retired_at__isnull=True)


class Stage(Named, models.Model):
    """A step of a pipeline; won and lost are flags, never names."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="stages")
    name = models.CharField(_("name"), max_length=100)
    order = models.PositiveSmallIntegerField(_("order"))
    part = models.CharField(
        _("part of the plan"), max_length=12, choices=PlanPart.choices, default=PlanPart.TRACKING
    )
    is_won = models.BooleanField(_("won"), default=False)
    is_lost = models.BooleanField(_("lost"), default=False)
    rotting_days = models.PositiveSmallIntegerField(
        _("rotting after days"),
        null=True,
        blank=True,
        help_text=_("A deal that stays longer is marked on the board."),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ["pipeline", "order", "id"]
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "name"], name="stage_name_in_pipeline"),
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(is_won=True), name="one_won_stage"
            ),
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(is_lost=True), name="one_lost_stage"
            ),
            models.CheckConstraint(
                condition=~Q(is_won=True, is_lost=True), name="stage_not_won_and_lost"
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(is_won=False, is_lost=False),
                name="ends_are_never_retired",
                violation_error_message=NEVER_RETIRED,
            ),
        ]

    def clean(self) -> None:
        """A board shows no retired stage, so no deal may be left behind in one."""
        if self.retired_at is None:
            return
        if not self.is_open:
            raise ValidationError({"retired_at": NEVER_RETIRED})
        if self.pk is None:
            return
        standing = self.opportunities.filter(archived_at__isnull=True)
        if standing.filter(stage__retired_at__isnull=True).exists():
            message = _("Open deals stand in this stage; move them first.")
            raise ValidationError({"retired_at": message})

    @property
    def is_open(self) -> bool:
        return not (self.is_won or self.is_lost)

    @property
    def status(self) -> str:
        """``open``, ``won`` or ``lost``."""
        return "won" if self.is_won else "lost" if self.is_lost else "open"
