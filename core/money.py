"""Money: Decimal amounts with a currency, summed only in one stated currency."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import ExchangeRate
from core.sentences import KnownError, register


class MissingExchangeRate(KnownError):
    """No rate is known for a day; never taken as 1."""

    code = "missing_exchange_rate"

    def __init__(self, base: str, quote: str, on: date) -> None:
        self.base, self.quote, self.on = base, quote, on
        super().__init__(base=base, quote=quote, date=on.isoformat())


register(
    MissingExchangeRate.code,
    _("No exchange rate from %(base)s to %(quote)s on %(date)s. Add one in Admin."),
)


class RateTable:
    """All rates into one currency, read with one query once an amount needs one."""

    def __init__(self, quote: str) -> None:
        self.quote = quote

    @cached_property
    def _rates(self) -> dict[str, list[tuple[date, Decimal]]]:
        """By base currency, the latest first."""
        quote, found = self.quote, dict[str, list[tuple[date, Decimal]]]()
        rows = ExchangeRate.objects.filter(Q(quote=quote) | Q(base=quote)).order_by("-date")
        for row in rows:
            base, rate = (row.base, row.rate) if row.quote == quote else (row.quote, 1 / row.rate)
            found.setdefault(base, []).append((row.date, rate))
        return found

    def rate(self, base: str, on: date) -> Decimal:
        """Units of the quote currency for one of ``base`` on a day: the latest rate up to it."""
        if base == self.quote:
            return Decimal(1)
        for day, rate in self._rates.get(base, []):
            if day <= on:
                return rate
        raise MissingExchangeRate(base, self.quote, on)

    def total(self, amounts: Iterable[tuple[Decimal, str, date]]) -> Decimal:
        return sum((a * self.rate(c, on) for a, c, on in amounts), Decimal(0))


def convert(amount: Decimal, base: str, quote: str, *, on: date) -> Decimal:
    """``amount`` of ``base`` in ``quote`` at the rate of its date."""
    return amount * RateTable(quote).rate(base, on)
