"""Customers who purchase and win deals as well: which of the two a plan reads their repeat from.

Somebody whose deals end as purchases of the same goods would count twice. By the last twelve whole
months, each of them is read either from purchases or from deals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import TruncDate

from core import clock
from core.money import RateTable
from crm.models import Purchase
from crm.repeat_business import MonthOfPurchases
from pipeline.models import Opportunity, Pipeline
from planning.models import Plan

Overlap = Plan.RepeatOverlap
Row = tuple[int, str, date, bool, Decimal | None]


@dataclass(frozen=True)
class ReadByDeals:
    """``customers`` whose purchases are left out; ``purchases``: these, one row a customer, day
    and currency, in the currency asked for."""

    customers: frozenset[int] = frozenset()
    purchases: tuple[tuple[date, bool, Decimal | None], ...] = ()

    def taken_from(self, month: MonthOfPurchases) -> MonthOfPurchases:
        """``month`` without the repeat purchases of these customers."""
        rows = [
            amount
            for day, is_repeat, amount in self.purchases
            if is_repeat and day.replace(day=1) == month.month
        ]
        fields = vars(month) | {
            "repeat": max(month.repeat - len(rows), 0),
            "repeat_amount": month.repeat_amount - sum((x for x in rows if x), Decimal(0)),
        }
        return MonthOfPurchases(**fields)


def read_by_deals(first: date, *, as_of: datetime, currency: str, overlap: str) -> ReadByDeals:
    """Those who purchased from ``first`` on and won a deal too, as far as ``overlap`` says so.

    With three queries, or none where all are read from purchases. Raises MissingExchangeRate.
    """
    if overlap == Overlap.PURCHASES:
        return ReadByDeals()
    rates = RateTable(currency)
    rows = [_converted(row, rates) for row in _purchases(first, as_of)]
    customers = {customer for customer, *_rest in rows}
    if overlap == Overlap.LARGER:
        bought = _totals((customer, amount) for customer, _day, _again, amount in rows)
        won = _totals(_won(first, as_of, rates))
        customers = {each for each in customers if won.get(each, 0) > bought.get(each, 0)}
    purchases = tuple(
        (day, again, amount) for customer, day, again, amount in rows if customer in customers
    )
    return ReadByDeals(frozenset(customers), purchases)


def _converted(row: Row, rates: RateTable) -> tuple[int, date, bool, Decimal | None]:
    customer, currency, day, is_repeat, amount = row
    # SQLite sums decimals as floats.
    worth = None if amount is None else Decimal(str(amount)) * rates.rate(currency, day)
    return customer, day, is_repeat, worth


def _purchases(first: date, as_of: datetime) -> Iterable[Any]:
    """Of those who won a deal as well; purchases of one day are one, as everywhere."""
    zone = clock.company_zone()
    known = Purchase.objects.known_at(as_of).order_by()
    day = TruncDate("at", tzinfo=zone)
    earlier = known.filter(customer=OuterRef("customer")).annotate(day=day)
    winners = _deals(first, as_of).values("customer")
    ends = clock.day_start(as_of.astimezone(zone).date().replace(day=1))
    rows = known.filter(at__gte=clock.day_start(first), at__lt=ends, customer__in=winners)
    return (
        rows.annotate(day=day)
        .annotate(is_repeat=Exists(earlier.filter(day__lt=OuterRef("day"))))
        .values_list("customer", "currency", "day", "is_repeat")
        .annotate(Sum("amount"))
    )


def _deals(first: date, as_of: datetime) -> Any:
    """Won from ``first`` on, of customers who are named."""
    won = Opportunity.objects.won().filter(customer__isnull=False).order_by()
    return won.filter(closed_at__gte=clock.day_start(first), closed_at__lt=as_of)


def _won(first: date, as_of: datetime, rates: RateTable) -> Iterable[tuple[int, Decimal | None]]:
    day = TruncDate("closed_at", tzinfo=clock.company_zone())
    rows = _deals(first, as_of).exclude(amount=None).annotate(day=day)
    for customer, currency, on, amount in rows.values_list("customer", "currency", "day").annotate(
        Sum("amount")
    ):
        yield customer, Decimal(str(amount)) * rates.rate(currency, on)


def _totals(rows: Iterable[tuple[int, Decimal | None]]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for customer, amount in rows:
        found[customer] = found.get(customer, Decimal(0)) + (amount or Decimal(0))
    return found


def share_of_repeat_deals(
    pipeline: Pipeline, customers: frozenset[int], first: date, *, as_of: datetime
) -> float:
    """Of the deals that were begun from ``first`` on by customers who had won one before, the
    share of ``customers``. One query, or none where there are none of them."""
    if not customers:
        return 0.0
    earlier = Opportunity.objects.won().filter(
        customer=OuterRef("customer"), closed_at__lt=OuterRef("created_at")
    )
    begun = Opportunity.objects.current().filter(
        pipeline=pipeline, created_at__gte=clock.day_start(first), created_at__lt=as_of
    )
    again = list(begun.filter(Exists(earlier)).order_by().values_list("customer", flat=True))
    return sum(customer in customers for customer in again) / len(again) if again else 0.0
