"""What this app shows on pages of the frame."""

from typing import Any, cast

from django.http import HttpRequest

from accounts.models import User
from core import fragments
from crm.selectors import found_customers

FOUND = 6


def register() -> None:
    fragments.register("search.results", "crm/_search_customers.html", _found, order=10)
    fragments.register("quick.add", "crm/_quick_add.html", lambda request: {})


def _found(request: HttpRequest, *, text: str) -> dict[str, Any] | None:
    user = cast(User, request.user)
    customers = found_customers(user, text, FOUND)
    return {"customers": customers} if customers else None
