"""What purchases of existing customers let a plan's months expect, as the last year told it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core import clock
from crm.models import Purchase
from crm.repeat_business import MonthOfPurchases, months_before, repeat_business
from pipeline.models import Opportunity
from planning.models import Plan
from planning.repeat_overlap import read_by_deals, share_of_repeat_deals

MONTHS_BACK = 12


@dataclass(frozen=True)
class RepeatOfPurchases:
    """``months``: the last twelve whole ones, in one currency; ``by_month``: what each month of
    the plan's year is taken to bring, past ones what they brought."""

    months: tuple[MonthOfPurchases, ...]
    by_month: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.by_month)

    @property
    def n(self) -> int:
        """Repeat purchases that this is read from."""
        return sum(month.repeat for month in self.months)

    @property
    def unpriced(self) -> int:
        """Purchases without an amount, of first and repeat ones together."""
        return sum(month.unpriced for month in self.months)

    @property
    def is_known(self) -> bool:
        return self.n > 0


def repeat_of_purchases(
    months: Sequence[date],
    *,
    as_of: datetime,
    currency: str,
    overlap: str = Plan.RepeatOverlap.PURCHASES,
) -> RepeatOfPurchases:
    """Each of a plan's ``months`` brings what that month of the year brought last.

    By what was known at ``as_of``, with six queries at most. Purchases are those of all customers,
    whatever pipeline or team a plan is of, but for those whose deals are read by ``overlap``.
    Raises MissingExchangeRate.
    """
    found = repeat_business(months=MONTHS_BACK, as_of=as_of, currency=currency).months
    first = found[0].month
    apart = read_by_deals(first, as_of=as_of, currency=currency, overlap=overlap)
    found = [apart.taken_from(month) for month in found] if apart.customers else found
    brought = {row.month.month: float(row.repeat_amount) for row in found}
    return RepeatOfPurchases(tuple(found), tuple(brought[month.month] for month in months))


def repeat_deals_kept(plan: Plan, *, as_of: datetime) -> float:
    """The share of the deals of existing customers that a plan counts besides purchases.

    Raises MissingExchangeRate.
    """
    if not plan.repeat_from_purchases or plan.repeat_overlap == Plan.RepeatOverlap.PURCHASES:
        return 0.0
    first = months_before(as_of, MONTHS_BACK)
    known: dict[str, Any] = {
        "as_of": as_of,
        "currency": plan.currency,
        "overlap": plan.repeat_overlap,
    }
    apart = read_by_deals(first, **known)
    return share_of_repeat_deals(plan.pipeline, apart.customers, first, as_of=as_of)


def buyers_with_deals(found: RepeatOfPurchases, *, as_of: datetime) -> tuple[int, int]:
    """Customers who purchased in these months, and how many of them won a deal in them too."""
    first = clock.day_start(found.months[0].month)
    purchases = Purchase.objects.known_at(as_of).filter(at__gte=first).order_by()
    buyers = purchases.values("customer").distinct()
    won = Opportunity.objects.won().filter(
        customer__in=buyers, closed_at__gte=first, closed_at__lt=as_of
    )
    return buyers.count(), won.values("customer").distinct().count()
