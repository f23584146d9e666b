from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import OwnedQuerySet
from core import matching
from core.derived import DerivedField
from core.models import ImportBatch
from crm.models import Contact, Customer, Product, Source
from pipeline.models.lost_reasons import LostReason
from pipeline.models.pipelines import Pipeline, Stage

# What no row of a list shows.
UNLISTED = (
    *("name_key", "search_key"),
    *(
        f"customer__{f.name}"
        for f in Customer._meta.concrete_fields
        if f.name not in ("id", "name")
    ),
    *(
        f"owner__{f.name}"
        for f in User._meta.concrete_fields
        if f.name not in ("id", "name", "email")
    ),
)


class OpportunityQuerySet(OwnedQuerySet["Opportunity"]):
    def open(self) -> "OpportunityQuerySet":
        return self.current().filter(stage__is_won=False, stage__is_lost=False)

    def won(self) -> "OpportunityQuerySet":
        return self.current().filter(stage__is_won=True)

    def lost(self) -> "OpportunityQuerySet":
        return self.current().filter(stage__is_lost=True)

    def with_names(self, *related: str) -> "OpportunityQuerySet":
        """Deals to be listed: with what is ``related``, of customer and owner the names alone."""
        return self.select_related("customer", "owner", *related).defer(*UNLISTED)


class Opportunity(models.Model):
    """A deal: something a customer may buy, on its way through a pipeline.

    ``stage``, ``stage_entered_at`` and ``closed_at`` are the end of its stage changes, kept here
    for boards and lists. Deals imported without any date have no ``created_at``.
    """

    external_id = models.CharField(_("external id"), max_length=100, null=True, blank=True)
    name = models.CharField(_("name"), max_length=200)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    contact = models.ForeignKey(
        Contact,
        verbose_name=_("contact"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="opportunities",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.PROTECT, related_name="opportunities"
    )
    stage = models.ForeignKey(
        Stage, verbose_name=_("stage"), on_delete=models.PROTECT, related_name="opportunities"
    )
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3)
    expected_close = models.DateField(_("expected close"), null=True, blank=True)
    source = models.ForeignKey(
        Source,
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    region = models.CharField(_("region"), max_length=100, blank=True)
    lost_reason = models.ForeignKey(
        LostReason,
        verbose_name=_("lost reason"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    created_at = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    stage_entered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Nullable, as SQLite adds only such columns without making the watched table anew.
    went_along = models.BooleanField(
        null=True, editable=False, help_text="Archived with its customer, and comes back with it."
    )
    version = models.PositiveIntegerField(default=1)
    import_batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name_key = DerivedField(compute=lambda row: matching.name_key(row.name), of=["name"])
    search_key = DerivedField(
        compute=lambda row: matching.search_key(row.name, row.external_id),
        of=["name", "external_id"],
    )

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        indexes = [
            models.Index(fields=["pipeline", "stage", "-stage_entered_at", "-id"]),
            models.Index(fields=["owner", "stage"]),
            models.Index(fields=["customer"]),
            models.Index(fields=["name_key"], name="deal_name_key"),
            models.Index(
                fields=["pipeline"],
                condition=Q(stage_entered_at__isnull=True),
                name="undated_deals",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "external_id"],
                condition=Q(external_id__isnull=False),
                name="one_deal_per_external_id",
                violation_error_message=_("A deal with this external id exists already."),
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="deal_amount_not_negative",
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(created_at__isnull=True)
                | Q(closed_at__gte=F("created_at")),
                name="deal_closed_after_created",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pipeline:opportunity", args=[self.pk])

    @property
    def title(self) -> str:
        """The name, told apart by the external id where there is no customer to do it."""
        is_bare = self.external_id and self.customer_id is None
        return f"{self.external_id} · {self.name}" if is_bare else self.name

    @property
    def status(self) -> str:
        """``open``, ``won`` or ``lost``."""
        return self.stage.status

    def days_in_stage(self, *, at: datetime) -> int | None:
        """Whole days since the stage was entered; ``None`` where nobody knows when."""
        if self.stage_entered_at is None:
            return None
        return max((at - self.stage_entered_at).days, 0)

    def is_rotting(self, *, at: datetime, usual: int | None = None) -> bool:
        """Whether the deal has stayed open in its stage for longer than it should.

        What a manager set for the stage counts; else ``usual``, the days by which nine of ten
        deals that leave it have left, where that is known.
        """
        days = self.days_in_stage(at=at)
        limit = usual if self.stage.rotting_days is None else self.stage.rotting_days
        return self.stage.is_open and days is not None and limit is not None and days > limit
