from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from pipeline.models import Estimate, Pipeline

MONTHS = 12


def even_shape() -> list[float]:
    """The same share of the year's new leads in every month."""
    return [1.0] * MONTHS


def validate_shape(shape: Any) -> None:
    numbers = isinstance(shape, list) and all(
        isinstance(w, int | float) and not isinstance(w, bool) and 0 <= w < 1e6 for w in shape
    )
    if not numbers or len(shape) != MONTHS or not sum(shape) > 0:
        raise ValidationError(_("Give twelve weights, none negative and not all zero."))


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
        validators=[MinValueValidator(0, message=_("A target cannot be negative."))],
    )
    currency = models.CharField(_("currency"), max_length=3)
    confidence = models.PositiveSmallIntegerField(
        _("confidence"), choices=Confidence.choices, default=Confidence.LIKELY
    )
    shape = models.JSONField(_("monthly shape"), default=even_shape, validators=[validate_shape])
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
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"
