"""Form fields that several apps share."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

UNITS = {
    "k": 10**3,
    "m": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "亿": 10**8,
    "億": 10**8,
}
AMOUNT = re.compile(r"(?P<number>\d[\d,\s']*(?:\.\d+)?|\.\d+)\s*(?P<unit>[a-z]+|[千万萬亿億])?")
# How a select shows that nothing is chosen.
NOTHING = "–"
HOW = gettext_lazy("Write an amount, such as 70.4 M, 70,400,000, 7040万 or 0.7亿.")


class AmountField(forms.DecimalField):
    """An amount as people write it: 70,400,000 or 70.4 M or 7040万."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        # Input methods of East Asian languages give full-width digits and signs.
        text = unicodedata.normalize("NFKC", str(value or "")).strip().lower().lstrip("¥$€")
        if not text:
            return None
        found = AMOUNT.fullmatch(text.strip())
        unit = found["unit"] if found else None
        if found is None or (unit and unit not in UNITS):
            raise forms.ValidationError(HOW)
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
