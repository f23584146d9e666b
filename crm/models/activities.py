from datetime import datetime
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from accounts.models import RemindBefore, User
from crm.models.customers import Customer

MOST_MINUTES = 24 * 60


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: User) -> "ActivityQuerySet":
        """The activities of visible customers."""
        return self.filter(customer__in=Customer.objects.visible_to(user).values("pk"))

    def open(self) -> "ActivityQuerySet":
        return self.filter(done_at__isnull=True)

    def pending(self) -> "ActivityQuerySet":
        """Open ones that wait for somebody: of no archived customer and about no archived deal."""
        return self.open().filter(
            customer__archived_at__isnull=True, opportunity__archived_at__isnull=True
        )

    def due_before(self, at: datetime) -> "ActivityQuerySet":
        return self.open().filter(due_at__lt=at)


class Activity(models.Model):
    """A call, a meeting, an email, a task or a note with a customer, perhaps about a deal.

    ``minutes`` are what it took, where somebody said so. What is due ``all_day`` is due at the end
    of that day of the company. The deal is named by its model only: a deal knows customers, and
    customers know no deals.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        MEETING = "meeting", _("meeting")
        EMAIL = "email", pgettext_lazy("activity", "email")
        TASK = "task", _("task")
        NOTE = "note", _("note")

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="activities"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="activities",
    )
    opportunity = models.ForeignKey(
        "pipeline.Opportunity",
        verbose_name=pgettext_lazy("activity", "deal"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="activities",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    subject = models.CharField(_("subject"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES, message=_("At most 1,440: a day."))],
    )
    created_at = models.DateTimeField(help_text="Business time.")
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    all_day = models.BooleanField(
        _("all day"),
        default=False,
        help_text=_("On that day, at no certain hour."),
    )
    reminder = models.CharField(
        _("reminder"),
        max_length=10,
        choices=RemindBefore.choices,
        blank=True,
        default="",
        help_text=_("Empty: as its owner prefers."),
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True, help_text="Real time.")
    version = models.PositiveIntegerField(default=1)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=0, minutes__lte=MOST_MINUTES),
                name="activity_within_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-created_at"]),
            models.Index(
                fields=["owner", "due_at"], condition=Q(done_at__isnull=True), name="activity_open"
            ),
            # What hours are measured by.
            models.Index(
                fields=["done_at"], condition=Q(minutes__isnull=False), name="activity_of_minutes"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def heading(self) -> str:
        """Call: Asked for drawings; the kind alone where its word is all that was written."""
        kind = capfirst(str(self.get_kind_display()))
        if self.subject.casefold() in _words_for(self.kind):
            return kind
        return _("%(kind)s: %(subject)s") % {"kind": kind, "subject": self.subject}

    def clean(self) -> None:
        """A deal is one of the same customer; the database holds this too."""
        deal = self.opportunity
        if deal is not None and deal.customer_id != self.customer_id:
            raise ValidationError({"opportunity": _("This deal is of another customer.")})

    def is_overdue(self, *, at: datetime) -> bool:
        return self.done_at is None and self.due_at is not None and self.due_at < at


@cache
def _words_for(kind: str) -> set[str]:
    """What a kind is called in any language: a subject that nobody typed is one of them."""
    words = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            words.add(str(Activity.Kind(kind).label).casefold())
    return words
