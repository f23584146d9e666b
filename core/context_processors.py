from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core import clock


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: the pinned date and the company's defaults."""
    return {
        "pinned_at": clock.pinned_at(),
        "company_currency": settings.COMPANY_CURRENCY,
        "company_zone": clock.company_zone(),
    }
