"""Fields of the API: what a value must be before any rule of the business sees it."""

from datetime import UTC, date, datetime
from typing import Any

from babel.numbers import is_currency
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

FIRST_YEAR, LAST_YEAR = 1900, 2200
LARGEST_ID = 2**63 - 1
MOST_DIGITS = len(str(LARGEST_ID))


def id_of(text: str) -> int | None:
    """The id that ``text`` is; ``None`` where it is none that a row could have.

    Python refuses to read numbers of thousands of digits, so the length is looked at first.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        return None
    return min(int(text), LARGEST_ID)


def out_of_years(value: date) -> str:
    """Why ``value`` is no date of ours; empty where it is one.

    Far enough from the ends of the calendar that no change of zone can leave it.
    """
    if FIRST_YEAR <= value.year <= LAST_YEAR:
        return ""
    message = _("Give a date between the years %(first)d and %(last)d.")
    return message % {"first": FIRST_YEAR, "last": LAST_YEAR}


def _check_year(value: date) -> None:
    if message := out_of_years(value):
        raise serializers.ValidationError(message)


class InstantField(serializers.DateTimeField):
    """An instant, shown in UTC; one without an offset is read in the company's time zone."""

    def to_internal_value(self, value: Any) -> datetime:
        instant: datetime = super().to_internal_value(value)
        _check_year(instant)
        return instant

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class DayField(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        day: date = super().to_internal_value(value)
        _check_year(day)
        return day


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["CNY"]})
class CurrencyField(serializers.CharField):
    """The three letters of a currency (ISO 4217)."""

    def to_internal_value(self, data: Any) -> str:
        code: str = super().to_internal_value(data).upper()
        if not is_currency(code):
            raise serializers.ValidationError(_("This is no currency (ISO 4217)."))
        return code


class ExternalIdField(serializers.CharField):
    """The id of a record in the system it came from; empty text is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 100, "allow_null": True, "required": False} | kwargs)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).strip()


class VisibleRelatedField(serializers.PrimaryKeyRelatedField[Any]):
    """The id of a record that the caller may see; any other does not exist for the caller."""

    def get_queryset(self) -> Any:
        queryset: Any = super().get_queryset()
        request = self.context.get("request")
        if request is None or not hasattr(queryset, "visible_to"):
            return queryset
        return queryset.visible_to(request.user)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float | list | dict):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class KeyField(serializers.Field[Any, Any, Any, Any]):
    """An id or a name, not looked up yet."""

    default_error_messages = {"unknown": _("There is none with this id or name.")}

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("unknown")
        if isinstance(data, str) and not data.isprintable():
            self.fail("unknown")
        return data

    def to_representation(self, value: Any) -> Any:
        return value.pk


def _pk_of(key: int | str) -> int | None:
    if isinstance(key, str):
        return id_of(key)
    return key if 0 <= key <= LARGEST_ID else None


class IdOrNameField(KeyField):
    """A record by its id, or as text by its name."""

    def __init__(self, *, queryset: QuerySet[Any], **kwargs: Any) -> None:
        self.queryset = queryset
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        key = super().to_internal_value(data)
        found = self.by_name(key) if isinstance(key, str) else None
        if found is None and (pk := _pk_of(key)) is not None:
            found = self.queryset.filter(pk=pk).first()
        if found is None:
            self.fail("unknown")
        return found

    def by_name(self, name: str) -> Any:
        """The one record of that name; ``None`` where there is none or several."""
        found = list(self.queryset.filter(name=name, **self.name_scope())[:2])
        return found[0] if len(found) == 1 else None

    def name_scope(self) -> dict[str, Any]:
        """The filter within which names are unique; none by default."""
        return {}
