"""Until when a lead is to be answered, and how much working time passed."""

from datetime import datetime, timedelta

from core import clock
from core.working_time import WorkingTime, special_days
from crm.models import Lead, ResponseTarget

SOON = 0.25
"""A lead is due soon while no more than this share of its time is left."""

AHEAD = timedelta(days=400)
"""So far ahead holidays are looked for."""


def response_target() -> ResponseTarget:
    """The company's, or what it begins with."""
    return ResponseTarget.objects.first() or ResponseTarget()


def working_time(
    since: datetime, until: datetime, *, target: ResponseTarget | None = None
) -> WorkingTime:
    """The company's working time with the special days from ``since`` to ``until``."""
    target = target or response_target()
    zone = clock.company_zone()
    free, worked = special_days(since.astimezone(zone).date(), until.astimezone(zone).date())
    return WorkingTime(
        frozenset(target.weekdays), target.opens_at, target.closes_at, zone, free, worked
    )


def due_dates(arrived_at: datetime, target: ResponseTarget) -> tuple[datetime, datetime]:
    """From when a lead is due soon, and until when it is answered in time."""
    hours = working_time(arrived_at, arrived_at + AHEAD, target=target)
    span = timedelta(hours=float(target.hours))
    return hours.after(arrived_at, span * (1 - SOON)), hours.after(arrived_at, span)


def minutes_between(since: datetime, until: datetime) -> int:
    """Whole minutes of working time."""
    return working_time(since, until).between(since, until) // timedelta(minutes=1)


def working_day() -> timedelta:
    """The working time of a day."""
    target = response_target()
    zone = clock.company_zone()
    return WorkingTime(frozenset(target.weekdays), target.opens_at, target.closes_at, zone).day


def time_left(leads: list[Lead], *, at: datetime) -> dict[int, timedelta]:
    """Working time that is left of each lead that waits, negative where it is overdue, by its
    key. One look at the holidays for all."""
    waiting = [lead for lead in leads if lead.is_waiting]
    if not waiting:
        return {}
    instants = [at, *(lead.due_at for lead in waiting)]
    hours = working_time(min(instants), max(instants))
    return {
        lead.pk: hours.between(at, lead.due_at) - hours.between(lead.due_at, at) for lead in waiting
    }
