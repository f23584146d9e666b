from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from planning.models.job_roles import JobRole
from planning.models.plans import Plan
from planning.models.visibility import PlannersQuerySet


class StaffQuerySet(models.QuerySet["Staff"]):
    def visible_to(self, user: User) -> "StaffQuerySet":
        """A manager sees the people of the own teams and those of none."""
        if user.is_admin:
            return self
        if not user.is_manager:
            return self.none()
        return self.filter(Q(team__isnull=True) | Q(team__in=user.team_ids))

    def employed(self) -> "StaffQuerySet":
        """Those who work here or will, in every plan."""
        return self.filter(plan__isnull=True)

    def of_plan(self, plan: Plan) -> "StaffQuerySet":
        """Those who work here, and those whom ``plan`` means to hire; of a plan of a team, the
        people of that team and of those below it."""
        hired = self.filter(Q(plan__isnull=True) | Q(plan=plan)) if plan.pk else self.employed()
        if plan.team_id is None:
            return hired
        teams = Team.objects.descendants(plan.team_id, include_self=True)
        return hired.filter(team__in=teams.values("pk"))


class Staff(models.Model):
    """People of one role who begin on one day: one who is known by name, or several.

    With a ``plan`` they are hires that the plan means to make.
    """

    role = models.ForeignKey(
        JobRole, verbose_name=_("job role"), on_delete=models.PROTECT, related_name="staff"
    )
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.CASCADE, related_name="planned_hires"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.PROTECT
    )
    headcount = models.PositiveSmallIntegerField(
        _("people"), default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    share = models.FloatField(
        _("share of full time"),
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(2.0)],
    )
    begins = models.DateField(_("begins"))
    ends = models.DateField(_("last day"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["role__order", "begins", "id"]
        verbose_name = _("staff")
        verbose_name_plural = _("staff")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("begins")),
                name="staff_ends_after_beginning",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=Q(headcount__gte=1, share__gte=0), name="staff_of_somebody"
            ),
        ]

    def __str__(self) -> str:
        return self.name or (str(self.user) if self.user else f"{self.headcount} × {self.role}")


class Holiday(models.Model):
    """A weekday on which nobody works, or a weekend day on which everybody does."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    is_workday = models.BooleanField(_("worked instead"), default=False)

    objects = PlannersQuerySet["Holiday"].as_manager()

    class Meta:
        ordering = ["day"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"
