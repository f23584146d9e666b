"""Forms about the days on which nobody works."""

from datetime import date
from typing import Any, cast

import holidays
from babel import Locale
from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayField
from planning.models import Holiday


class HolidayForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Holiday
        fields = ["day", "name", "is_workday"]
        field_classes = {"day": DayField}


class CalendarForm(forms.Form):
    """Public holidays of a country and a year."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1990, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["country"])
        field.choices = _countries()

    def days(self) -> list[tuple[date, str, bool]]:
        """(day, name, whether it is a weekend day that is worked instead)."""
        data = self.cleaned_data
        found = holidays.country_holidays(data["country"], years=data["year"])
        free = [(day, name[:100], False) for day, name in found.items() if day.weekday() < 5]
        instead = getattr(found, "weekend_workdays", ())
        worked = [(day, _("Worked instead"), True) for day in instead if day.year == data["year"]]
        return sorted(free + worked)


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(translation.to_locale(translation.get_language() or "en")).territories
    known = holidays.list_supported_countries(include_aliases=False)
    named = [(code, names.get(code, code)) for code in known]
    return sorted(named, key=lambda pair: pair[1])
