"""What those who had bought before brought, month by month: the base that a plan may count on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import TruncDate

from core import clock
from core.money import RateTable
from crm.models import Purchase
from crm.unit_costs import CENT


@dataclass(frozen=True)
class MonthOfPurchases:
    """One calendar month. What a customer bought on one day is one purchase.

    ``base`` are the customers who had bought before the month began; ``first`` purchases are those
    of customers who never had, and belong to no base. ``unpriced`` of either have no amount.
    """

    month: date
    base: int
    repeat: int
    repeat_amount: Decimal
    first: int
    first_amount: Decimal
    unpriced: int

    @property
    def per_customer(self) -> float | None:
        """Repeat purchases a customer of the base; None without one."""
        return self.repeat / self.base if self.base else None

    @property
    def amount_per_customer(self) -> Decimal | None:
        return (self.repeat_amount / self.base).quantize(CENT) if self.base else None


@dataclass(frozen=True)
class RepeatBusiness:
    """Whole months, the earliest first, in one currency at the rate of each day."""

    currency: str
    months: list[MonthOfPurchases] = field(default_factory=list)

    @property
    def customer_months(self) -> int:
        """How many customers, summed over the months, the averages stand on."""
        return sum(each.base for each in self.months)

    @property
    def per_customer(self) -> float | None:
        """Repeat purchases a customer and month over all of them."""
        exposed = self.customer_months
        return sum(each.repeat for each in self.months) / exposed if exposed else None

    @property
    def amount_per_customer(self) -> Decimal | None:
        exposed = self.customer_months
        total = sum((each.repeat_amount for each in self.months), Decimal(0))
        return (total / exposed).quantize(CENT) if exposed else None


def repeat_business(
    *, months: int = 24, as_of: datetime | None = None, currency: str = ""
) -> RepeatBusiness:
    """Repeat and first purchases of the last ``months`` whole months before ``as_of``.

    By what was known then, with three queries. Purchases are what no deal tells: the repeat
    business of deals comes from the deals. Raises MissingExchangeRate.
    """
    as_of = as_of or clock.default_as_of()
    currency = currency or settings.COMPANY_CURRENCY
    ends = as_of.astimezone(clock.company_zone()).date().replace(day=1)
    starts = months_before(as_of, months)
    sums = _by_month(_days(starts, ends, as_of), RateTable(currency))
    base, found, month = _buyers_before(starts, as_of), [], starts
    while month < ends:
        repeat, first = sums[month, True], sums[month, False]
        found.append(
            MonthOfPurchases(
                month,
                base,
                repeat.purchases,
                repeat.amount.quantize(CENT),
                first.purchases,
                first.amount.quantize(CENT),
                repeat.unpriced + first.unpriced,
            )
        )
        base += first.purchases
        month = (month + timedelta(days=31)).replace(day=1)
    return RepeatBusiness(currency, found)


class _Day(NamedTuple):
    day: date
    currency: str
    is_repeat: bool
    purchases: int
    amount: Decimal | None
    unpriced: int


def _days(starts: date, ends: date, as_of: datetime) -> Iterable[Any]:
    """Sums by day, currency and whether the customer had bought on an earlier day."""
    zone = clock.company_zone()
    day = TruncDate("at", tzinfo=zone)
    known = Purchase.objects.known_at(as_of).order_by()
    earlier = known.filter(customer=OuterRef("customer")).annotate(day=day)
    rows = known.filter(at__gte=clock.day_start(starts), at__lt=clock.day_start(ends))
    rows = rows.annotate(day=day)
    return (
        rows.annotate(is_repeat=Exists(earlier.filter(day__lt=OuterRef("day"))))
        .values_list("day", "currency", "is_repeat")
        .annotate(
            purchases=Count("customer", distinct=True),
            total=Sum("amount"),
            unpriced=Count("pk", filter=Q(amount__isnull=True)),
        )
    )


@dataclass
class _Sum:
    purchases: int = 0
    amount: Decimal = Decimal(0)
    unpriced: int = 0


def _by_month(rows: Iterable[Any], rates: RateTable) -> dict[tuple[date, bool], _Sum]:
    sums: dict[tuple[date, bool], _Sum] = defaultdict(_Sum)
    for row in map(_Day._make, rows):
        found = sums[row.day.replace(day=1), row.is_repeat]
        found.purchases += row.purchases
        found.unpriced += row.unpriced
        if row.amount is not None:
            # SQLite sums decimals as floats.
            amount = Decimal(row.amount).quantize(CENT)
            found.amount += amount * rates.rate(row.currency, row.day)
    return sums


def _buyers_before(day: date, as_of: datetime) -> int:
    before = Purchase.objects.known_at(as_of).filter(at__lt=clock.day_start(day))
    return before.order_by().values("customer").distinct().count()


def months_before(as_of: datetime, count: int) -> date:
    """The first day of the ``count`` whole months before an instant."""
    month = as_of.astimezone(clock.company_zone()).date()
    place = month.year * 12 + month.month - 1 - count
    return date(place // 12, place % 12 + 1, 1)
