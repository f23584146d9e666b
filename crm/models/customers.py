from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import OwnedQuerySet
from core import matching
from core.derived import DerivedField
from core.finding import matching as having_words
from core.models import ImportBatch
from crm.models.sources import Source

if TYPE_CHECKING:
    from crm.models.ladders import LadderPosition


class CustomerQuerySet(OwnedQuerySet["Customer"]):
    def visible_to(self, user: User) -> Self:
        """Those whose owners ``user`` sees, but for who was merged into another."""
        return self.seen_by(user).filter(merged_into__isnull=True)

    def seen_by(self, user: User) -> Self:
        """The same with those who were merged: for their old addresses and external ids."""
        return super().visible_to(user)

    def with_external_id(self, external_id: str) -> Self:
        """The one that has it, or that a customer who had it was merged into."""
        was = Customer.objects.filter(external_id=external_id, merged_into__isnull=False)
        return self.filter(Q(external_id=external_id) | Q(pk__in=was.values("merged_into")))

    def matching(self, text: str) -> "CustomerQuerySet":
        """Customers whose name, website, telephone or external id has all words of ``text``."""
        return self.filter(having_words(text))


def _search_key(customer: "Customer") -> str:
    domain = matching.domain_key(customer.website) or customer.website
    digits = matching.phone_digits(customer.phone)
    return matching.search_key(customer.name, domain, digits, customer.external_id)


Along = Mapping[str, Collection[int]]
"""Ids of ``deals`` and ``activities``."""


@dataclass(frozen=True)
class Given:
    """What went ``along`` with a customer, and the address whose POST takes all of it back; empty
    where nothing does."""

    along: Along
    undo: str


class Customer(models.Model):
    """A company we sell to, or might."""

    external_id = models.CharField(_("external id"), max_length=100, null=True, blank=True)
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
    )
    source = models.ForeignKey(
        Source,
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="customers",
    )
    region = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=100, blank=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    annual_revenue = models.DecimalField(
        _("annual revenue"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    website = models.CharField(_("website"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent company"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="subsidiaries",
    )
    # Who was merged into another one is out of all lists, and nothing belongs to it any more.
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged_here",
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(help_text="Business time.")
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    import_batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What it is found by and held for the same by; see core.matching.
    name_key = DerivedField(compute=lambda row: matching.name_key(row.name), of=["name"])
    search_key = DerivedField(compute=_search_key, of=["name", "website", "phone", "external_id"])
    phone_key = DerivedField(compute=lambda row: matching.phone_key(row.phone), of=["phone"])
    domain_key = DerivedField(compute=lambda row: matching.domain_key(row.website), of=["website"])

    # What went along when its owner was changed just now.
    given: Given | None = None

    objects = CustomerQuerySet.as_manager()
    positions: "models.Manager[LadderPosition]"

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["name", "id"]),
            models.Index(Lower("name"), name="customer_lower_name"),
            models.Index(fields=["-created_at", "id"]),
            models.Index(fields=["name_key"], name="customer_name_key"),
            models.Index(
                fields=["phone_key"], condition=Q(phone_key__gt=""), name="customer_phone_key"
            ),
            models.Index(
                fields=["domain_key"], condition=Q(domain_key__gt=""), name="customer_domain_key"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                condition=Q(external_id__isnull=False),
                name="one_customer_per_external_id",
                violation_error_message=_("A customer with this external id exists already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
