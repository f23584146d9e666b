from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from crm.models.activities import Activity
from crm.models.assignment import AssignmentRule
from crm.models.customers import Customer


class LeadState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("lead", "waiting")
    DUE_SOON = "due_soon", pgettext_lazy("lead", "due soon")
    OVERDUE = "overdue", pgettext_lazy("lead", "overdue")
    IN_TIME = "answered_in_time", pgettext_lazy("lead", "answered in time")
    LATE = "answered_late", pgettext_lazy("lead", "answered late")
    GIVEN_UP = "given_up", pgettext_lazy("lead", "given up")


WAITING = Q(first_response_at__isnull=True, given_up_at__isnull=True)


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: User) -> "LeadQuerySet":
        """Those of visible customers; who shares records with a team sees what nobody has yet."""
        if user.is_admin:
            return self
        seen = Q(customer__in=Customer.objects.visible_to(user).values("pk"))
        if user.record_team_ids:
            seen |= Q(customer__owner__isnull=True)
        return self.filter(seen)

    def current(self) -> "LeadQuerySet":
        """Those whose customers are not archived."""
        return self.filter(customer__archived_at__isnull=True)

    def of_nobody(self) -> "LeadQuerySet":
        return self.filter(customer__owner__isnull=True)

    def waiting(self) -> "LeadQuerySet":
        """Those that nobody has answered, nor given up."""
        return self.filter(WAITING)

    def unanswered(self) -> "LeadQuerySet":
        """Those that nobody has answered, given up or not."""
        return self.filter(first_response_at__isnull=True)

    def given_up(self) -> "LeadQuerySet":
        """Those that ended without an answer."""
        return self.unanswered().filter(given_up_at__isnull=False)

    def answered(self) -> "LeadQuerySet":
        return self.filter(first_response_at__isnull=False)

    def in_state(self, state: str, *, at: datetime) -> "LeadQuerySet":
        conditions = {
            LeadState.WAITING: WAITING & Q(warn_at__gt=at),
            LeadState.DUE_SOON: WAITING & Q(warn_at__lte=at, due_at__gte=at),
            LeadState.OVERDUE: WAITING & Q(due_at__lt=at),
            LeadState.IN_TIME: Q(first_response_at__lte=F("due_at")),
            LeadState.LATE: Q(first_response_at__gt=F("due_at")),
            LeadState.GIVEN_UP: Q(first_response_at__isnull=True, given_up_at__isnull=False),
        }
        return self.filter(conditions[LeadState(state)])


class Lead(models.Model):
    """A customer who came as a new lead, and when it was answered first.

    A customer is a lead only where somebody said so when it came, so that a history that is brought
    in does not flood the inbox. It is answered by the first call, meeting or email that a person
    has done with the customer since ``arrived_at``. ``due_at`` is fixed on arrival and
    ``response_minutes`` are minutes of working time. Who has it is the customer's owner. Since
    ``given_up_at`` the customer stands where a ladder ends without success, and waits no more.
    """

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="lead")
    arrived_at = models.DateTimeField(help_text="Business time.")
    warn_at = models.DateTimeField(help_text="From when on it is due soon.")
    due_at = models.DateTimeField(help_text="Until when it is answered in time.")
    first_response = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    first_response_at = models.DateTimeField(null=True, blank=True)
    responder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    response_minutes = models.PositiveIntegerField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    rule = models.ForeignKey(
        AssignmentRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assigned_at = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(
                condition=Q(warn_at__gte=F("arrived_at"), due_at__gte=F("warn_at")),
                name="lead_is_due_after_it_came",
            ),
            models.CheckConstraint(
                condition=Q(first_response_at__isnull=True, response_minutes__isnull=True)
                | Q(
                    first_response_at__gte=F("arrived_at"),
                    first_response_at__isnull=False,
                    response_minutes__isnull=False,
                ),
                name="lead_answered_after_it_came",
            ),
        ]
        indexes = [
            models.Index(fields=["arrived_at"]),
            models.Index(
                fields=["due_at", "id"],
                condition=WAITING,
                name="lead_waiting",
            ),
            models.Index(
                fields=["-given_up_at", "id"],
                condition=Q(given_up_at__isnull=False),
                name="lead_given_up",
            ),
            models.Index(fields=["-first_response_at", "id"], name="lead_answered"),
        ]

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def is_waiting(self) -> bool:
        return self.first_response_at is None and self.given_up_at is None

    def state(self, *, at: datetime) -> LeadState:
        if self.first_response_at is not None:
            return LeadState.IN_TIME if self.first_response_at <= self.due_at else LeadState.LATE
        if self.given_up_at is not None:
            return LeadState.GIVEN_UP
        if self.due_at < at:
            return LeadState.OVERDUE
        return LeadState.DUE_SOON if self.warn_at <= at else LeadState.WAITING


def _weekdays() -> list[int]:
    return [0, 1, 2, 3, 4]


def check_weekdays(value: Any) -> None:
    if not isinstance(value, list) or not value or not set(value) <= set(range(7)):
        raise ValidationError(_("Name at least one day of the week."))


class ResponseTarget(models.Model):
    """Within how many hours of working time a lead is answered; one row for the company.

    Leads are assigned one after the other while they hold this row, so that each sees the load that
    the last one made.
    """

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    hours = models.DecimalField(
        _("working hours until the first response"),
        max_digits=5,
        decimal_places=2,
        default=4,
        validators=[MinValueValidator(Decimal("0.25")), MaxValueValidator(200)],
    )
    weekdays = models.JSONField(_("working days"), default=_weekdays, validators=[check_weekdays])
    opens_at = models.TimeField(_("work begins"), default=time(9))
    closes_at = models.TimeField(_("work ends"), default=time(18))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("response target")
        verbose_name_plural = _("response targets")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=True), name="one_response_target"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="work_ends_after_it_begins",
                violation_error_message=_("Work ends after it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h"
