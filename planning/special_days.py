"""The holidays of the plan, for whoever counts working time."""

from datetime import date

from core.working_time import SpecialDays
from planning.models import Holiday


def special_days(first: date, last: date) -> SpecialDays:
    """Free days, and weekend days worked instead, from ``first`` to ``last``, with one query."""
    rows = Holiday.objects.filter(day__gte=first, day__lte=last).order_by()
    free: set[date] = set()
    worked: set[date] = set()
    for day, is_workday in rows.values_list("day", "is_workday"):
        (worked if is_workday else free).add(day)
    return frozenset(free), frozenset(worked)
