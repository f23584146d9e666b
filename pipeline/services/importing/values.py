"""A cell as text, an instant or an amount; what is none of it refuses the row."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from pipeline.services.importing.mapping import CURRENCIES
from pipeline.services.importing.refusals import RowRefused

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 14 - 1
NO_LIMIT = datetime.max.replace(tzinfo=UTC)
# Dates that are no ISO dates and can be read in one way only: with slashes, points or characters,
# a month or a year alone.
YEAR_FIRST = re.compile(
    r"(\d{4}) (?: [-/.年] (\d{1,2}) (?: [-/.月] (\d{1,2}) )? )? [年月日]?"
    r"(?: [ ]([01]?\d|2[0-3]) : ([0-5]\d) (?: :([0-5]\d) )? )?",
    re.VERBOSE,
)
# Programs that know no empty date write one of the year 1 or of 1899.
EARLIEST_YEAR = 1900


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def instant_of(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def text(cell: Any, *, limit: int = 200, field: str = "") -> str:
    """The cell as text without outer spaces; whole numbers of a spreadsheet without a point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    value = cell.strip() if isinstance(cell, str) else str(cell)
    if len(value) > limit:
        message = _("%(field)s is longer than %(limit)s characters.")
        raise RowRefused("too_long", message % {"field": field, "limit": limit})
    return value


@dataclass(frozen=True)
class Formats:
    """How dates and numbers are written in the files of a mapping."""

    zone: ZoneInfo
    latest: datetime
    date_format: str = ""
    decimal: str = "."

    def instant(self, cell: Any, field: str) -> int | None:
        """Microseconds since 1970 of an instant, None for an empty cell.

        What has no offset is in the mapping's zone, a day begins with its first instant there.
        """
        if cell is None or cell == "":
            return None
        try:
            at = self._datetime(cell)
            if at is None:
                return None
            if at.year < EARLIEST_YEAR:
                raise ValueError
            at = at if at.tzinfo else at.replace(tzinfo=self.zone)
            if at > self.latest:
                message = _("%(field)s lies in the future: %(value)s.")
                raise RowRefused("in_future", message % {"field": field, "value": cell})
            return microseconds(at)
        except (ValueError, OverflowError):
            message = _("%(field)s is not a date: %(value)s.")
            raise RowRefused("not_a_date", message % {"field": field, "value": cell}) from None

    def _datetime(self, cell: Any) -> datetime | None:
        if isinstance(cell, datetime):
            return cell
        if isinstance(cell, date):
            return datetime(cell.year, cell.month, cell.day)
        # A spreadsheet keeps 2009 or 20090503 as a number; one of its own dates is none here.
        if isinstance(cell, float) and self.date_format:
            cell = int(cell) if cell.is_integer() else cell
        if not isinstance(cell, str) and not (self.date_format and isinstance(cell, int)):
            raise ValueError
        value = str(cell).strip()
        if not value:
            return None
        if self.date_format:
            return datetime.strptime(value, self.date_format)
        return _year_first(value) or datetime.fromisoformat(value)

    def amount(self, cell: Any, field: str) -> Decimal | None:
        """A number of at most two decimals that is not negative, None for an empty cell."""
        number = self.number(cell, field)
        if number is None:
            return None
        if number < 0:
            message = _("%(field)s is negative: %(value)s.")
            raise RowRefused("negative_amount", message % {"field": field, "value": cell})
        if number > LARGEST:
            message = _("%(field)s is too large: %(value)s.")
            raise RowRefused("too_large", message % {"field": field, "value": cell})
        return number.quantize(CENT)

    def number(self, cell: Any, field: str) -> Decimal | None:
        written = "" if cell is None else str(cell).replace("\N{NO-BREAK SPACE}", "").strip()
        if not written:
            return None
        try:
            number = Decimal(self._plain(written) if isinstance(cell, str) else written)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            message = _("%(field)s is not a number: %(value)s.")
            raise RowRefused("not_a_number", message % {"field": field, "value": cell})
        return number

    def _plain(self, written: str) -> str:
        """The number without marks of thousands, with a decimal point."""
        thousands = "," if self.decimal == "." else "."
        whole, point, fraction = written.partition(self.decimal)
        groups = whole.split(thousands)
        well_grouped = all(len(group) == 3 and group.isdigit() for group in groups[1:])
        if len(groups) > 1 and (not well_grouped or len(groups[0].lstrip("+-")) not in (1, 2, 3)):
            raise InvalidOperation
        if thousands in fraction or "_" in written:
            raise InvalidOperation
        return "".join(groups) + (point and ".") + fraction


def _year_first(value: str) -> datetime | None:
    """A date of YEAR_FIRST; what is left out of it is the first."""
    found = YEAR_FIRST.fullmatch(value)
    if found is None:
        return None
    year, month, day, *time = found.groups()
    hour, minute, second = (int(part or 0) for part in time)
    return datetime(int(year), int(month or 1), int(day or 1), hour, minute, second)


def currency(cell: Any, *, default: str) -> str:
    """A currency code of ISO 4217; the default where the cell is empty."""
    code = text(cell, field="currency").upper()
    if code and code not in CURRENCIES:
        message = _("%(code)s is not a currency code.")
        raise RowRefused("unknown_currency", message % {"code": code})
    return code or default
