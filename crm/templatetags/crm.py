"""Parts that pages of customers share."""

from datetime import datetime, time, timedelta
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock

register = template.Library()


@register.inclusion_tag("crm/_activity_fields.html")
def activity_fields(form: BaseForm) -> dict[str, Any]:
    """The fields of an activity, with dates one click away by the business clock."""
    return {"form": form, "quick_dates": _quick_dates(timezone.localtime(clock.now()))}


def _quick_dates(now: datetime) -> list[dict[str, str]]:
    choices = [(_("Today"), 0, 17), (_("Tomorrow"), 1, 9), (_("In a week"), 7, 9)]
    days = [(label, now.date() + timedelta(days=ahead), hour) for label, ahead, hour in choices]
    return [
        {"label": label, "value": f"{datetime.combine(on, time(hour)):%Y-%m-%dT%H:%M}"}
        for label, on, hour in days
    ]
