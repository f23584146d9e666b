from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.history import HistoryQuerySet, HistoryRow
from core.vocabulary import Named
from crm.models.customers import Customer
from crm.models.plays import Played


class PlanPart(models.TextChoices):
    """The part of the plan that a stage belongs to."""

    ACQUISITION = "acquisition", _("acquisition")
    NURTURING = "nurturing", _("nurturing")
    TRACKING = "tracking", _("project tracking")
    CLOSING = "closing", _("closing")


class Ladder(Named, models.Model):
    """A sequence of lifecycle stages that customers climb."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        ordering = ["-is_default", "name"]
        verbose_name = _("ladder")
        verbose_name_plural = _("ladders")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_ladder"
            ),
        ]


class LifecycleStage(Named, Played):
    class ReachedBy(models.TextChoices):
        HAND = "", _("by hand")
        DEAL_OPENED = "deal_opened", _("first deal opened")
        DEAL_WON = "deal_won", _("deal won")

    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="stages")
    name = models.CharField(_("name"), max_length=100)
    order = models.PositiveSmallIntegerField(_("order"))
    part = models.CharField(_("part of the plan"), max_length=12, choices=PlanPart.choices)
    reached_by = models.CharField(
        _("reached by"), max_length=12, choices=ReachedBy.choices, blank=True, default=""
    )
    hands_over = models.BooleanField(_("hands over to a pipeline"), default=False)
    is_lost = models.BooleanField(_("lost"), default=False)

    class Meta:
        ordering = ["ladder", "order", "id"]
        verbose_name = _("lifecycle stage")
        verbose_name_plural = _("lifecycle stages")
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "name"], name="lifecycle_stage_name_in_ladder"
            ),
            models.UniqueConstraint(
                fields=["ladder"], condition=Q(hands_over=True), name="one_handing_over_stage"
            ),
            models.UniqueConstraint(
                fields=["ladder", "reached_by"],
                condition=~Q(reached_by=""),
                name="one_stage_per_deal_event",
            ),
            models.CheckConstraint(
                condition=Q(is_lost=False) | Q(hands_over=False, reached_by=""),
                name="lost_stage_is_an_end",
            ),
        ]


class LadderPosition(models.Model):
    """Where a customer stands on a ladder now; the changes are the truth, this is their end."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="positions")
    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="+")
    stage = models.ForeignKey(LifecycleStage, on_delete=models.PROTECT, related_name="positions")
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("ladder position")
        verbose_name_plural = _("ladder positions")
        constraints = [
            models.UniqueConstraint(fields=["customer", "ladder"], name="one_position_per_ladder"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.stage}"


class LifecycleChange(HistoryRow):
    """A customer's move into a lifecycle stage. Append-only."""

    class Cause(models.TextChoices):
        HAND = "hand", _("by hand")
        DEAL_OPENED = "deal_opened", _("first deal opened")
        DEAL_WON = "deal_won", _("deal won")
        IMPORT = "import", _("import")
        API = "api", _("API")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="lifecycle_changes"
    )
    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="+")
    from_stage = models.ForeignKey(
        LifecycleStage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_stage = models.ForeignKey(LifecycleStage, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause.choices, default=Cause.HAND)

    objects = HistoryQuerySet["LifecycleChange"].as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("lifecycle change")
        verbose_name_plural = _("lifecycle changes")
        indexes = [
            models.Index(fields=["ladder", "customer", "at", "id"]),
            models.Index(fields=["customer", "at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_stage__isnull=True) | ~Q(from_stage=F("to_stage")),
                name="lifecycle_change_moves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.to_stage_id} {self.at}"
