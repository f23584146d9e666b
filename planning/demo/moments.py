"""A journal's minutes and days as the company's instants and dates."""

from datetime import date, datetime, time, timedelta

from core import clock
from planning.demo.company import BASE_YEAR, FOUNDED


def instant(minute: int) -> datetime:
    """By the wall clock of the company's zone."""
    midnight = datetime.combine(FOUNDED, time.min, tzinfo=clock.company_zone())
    return midnight + timedelta(minutes=minute)


def day(number: int) -> date:
    return FOUNDED + timedelta(days=number)


def plan_start() -> datetime:
    """The instant the demo's clock stands at: the first morning of the plan year."""
    return datetime.combine(date(BASE_YEAR + 1, 1, 1), time(9), tzinfo=clock.company_zone())
