"""Filters that lists share."""

from collections.abc import Iterable
from typing import Any, ClassVar

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError

from core.api.fields import LARGEST_ID


class Filters(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """The filters of a list."""


class IdFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """A record by id: whether it exists is not told, an unseen one simply matches nothing."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=LARGEST_ID, **kwargs)


class SinceFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="gte", **kwargs)


class BeforeFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="lt", **kwargs)


class TruthField(forms.Field):
    """Yes or no as programs write it; anything else must not look as if it had been heard."""

    values: ClassVar = {"true": True, "1": True, "false": False, "0": False}
    default_error_messages: ClassVar = {"invalid": gettext_lazy("Give true or false.")}

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        known = self.values.get(str(value).lower())
        if known is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return known


class BooleanFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """True, false, 1 or 0."""

    field_class = TruthField


class ArchivedFilter(BooleanFilter):
    """Archived records only, or (as where nothing is said) current ones only."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(field_name="archived_at", lookup_expr="isnull", exclude=True, **kwargs)


def no_such_filter(names: Iterable[str]) -> ValidationError:
    """A misspelt filter must not look as if it matched everything."""
    return ValidationError({name: [_("There is no such filter.")] for name in names})
