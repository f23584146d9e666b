"""The deals behind what was won in the last twelve whole months, by a part of a plan's target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.api.fields import id_of
from core.money import RateTable
from core.templatetags.figures import month as month_name
from pipeline.models import Opportunity
from planning.models import Plan
from planning.models.targets import MONTHS_OF
from planning.segments import COLUMNS, IN_TIME, Dimension, last_year, names_of, teams_of
from planning.solving import plan_months
from planning.targets import MONTHS_OF_QUARTER

MOST_SHOWN = 200


@dataclass(frozen=True)
class WonDeal:
    """``worth`` in the plan's currency, at the rate of its day."""

    pk: int
    name: str
    customer: str
    day: date
    amount: Decimal
    currency: str
    worth: Decimal


@dataclass(frozen=True)
class WonDeals:
    """``shown`` are the largest; ``total`` is the sum of all ``n``."""

    shown: Sequence[WonDeal]
    n: int
    total: Decimal


def is_value(dimension: str, value: str) -> bool:
    """Whether a part can be called so: a place in the year, an id, a region, or nothing."""
    if dimension in IN_TIME:
        return value in {str(place + 1) for place in range(MONTHS_OF[dimension])}
    return dimension == Dimension.REGION or not value or id_of(value) is not None


def name_of_part(plan: Plan, dimension: str, value: str) -> str:
    """Of a month or quarter without a year: what it won is not of the plan's."""
    if dimension == Dimension.MONTH:
        return month_name(plan_months(plan.year)[int(value) - 1], "LLLL")
    if dimension == Dimension.QUARTER:
        return _("quarter %(n)s") % {"n": value}
    return names_of(dimension, [value])[value]


def deals_won(plan: Plan, dimension: str, value: str, *, seen_by: User) -> WonDeals:
    """Those that ``seen_by`` may see. Two queries. Raises MissingExchangeRate."""
    start, end = last_year()
    deals = Opportunity.objects.visible_to(seen_by).won().exclude(amount=None)
    deals = deals.filter(pipeline=plan.pipeline_id, closed_at__gte=start, closed_at__lt=end)
    deals = deals.filter(_of_part(plan, dimension, value))
    day = TruncDate("closed_at", tzinfo=clock.company_zone())
    rates = RateTable(plan.currency)
    columns = ("pk", "name", "customer__name", "closed_on", "amount", "currency")
    rows = deals.annotate(closed_on=day).order_by("-closed_at", "-pk").values_list(*columns)
    found = [_deal(row, rates) for row in rows.iterator(2_000)]
    largest = sorted(found, key=lambda deal: -deal.worth)[:MOST_SHOWN]
    return WonDeals(largest, len(found), sum((deal.worth for deal in found), Decimal(0)))


def _deal(row: Any, rates: RateTable) -> WonDeal:
    pk, name, customer, day, amount, currency = row
    return WonDeal(
        pk, name, customer or "", day, amount, currency, amount * rates.rate(currency, day)
    )


def _of_part(plan: Plan, dimension: str, value: str) -> Q:
    """What was won in a month or quarter is that of the whole company, as rates are."""
    if dimension in IN_TIME:
        return _in_time(plan, dimension, int(value))
    of_team = Q() if (teams := teams_of(plan)) is None else Q(owner__team__in=teams)
    column = COLUMNS[Dimension(dimension)]
    if value:
        return of_team & Q(**{column: value})
    nothing = Q(region="") if dimension == Dimension.REGION else Q(**{f"{column}__isnull": True})
    return of_team & nothing


def _in_time(plan: Plan, dimension: str, place: int) -> Q:
    """The calendar months of the last year that stand at that place of the fiscal year."""
    size = 1 if dimension == Dimension.MONTH else MONTHS_OF_QUARTER
    months = plan_months(plan.year)[(place - 1) * size : place * size]
    zone = clock.company_zone()
    first, end = (instant.astimezone(zone).date() for instant in last_year())
    found = Q()
    for month in (each.month for each in months):
        begins = first.replace(year=first.year + (month < first.month), month=month)
        following = begins.replace(
            year=begins.year + begins.month // 12, month=begins.month % 12 + 1
        )
        found |= Q(
            closed_at__gte=clock.day_start(begins),
            closed_at__lt=clock.day_start(min(following, end)),
        )
    return found
