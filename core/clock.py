"""Business time: the real time, or the date that a demo company is pinned to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from core.models import BusinessClock

_remembered: ContextVar[list[datetime | None] | None] = ContextVar("remembered", default=None)
"""Empty before the pinned instant is read, then that alone; None where every read is anew."""


def company_zone() -> ZoneInfo:
    """The zone in which the company's days, months and years begin."""
    return ZoneInfo(settings.COMPANY_TIME_ZONE)


def now() -> datetime:
    """The current business instant, aware, in UTC."""
    return pinned_at() or timezone.now()


def pinned_at() -> datetime | None:
    """The instant the clock stands at; ``None`` where it runs."""
    known = _remembered.get()
    if known:
        return known[0]
    found = BusinessClock.objects.values_list("pinned_at", flat=True).first()
    if known is not None:
        known.append(found)
    return found


@contextmanager
def read_once() -> Iterator[None]:
    """Within, as long as one request takes, the clock is pinned to what it is at the first look."""
    token = _remembered.set([])
    try:
        yield
    finally:
        _remembered.reset(token)


def today() -> date:
    """The company's current business day."""
    return now().astimezone(company_zone()).date()


def told_late(at: datetime) -> datetime | None:
    """Since when a fact of ``at`` that is written now is known; None where it is no news."""
    current = now()
    return current if at < current else None


def day_start(day: date) -> datetime:
    """The first instant of ``day`` in the company's time zone."""
    return datetime.combine(day, time.min, tzinfo=company_zone())


def default_as_of() -> datetime:
    """As-of of "now": just after the current instant, so what was recorded at it is known.

    A pinned clock stands still, and what a user did a moment ago bears its very instant.
    """
    return now() + timedelta(microseconds=1)


def pin(at: datetime | None) -> None:
    """Pin business time to ``at``, or let it run again with ``None``."""
    BusinessClock.objects.update_or_create(singleton=True, defaults={"pinned_at": at})
    _forget()


def step(by: timedelta) -> datetime:
    """Move a pinned clock forward by ``by``; a running clock cannot be stepped."""
    clock = BusinessClock.objects.filter(pinned_at__isnull=False).first()
    if clock is None or clock.pinned_at is None:
        raise ValueError("Only a pinned clock can be stepped.")
    clock.pinned_at += by
    clock.save(update_fields=["pinned_at"])
    _forget()
    return clock.pinned_at


def _forget() -> None:
    if known := _remembered.get():
        known.clear()
