from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core import clock
from core.models import BusinessClock


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: the pinned date and the company's defaults."""
    return {
        "pinned_at": _pinned_at(request),
        "company_currency": settings.COMPANY_CURRENCY,
        "company_zone": clock.company_zone(),
    }


def _pinned_at(request: Any) -> datetime | None:
    """Read once: each part that higher apps lend to a page is a template of its own."""
    if not hasattr(request, "pinned_at"):
        request.pinned_at = BusinessClock.objects.values_list("pinned_at", flat=True).first()
    found: datetime | None = request.pinned_at
    return found
