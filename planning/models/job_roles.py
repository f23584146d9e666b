from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.vocabulary import Named
from crm.models import LifecycleStage
from pipeline.models import Stage
from planning.models.visibility import PlannersQuerySet

NOT_NEGATIVE = MinValueValidator(0, message=_("This cannot be negative."))
LONGEST_RAMP = 24


def validate_ramp(ramp: Any) -> None:
    shares = isinstance(ramp, list) and all(
        isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
        for share in ramp
    )
    if not shares or len(ramp) > LONGEST_RAMP:
        raise ValidationError(_("Give a share between 0 and 1 for each of the first months."))


class JobRole(Named, models.Model):
    """What people are employed as, such as sales engineer: hours, learning, leaving and cost.

    Money is in the company's currency. ``hours_per_day`` are hours with customers on a working
    day; ``ramp`` the share of them that somebody new gives in each of the first months, full
    hours after; ``training_hours`` what others in the role lose a month to each who is learning.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    hours_per_day = models.FloatField(
        _("hours with customers a day"),
        default=6.0,
        validators=[NOT_NEGATIVE, MaxValueValidator(24)],
    )
    monthly_cost = models.DecimalField(
        _("cost a month"), max_digits=14, decimal_places=2, default=0, validators=[NOT_NEGATIVE]
    )
    recruiting_cost = models.DecimalField(
        _("cost of a hire"), max_digits=14, decimal_places=2, default=0, validators=[NOT_NEGATIVE]
    )
    ramp = models.JSONField(_("first months"), default=list, blank=True, validators=[validate_ramp])
    attrition = models.FloatField(
        _("leave in a year"),
        default=0.0,
        validators=[NOT_NEGATIVE, MaxValueValidator(0.95)],
        help_text=_("The share of people who leave in a year."),
    )
    training_hours = models.FloatField(
        _("hours of others for each who learns"),
        default=0.0,
        validators=[NOT_NEGATIVE, MaxValueValidator(200)],
    )
    notice_months = models.PositiveSmallIntegerField(
        _("months until a hire begins"), default=1, validators=[MaxValueValidator(24)]
    )
    most_hires = models.PositiveSmallIntegerField(_("most hires a month"), null=True, blank=True)
    overtime_share = models.FloatField(
        _("most overtime"),
        default=0.0,
        validators=[NOT_NEGATIVE, MaxValueValidator(1)],
        help_text=_("As a share of the hours there are."),
    )
    overtime_cost = models.DecimalField(
        _("cost of an hour of overtime"),
        max_digits=10,
        decimal_places=2,
        default=0,
        validators=[NOT_NEGATIVE],
    )
    version = models.PositiveIntegerField(default=1)

    objects = PlannersQuerySet["JobRole"].as_manager()

    class Meta:
        ordering = ["order", "name"]
        verbose_name = _("job role")
        verbose_name_plural = _("job roles")
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_per_day__gte=0, hours_per_day__lte=24),
                name="job_role_hours_of_a_day",
            ),
            models.CheckConstraint(
                condition=Q(attrition__gte=0, attrition__lt=1), name="job_role_attrition_a_share"
            ),
            models.CheckConstraint(
                condition=Q(monthly_cost__gte=0, recruiting_cost__gte=0, overtime_cost__gte=0),
                name="job_role_costs_not_negative",
            ),
        ]

    @property
    def hourly_cost(self) -> Decimal | None:
        """What an hour with customers costs at 21 working days a month; None without hours."""
        hours = Decimal(str(self.hours_per_day)) * 21
        return self.monthly_cost / hours if hours else None


class StageEffort(models.Model):
    """Hours that a role spends on each subject of a stage: at its entry, and a month while there.

    ``per_entry`` and ``per_month`` are the typed ones; ``measured`` is what logged activities said
    when they were last read (``planning.measured_hours``), null where nobody logged any. With
    ``is_measured`` the measured hours are used wherever they are told by enough.

    A customer's stage may lead to several pipelines, each of which sees its customers until their
    first deal in it: ``measured_by_pipeline`` is {pipeline: what it measured}, of which
    ``measured`` is that of the first.
    """

    role = models.ForeignKey(JobRole, on_delete=models.CASCADE, related_name="efforts")
    lifecycle_stage = models.ForeignKey(
        LifecycleStage, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    pipeline_stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    per_entry = models.FloatField(
        _("hours for each"), default=0.0, validators=[NOT_NEGATIVE, MaxValueValidator(10_000)]
    )
    per_month = models.FloatField(
        _("hours a month for each"), default=0.0, validators=[NOT_NEGATIVE, MaxValueValidator(700)]
    )
    is_measured = models.BooleanField(_("measured"), default=False)
    measured = models.JSONField(null=True, blank=True, editable=False)
    measured_by_pipeline = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering = ["role", "id"]
        verbose_name = _("effort of a stage")
        verbose_name_plural = _("efforts of stages")
        constraints = [
            models.CheckConstraint(
                condition=Q(lifecycle_stage__isnull=True) ^ Q(pipeline_stage__isnull=True),
                name="effort_of_one_stage",
            ),
            models.UniqueConstraint(
                fields=["role", "lifecycle_stage"],
                condition=Q(lifecycle_stage__isnull=False),
                name="one_effort_per_lifecycle_stage",
            ),
            models.UniqueConstraint(
                fields=["role", "pipeline_stage"],
                condition=Q(pipeline_stage__isnull=False),
                name="one_effort_per_pipeline_stage",
            ),
            models.CheckConstraint(
                condition=Q(per_entry__gte=0, per_month__gte=0), name="effort_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.lifecycle_stage or self.pipeline_stage}"

    @property
    def uses_measured(self) -> bool:
        return self._uses(self.measured)

    @property
    def hours(self) -> tuple[float, float]:
        """Hours for each and hours a month, as they are used where no pipeline is named."""
        return self._hours(self.measured)

    def uses_measured_in(self, pipeline: int) -> bool:
        return self._uses(self._measured_in(pipeline))

    def hours_in(self, pipeline: int) -> tuple[float, float]:
        """Hours for each and hours a month, as a plan of that pipeline uses them."""
        return self._hours(self._measured_in(pipeline))

    def _measured_in(self, pipeline: int) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.measured_by_pipeline.get(str(pipeline), self.measured)
        return found

    def _uses(self, measured: dict[str, Any] | None) -> bool:
        return self.is_measured and bool((measured or {}).get("is_enough"))

    def _hours(self, measured: dict[str, Any] | None) -> tuple[float, float]:
        if measured is not None and self._uses(measured):
            return measured["per_entry"]["hours"], measured["per_month"]["hours"]
        return self.per_entry, self.per_month

    @property
    def hours_of_a_stay(self) -> float:
        """Hours that each who enters takes: of measured ones, with all months that it stays."""
        if self.measured is not None and self.uses_measured and self.measured["entries"]:
            return float(self.measured["minutes"] / 60 / self.measured["entries"])
        return self.hours[0]

    @property
    def row(self) -> tuple[str, int | None]:
        """Kind and id of the stage, as an estimate's law names its rows."""
        if self.lifecycle_stage_id:
            return "customer", self.lifecycle_stage_id
        return "opportunity", self.pipeline_stage_id
