from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from pipeline.models import Estimate, Pipeline

if TYPE_CHECKING:
    from planning.models.channels import ChannelBudget

MONTHS = 12
# SQLite keeps amounts as floats, which tell cents apart up to here.
MOST_MONEY = MaxValueValidator(Decimal(10) ** 13)
NEEDS_MARGIN = _("Say the gross margin: without it all revenue would count as profit.")
YEARS_AHEAD = 5
"""A plan for a later year would rest on nothing but repetition of the last."""


def even_shape() -> list[float]:
    """The same share of the year's new leads in every month."""
    return [1.0] * MONTHS


def validate_shape(shape: Any) -> None:
    if not _are_twelve(shape, most=1e6) or not sum(shape) > 0:
        raise ValidationError(_("Give twelve weights, none negative and not all zero."))


def validate_amounts(amounts: Any) -> None:
    if amounts is not None and not _are_twelve(amounts, most=1e15):
        raise ValidationError(_("Give twelve amounts, none negative."))


def _are_twelve(numbers: Any, *, most: float) -> bool:
    return (
        isinstance(numbers, list)
        and len(numbers) == MONTHS
        and all(
            isinstance(n, int | float) and not isinstance(n, bool) and 0 <= n < most
            for n in numbers
        )
    )


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User) -> "PlanQuerySet":
        """Managers and admins plan; a manager sees the company's and the own teams' plans."""
        if user.is_admin:
            return self
        if not user.is_manager:
            return self.none()
        return self.filter(Q(team__isnull=True) | Q(team__in=user.team_ids))


class Plan(models.Model):
    """A revenue target for a year, and what the last solve said of it.

    The requirements of the solve are rows of their own; ``solution`` keeps the rest.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", _("approved")

    class Confidence(models.IntegerChoices):
        EVEN = 50, _("50 %")
        LIKELY = 80, _("80 %")
        NEARLY_SURE = 90, _("90 %")

    class Objective(models.TextChoices):
        COST = "cost", _("least cost")
        PROFIT = "profit", _("most profit")
        REVENUE = "revenue", _("most revenue")

    class RepeatFrom(models.TextChoices):
        DEALS = "deals", _("the deals of existing customers")
        PURCHASES = "purchases", _("purchases")
        TYPED = "typed", _("typed by month")

    class RepeatOverlap(models.TextChoices):
        PURCHASES = "purchases", _("their purchases")
        DEALS = "deals", _("their deals")
        LARGER = "larger", _("of each the larger of the two")

    name = models.CharField(_("name"), max_length=100)
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="plans"
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.PROTECT
    )
    target = models.DecimalField(
        _("target"),
        max_digits=18,
        decimal_places=2,
        validators=[MinValueValidator(0, message=_("A target cannot be negative.")), MOST_MONEY],
    )
    currency = models.CharField(_("currency"), max_length=3)
    confidence = models.PositiveSmallIntegerField(
        _("confidence"), choices=Confidence.choices, default=Confidence.LIKELY
    )
    shape = models.JSONField(_("monthly shape"), default=even_shape, validators=[validate_shape])
    repeat_by_month = models.JSONField(
        _("repeat business by month"),
        null=True,
        blank=True,
        validators=[validate_amounts],
        help_text=_("What earlier customers bring again; empty: as in the last year."),
    )
    repeat_from_purchases = models.BooleanField(
        _("repeat business from purchases"),
        default=False,
        help_text=_("Instead of from the deals of existing customers."),
    )
    repeat_overlap = models.CharField(
        _("read of customers with purchases and deals"),
        max_length=10,
        choices=RepeatOverlap.choices,
        default=RepeatOverlap.PURCHASES,
        help_text=_("Where repeat business is read from purchases."),
    )
    repeat_reason = models.CharField(
        _("reason for the typed repeat business"), max_length=300, blank=True
    )
    objective = models.CharField(
        _("objective"), max_length=10, choices=Objective.choices, default=Objective.COST
    )
    budget = models.DecimalField(
        _("budget for leads"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0, message=_("A budget cannot be negative.")), MOST_MONEY],
    )
    margin = models.FloatField(
        _("gross margin"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("The share of revenue that is left after what was sold is paid for."),
    )
    may_hire = models.BooleanField(_("may hire"), default=True)
    flexibility = models.FloatField(
        _("freedom of the months"),
        default=0.5,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("How far the new leads of a month may differ from the shape of the year."),
    )
    wait_days = models.FloatField(
        _("days a customer waits gladly"),
        default=5.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(365.0)],
    )
    wait_half_life = models.FloatField(
        _("further days that halve the chance"),
        default=21.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(3650.0)],
    )
    scenario_of = models.ForeignKey(
        "self",
        verbose_name=_("scenario of"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="scenarios",
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    estimate = models.ForeignKey(
        Estimate, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    solution = models.JSONField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="plans",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    # Instead of the stored ones, while somebody tries them; never saved.
    tried_channel_budgets: "Sequence[ChannelBudget] | None" = None

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "name", "id"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "year", "pipeline"],
                name="one_plan_of_a_name_per_year",
                violation_error_message=_("A plan of this name exists for that year already."),
            ),
            models.CheckConstraint(condition=Q(target__gte=0), name="plan_target_not_negative"),
            models.CheckConstraint(
                condition=Q(confidence__in=[50, 80, 90]), name="plan_confidence_of_three"
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gte=0),
                name="plan_budget_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(margin__isnull=True) | Q(margin__gte=0, margin__lte=1),
                name="plan_margin_a_share",
            ),
            models.CheckConstraint(
                condition=~Q(objective="profit") | Q(margin__isnull=False),
                name="plan_of_profit_has_a_margin",
                violation_error_message=NEEDS_MARGIN,
            ),
            models.CheckConstraint(
                condition=Q(repeat_from_purchases=False) | Q(repeat_by_month__isnull=True),
                name="plan_repeat_of_one_source",
                violation_error_message=_("Repeat business is either typed or from purchases."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"

    def clean(self) -> None:
        """Profit is a share of revenue less cost, and nobody but the company knows which."""
        super().clean()
        if self.objective == self.Objective.PROFIT and self.margin is None:
            raise ValidationError({"margin": NEEDS_MARGIN})

    @property
    def repeat_from(self) -> str:
        """Where the repeat business of existing customers is read: one source, none twice."""
        if self.repeat_by_month is not None:
            return self.RepeatFrom.TYPED
        return self.RepeatFrom.PURCHASES if self.repeat_from_purchases else self.RepeatFrom.DEALS

    @property
    def repeat_is_of_deals(self) -> bool:
        return self.repeat_from == self.RepeatFrom.DEALS
