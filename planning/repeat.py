"""What purchases of existing customers let a plan's months expect, as the last year told it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core import clock
from crm.models import Purchase
from crm.repeat_business import MonthOfPurchases, repeat_business
from pipeline.models import Opportunity

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
    months: Sequence[date], *, as_of: datetime, currency: str
) -> RepeatOfPurchases:
    """Each of a plan's ``months`` brings what that month of the year brought last.

    By what was known at ``as_of``, with three queries. Purchases are those of all customers,
    whatever pipeline or team a plan is of. Raises MissingExchangeRate.
    """
    found = repeat_business(months=MONTHS_BACK, as_of=as_of, currency=currency).months
    brought = {row.month.month: float(row.repeat_amount) for row in found}
    return RepeatOfPurchases(tuple(found), tuple(brought[month.month] for month in months))


def buyers_with_deals(found: RepeatOfPurchases, *, as_of: datetime) -> tuple[int, int]:
    """Customers who purchased in these months, and how many of them won a deal in them too."""
    first = clock.day_start(found.months[0].month)
    purchases = Purchase.objects.known_at(as_of).filter(at__gte=first).order_by()
    buyers = purchases.values("customer").distinct()
    won = Opportunity.objects.won().filter(
        customer__in=buyers, closed_at__gte=first, closed_at__lt=as_of
    )
    return buyers.count(), won.values("customer").distinct().count()
