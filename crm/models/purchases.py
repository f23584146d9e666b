from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.models import ImportBatch
from crm.models.customers import Customer
from crm.models.products import Product


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def visible_to(self, user: User) -> "PurchaseQuerySet":
        """The purchases of visible customers."""
        return self.filter(customer__in=Customer.objects.visible_to(user).values("pk"))

    def current(self) -> "PurchaseQuerySet":
        """Those that count: not archived, corrected or taken back with their import."""
        return self.filter(archived_at__isnull=True)

    def known_at(self, as_of: datetime) -> "PurchaseQuerySet":
        """What counts now and was told before ``as_of``, imports at the instant of the purchase."""
        told = Q(known_from__isnull=True) | Q(known_from__lt=as_of)
        return self.current().filter(told, at__lt=as_of)

    def held_against(self) -> "PurchaseQuerySet":
        """What another import is compared with: what counts, and what somebody archived by hand.

        Else a purchase that was archived as wrong would come back with the same file.
        """
        is_undone = Q(archived_at__isnull=False, import_batch__state=ImportBatch.State.VOIDED)
        return self.filter(replaced_by__isnull=True).exclude(is_undone)


class Purchase(models.Model):
    """What a customer bought, where no deal of a pipeline tells it: spare parts, a shop's orders.

    A later file that corrects an imported purchase replaces its row, so that taking that import
    back leaves what was known before.
    """

    external_id = models.CharField(_("external id"), max_length=100, null=True, blank=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="purchases"
    )
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="purchases",
    )
    at = models.DateTimeField(_("bought on"), help_text="Business time.")
    units = models.DecimalField(_("units"), max_digits=14, decimal_places=3, null=True, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    margin = models.DecimalField(
        _("margin"),
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What remains of the amount after its own costs."),
    )
    currency = models.CharField(_("currency"), max_length=3)
    is_by_hand = models.BooleanField(
        default=False, help_text="What a person typed or corrected; no import overrules it."
    )
    known_from = models.DateTimeField(null=True, blank=True, help_text="Business time.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    import_batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        indexes = [
            models.Index(fields=["customer", "at"], name="purchase_of_customer"),
            models.Index(fields=["-at", "-id"], name="purchase_latest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                condition=Q(external_id__isnull=False, archived_at__isnull=True),
                name="one_purchase_per_external_id",
                violation_error_message=_("A purchase with this external id exists already."),
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="purchase_amount_not_negative",
                violation_error_message=_("A purchase cannot have a negative amount."),
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(units__gt=0),
                name="purchase_of_something",
                violation_error_message=_("Units must be more than none."),
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | Q(archived_at__isnull=False),
                name="replaced_purchase_is_archived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at:%Y-%m-%d} {self.amount} {self.currency}"
