"""One row of a file as a purchase, or the reason why it is none."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.refusals import RowRefused
from pipeline.services.importing.rows import LIMITS
from pipeline.services.importing.values import CENT, LARGEST, Formats, currency, text

SMALLEST_UNIT = Decimal("0.001")
MOST_UNITS = Decimal(10) ** 10


class PurchaseRow(NamedTuple):
    """A row of PURCHASES. ``at`` is microseconds since 1970; None is what the row does not say."""

    line: int
    external_id: str
    customer: str
    product: str
    at: int
    units: str | None
    amount: str | None
    margin: str | None
    currency: str


class PurchaseParser:
    """Cells of the mapping's purchase columns to a PurchaseRow; raises RowRefused."""

    def __init__(self, mapping: ImportMapping, formats: Formats) -> None:
        self._fields = list(mapping.purchases)
        self.columns = list(mapping.purchases.values())
        self._formats, self._currency = formats, mapping.currency
        self._aliases = {field: mapping.aliases(field) for field in self._fields}

    def __call__(self, line: int, picked: tuple[Any, ...]) -> PurchaseRow:
        cells = dict(zip(self._fields, picked, strict=True))
        at = self._formats.instant(cells["date"], "date")
        customer = self._text(cells, "customer")
        if not customer:
            raise RowRefused("missing_customer", _("This row names no customer."))
        if at is None:
            raise RowRefused("missing_date", _("This purchase has no date."))
        return PurchaseRow(
            line=line,
            external_id=self._text(cells, "external_id"),
            customer=customer,
            product=self._text(cells, "product"),
            at=at,
            units=self._units(cells.get("units")),
            amount=_written(self._formats.amount(cells.get("amount"), "amount")),
            margin=self._margin(cells.get("margin")),
            currency=currency(cells.get("currency"), default=self._currency),
        )

    def _text(self, cells: dict[str, Any], field: str) -> str:
        value = text(cells.get(field), limit=LIMITS.get(field, 200), field=field)
        return self._aliases[field].get(value, value) if value else ""

    def _units(self, cell: Any) -> str | None:
        number = self._formats.number(cell, "units")
        if number is None:
            return None
        units = number.quantize(SMALLEST_UNIT) if abs(number) < MOST_UNITS else number
        if not 0 < units < MOST_UNITS:
            message = _("%(field)s must be more than 0: %(value)s.")
            raise RowRefused("no_units", message % {"field": "units", "value": cell})
        return str(units)

    def _margin(self, cell: Any) -> str | None:
        """What remained of the amount; less than nothing where it was sold at a loss."""
        number = self._formats.number(cell, "margin")
        if number is not None and abs(number) > LARGEST:
            message = _("%(field)s is too large: %(value)s.")
            raise RowRefused("too_large", message % {"field": "margin", "value": cell})
        return None if number is None else str(number.quantize(CENT))


def _written(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
