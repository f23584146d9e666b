from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.vocabulary import Named
from crm.models import Ladder, PlanPart
from crm.models.plays import Played

DEFAULT_MISCLICK = 5
LONGEST_MISCLICK = 24 * 60
"""Minutes: slips are seen at once, and who thinks again the next day did move the deal."""


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
    misclick_minutes = models.PositiveSmallIntegerField(
        _("minutes to take a move back"),
        default=DEFAULT_MISCLICK,
        validators=[MaxValueValidator(LONGEST_MISCLICK)],
        help_text=_(
            "A deal that is back where it was within so many minutes was moved by mistake, and "
            "the rates take it as never moved. 0 counts every move."
        ),
    )

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")

    @property
    def misclick_window(self) -> timedelta:
        """How soon a move must be taken back to count as none."""
        return timedelta(minutes=self.misclick_minutes)

    def clean(self) -> None:
        """What the deals are worth was added up in the currency as it is."""
        if self.pk is None:
            return
        stored = Pipeline.objects.filter(pk=self.pk).exclude(currency=self.currency)
        if stored.filter(opportunities__isnull=False).exists():
            message = _("This pipeline has deals, so its currency can no longer change.")
            raise ValidationError({"currency": message})


NEVER_RETIRED = _("Won and lost cannot be retired.")
MERGED = _("This stage was merged into another; take it out of there first.")


class StageQuerySet(models.QuerySet["Stage"]):
    def open(self) -> "StageQuerySet":
        return self.filter(is_won=False, is_lost=False)

    def current(self) -> "StageQuerySet":
        return self.filter(retired_at__isnull=True)

    def unmerged(self) -> "StageQuerySet":
        """Those that stand for themselves, in use or retired."""
        return self.filter(merged_into__isnull=True)


class Stage(Named, Played):
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
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged",
    )

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
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(retired_at__isnull=False),
                name="merged_stage_is_retired",
                violation_error_message=MERGED,
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="stage_not_merged_into_itself",
            ),
        ]

    def clean(self) -> None:
        """A board shows no retired stage, so no deal may be left behind in one."""
        if self.retired_at is None:
            if self.merged_into_id is not None:
                raise ValidationError({"retired_at": MERGED})
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
    def read_as(self) -> "Stage":
        """The stage that the history of this one counts for: what it was merged into, or itself."""
        return self.merged_into or self

    @property
    def is_open(self) -> bool:
        return not (self.is_won or self.is_lost)

    @property
    def status(self) -> str:
        """``open``, ``won`` or ``lost``."""
        return "won" if self.is_won else "lost" if self.is_lost else "open"
