"""What plans lend to Today."""

from typing import Any, cast

from django.http import HttpRequest

from accounts.models import User
from core import clock
from planning.my_month import my_month


def month_of_plan(request: HttpRequest) -> dict[str, Any] | None:
    """Somebody's share of the plan this month; nothing where there is no plan."""
    found = my_month(cast(User, request.user), at=clock.now())
    return {"mine": found, "at": clock.now()} if found else None
