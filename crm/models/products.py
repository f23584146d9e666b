from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    name = models.CharField(_("name"), max_length=200, unique=True)
    family = models.CharField(_("family"), max_length=100, blank=True)
    price = models.DecimalField(
        _("list price"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="product_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceChangeQuerySet(models.QuerySet["PriceChange"]):
    def known_at(self, as_of: datetime) -> "PriceChangeQuerySet":
        """What was listed up to ``as_of``."""
        return self.filter(Q(at__isnull=True) | Q(at__lt=as_of))


class PriceChange(models.Model):
    """The list price of a product from an instant on. Append-only, and written by the database
    itself (``crm/price_log.py``), so that nobody who sets a price can forget it.

    A price that a product began with holds for all the past: who enters a history of deals enters
    its products today.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="price_changes")
    price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(
        null=True, blank=True, help_text="Business time; empty for all the past."
    )
    recorded_at = models.DateTimeField(auto_now_add=True, help_text="Real time.")

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        indexes = [models.Index(fields=["product", "at", "id"])]

    def __str__(self) -> str:
        return f"{self.product_id} {self.price} {self.currency} {self.at}"

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("History is append-only; it goes with its product alone.")
