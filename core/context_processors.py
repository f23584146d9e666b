from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core import clock
from core.models import BusinessClock


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: the pinned date and the company's defaults."""
    return {
        "pinned_at": BusinessClock.objects.values_list("pinned_at", flat=True).first(),
        "company_currency": settings.COMPANY_CURRENCY,
        "company_zone": clock.company_zone(),
    }
