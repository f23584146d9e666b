"""The hires of a plan as they are shown: what each costs in the year, and when it works in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import clock
from core.money import MissingExchangeRate, RateTable
from core.templatetags.figures import month as month_name
from core.templatetags.figures import percent
from planning.models import JobRole, Plan, Staff
from planning.solving import first_day, following_months, plan_months

MONTHS_AHEAD = 12
"""Hires can begin so many months before the plan's year, to have learned when it begins."""


@dataclass(frozen=True)
class PlannedHire:
    """``cost`` of hiring and pay within the plan's year, in its currency; None without a rate."""

    hire: Staff
    cost: float | None

    @property
    def ramp(self) -> str:
        return ramp_text(self.hire.role, self.hire.begins)


def planned_hires(plan: Plan) -> list[PlannedHire]:
    """The plan's own hires, the earliest of each role first; a fixed number of queries."""
    rows = list(plan.planned_hires.select_related("role", "user"))
    rate = _rate_of(plan) if rows else None
    return [PlannedHire(row, None if rate is None else rate * _cost(row, plan)) for row in rows]


def _rate_of(plan: Plan) -> float | None:
    day = plan.estimate.as_of.astimezone(clock.company_zone()) if plan.estimate else None
    try:
        rate = RateTable(plan.currency).rate(
            settings.COMPANY_CURRENCY, day.date() if day else clock.today()
        )
    except MissingExchangeRate:
        return None
    return float(rate)


def _cost(hire: Staff, plan: Plan) -> float:
    """Recruiting, and pay for the part of the year in which they are there."""
    role = hire.role
    first, after = first_day(plan.year), first_day(plan.year + 1)
    ends = min(after, hire.ends) if hire.ends else after
    days = max((ends - max(first, hire.begins)).days, 0)
    pay = float(role.monthly_cost) * hire.share * 12 * min(days / (after - first).days, 1.0)
    return hire.headcount * (float(role.recruiting_cost) + pay)


def ramp_text(role: JobRole, begins: date) -> str:
    """50 %, 75 % of full hours in the first months, all of them from May 2002 on."""
    if not role.ramp:
        return _("full hours from the first day")
    shares: Sequence[str] = [percent(share) for share in role.ramp]
    full = following_months(begins.replace(day=1), len(shares) + 1)[-1]
    text = _("%(shares)s of full hours in the first months, all of them from %(month)s on")
    return text % {"shares": _(", ").join(shares), "month": month_and_year(full)}


def month_and_year(day: date) -> str:
    """May 2002; in Chinese 2002年5月."""
    return month_name(day, pgettext("pattern of a month with its year", "MMM y"))


def first_days(plan: Plan) -> list[date]:
    """The months in which a hire of the plan can begin."""
    before = first_day(plan.year - 1)
    return [*following_months(before, MONTHS_AHEAD), *plan_months(plan.year)]
