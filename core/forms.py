"""Form fields that several apps share."""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.api.fields import out_of_years

UNITS = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
}
SIMPLER = str.maketrans("萬億", "万亿")
# Digits in groups of three or in none: a comma before two digits may as well be a decimal point.
AMOUNT = re.compile(
    r"(?P<number>(?:\d{1,3}(?:[,\s']\d{3})+|\d+)(?:\.\d+)?|\.\d+)\s*(?P<unit>[a-z]+|[十百千万亿]+)?\s*元?"
)
AMBIGUOUS = re.compile(r"\d+,(\d{1,2}|\d{4,})(?!\d)")
# How a select shows that nothing is chosen.
NOTHING = "–"
HOW = gettext_lazy("Write an amount, such as 70.4 M, 70,400,000, 7040万, 3千万 or 0.7亿.")
COMMA = gettext_lazy("Write a decimal point, 1.5 M, or three digits behind each comma, 1,500,000.")


def check_year(value: date) -> None:
    """Raises ValidationError for a slip of the hand such as the year 20026."""
    if message := out_of_years(value):
        raise forms.ValidationError(message)


class DayField(forms.DateField):
    """A day, chosen from the browser's calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_validators = [check_year]


class MomentField(forms.DateTimeField):
    """A day with an hour, chosen from the browser's calendar."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    default_validators = [check_year]


class AmountField(forms.DecimalField):
    """An amount as people write it: 70,400,000 or 70.4 M or 30 million or 7040万 or 3千万元."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        # Input methods of East Asian languages give full-width digits and signs.
        text = unicodedata.normalize("NFKC", str(value or "")).strip().lower().lstrip("¥$€")
        if not text:
            return None
        found = AMOUNT.fullmatch(text.strip().translate(SIMPLER))
        unit = found["unit"] if found else None
        if found is None or (unit and unit not in UNITS):
            raise forms.ValidationError(COMMA if AMBIGUOUS.match(text) else HOW)
        number = Decimal(re.sub(r"[,\s']", "", found["number"]))
        try:
            return (number * UNITS.get(unit or "", 1)).quantize(Decimal("0.01"))
        except InvalidOperation as error:
            raise forms.ValidationError(_("This amount is too large.")) from error

    def prepare_value(self, value: Any) -> Any:
        """A stored amount in groups of three, with cents only where there are any."""
        if not isinstance(value, Decimal):
            return value
        return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


class PercentField(forms.FloatField):
    """A share that is typed in hundredths: 35 or 35 % for .35."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", str(value or "")).strip().rstrip("%").strip()
        hundredths = super().to_python(text)
        return None if hundredths is None else hundredths / 100

    def prepare_value(self, value: Any) -> Any:
        return f"{100 * value:.4g}" if isinstance(value, int | float) else value
