"""What deals are found by in the search box and through the API."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import finding
from core.finding import Hit
from pipeline.models import Opportunity


def register() -> None:
    finding.register("opportunity", _("Deals"), deals, order=30)


def deals(user: User, text: str, limit: int) -> list[Hit]:
    rows = Opportunity.objects.visible_to(user).current().select_related("stage", "customer")
    return [_deal(row) for row in finding.closest(rows, text, limit)]


def _deal(row: Opportunity) -> Hit:
    # Most deals begin with their customer's name already.
    customer = row.customer.name if row.customer and row.customer.name not in row.name else ""
    detail = " · ".join(filter(None, (customer, str(row.stage))))
    return Hit(
        "opportunity", row.pk, row.title, detail, reverse("pipeline:opportunity", args=[row.pk])
    )
