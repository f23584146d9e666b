"""What customers and contacts are found by in the search box, in pickers and through the API."""

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import finding
from core.finding import Hit
from crm.models import Contact, Customer
from crm.selectors import default_positions


def register() -> None:
    finding.register("customer", _("Customers"), customers, order=10)
    finding.register("contact", _("Contacts"), contacts, order=20)


def found_customers(user: User, text: str, limit: int, *, slips: bool = True) -> list[Customer]:
    """The current customers nearest to ``text``, as core.finding.closest has it; for no text all
    of them in order."""
    rows = Customer.objects.visible_to(user).current().select_related("owner")
    found = finding.closest(rows, text, limit, slips=slips) if text.strip() else list(rows[:limit])
    prefetch_related_objects(found, default_positions())
    return found


def customers(user: User, text: str, limit: int) -> list[Hit]:
    return [_customer(row) for row in found_customers(user, text, limit)]


def contacts(user: User, text: str, limit: int) -> list[Hit]:
    rows = Contact.objects.visible_to(user).current().filter(customer__archived_at__isnull=True)
    return [_contact(row) for row in finding.closest(rows.select_related("customer"), text, limit)]


def _customer(row: Customer) -> Hit:
    stages = [str(position.stage) for position in row.default_position]  # type: ignore[attr-defined]
    owner = [str(row.owner)] if row.owner else []
    url = reverse("crm:customer", args=[row.pk])
    return Hit("customer", row.pk, row.name, " · ".join(stages + owner), url)


def _contact(row: Contact) -> Hit:
    """A contact has no page of its own: it stands on its customer's."""
    url = reverse("crm:customer", args=[row.customer_id])
    detail = " · ".join(filter(None, (row.title, row.customer.name)))
    return Hit("contact", row.pk, row.name, detail, url)
