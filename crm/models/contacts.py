from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import matching
from core.derived import DerivedField
from crm.models.customers import Customer


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> "ContactQuerySet":
        """The contacts of visible customers."""
        return self.filter(customer__in=Customer.objects.visible_to(user).values("pk"))

    def current(self) -> "ContactQuerySet":
        return self.filter(archived_at__isnull=True)

    def archived(self) -> "ContactQuerySet":
        """The last archived first: who looks for one seeks what just went."""
        return self.filter(archived_at__isnull=False).order_by("-archived_at", "-pk")


def _search_key(contact: "Contact") -> str:
    return matching.search_key(contact.name, contact.email, matching.phone_digits(contact.phone))


class Contact(models.Model):
    """A person at a customer."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(_("name"), max_length=200)
    title = models.CharField(_("title"), max_length=100, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    is_primary = models.BooleanField(_("first contact"), default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    name_key = DerivedField(compute=lambda row: matching.name_key(row.name), of=["name"])
    search_key = DerivedField(compute=_search_key, of=["name", "email", "phone"])

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-is_primary", "name", "id"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [models.Index(fields=["name_key"], name="contact_name_key")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_primary=True, archived_at__isnull=True),
                name="one_first_contact",
            ),
        ]

    def __str__(self) -> str:
        return self.name
