"""A person's planned activities as iCalendar (RFC 5545)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.models import User
from core import clock
from crm.models import Activity
from crm.models.activities import ActivityQuerySet
from crm.timeline import visible_deals

BACK, AHEAD, MOST = timedelta(days=30), timedelta(days=366), 2000
# How long a thing is taken to last that is not done yet.
LASTS = {Activity.Kind.MEETING: timedelta(hours=1)}
SHORT = timedelta(minutes=30)


def planned(user: User, *, at: datetime) -> ActivityQuerySet:
    """What ``user`` has to do, or did, from a month back to a year ahead; what was called off or
    put away is not among it."""
    # By whole days, so that the feed does not change with every second.
    today = datetime.combine(at.astimezone(clock.company_zone()), time.min, clock.company_zone())
    rows = Activity.objects.visible_to(user).filter(
        owner=user,
        due_at__gte=today - BACK,
        due_at__lt=today + AHEAD,
        customer__archived_at__isnull=True,
        opportunity__archived_at__isnull=True,
    )
    return rows.select_related("customer").order_by("due_at", "pk")


def feed(user: User, *, at: datetime) -> bytes:
    """The calendar in the person's language. At most three queries."""
    rows = list(planned(user, at=at)[:MOST])
    deals = visible_deals(rows, user)
    with translation.override(user.language or settings.LANGUAGE_CODE):
        calendar = Calendar()
        calendar.add("prodid", "-//Stepwise//Activities//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _("Stepwise: %(name)s") % {"name": user.name})
        calendar.add("x-published-ttl", "PT15M")
        for activity in rows:
            calendar.add_component(_event(activity, deals.get(activity.opportunity_id or 0)))
        return bytes(calendar.to_ical())


def _event(activity: Activity, deal: Any) -> Event:
    event, due = Event(), activity.due_at
    assert due is not None
    changed = (activity.updated_at or activity.created_at).astimezone(UTC)
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    event.add("uid", f"activity-{activity.pk}@{host}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", activity.version - 1)
    event.add("summary", _summary(activity))
    customer = reverse("crm:customer", args=[activity.customer_id])
    page = deal.get_absolute_url() if deal else customer
    event.add("description", _description(activity, deal, settings.SITE_URL + page))
    event.add("url", settings.SITE_URL + page)
    event.add("categories", [capfirst(str(activity.get_kind_display()))])
    event.add("status", "CONFIRMED")
    if activity.all_day:
        day = due.astimezone(clock.company_zone()).date()
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    else:
        event.add("dtstart", due.astimezone(UTC))
        event.add("dtend", due.astimezone(UTC) + LASTS.get(Activity.Kind(activity.kind), SHORT))
    is_busy = activity.kind == Activity.Kind.MEETING and not activity.all_day
    event.add("transp", "OPAQUE" if is_busy else "TRANSPARENT")
    return event


def _description(activity: Activity, deal: Any, url: str) -> str:
    """What was noted, then with whom and about what, and where to find it."""
    lines = [activity.note, ""] if activity.note else []
    lines.append(_("Customer: %(name)s") % {"name": activity.customer.name})
    if deal:
        lines.append(_("Deal: %(name)s") % {"name": deal.name})
    return "\n".join([*lines, url])


def _summary(activity: Activity) -> str:
    done = "✓ " if activity.done_at else ""
    return f"{done}{activity.heading} · {activity.customer.name}"
