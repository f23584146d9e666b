"""What this app shows on pages of the frame."""

from typing import Any

from django.http import HttpRequest

from core import fragments
from crm.models import Customer
from crm.selectors import default_positions

FOUND = 6


def register() -> None:
    fragments.register("search.results", "crm/_search_customers.html", _found, order=10)
    fragments.register("quick.add", "crm/_quick_add.html", lambda request: {})


def _found(request: HttpRequest, *, text: str) -> dict[str, Any] | None:
    rows = Customer.objects.visible_to(request.user).current().matching(text)  # type: ignore[arg-type]
    found = rows.select_related("owner").prefetch_related(default_positions())
    customers = list(found.order_by("name", "id")[:FOUND])
    return {"customers": customers} if customers else None
