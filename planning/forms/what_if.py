"""Sliders: what somebody tries, in hundredths of what history says or of those who go on."""

from collections.abc import Sequence
from math import floor
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from planning.levers import Lever
from planning.models import Assumption
from planning.what_if import LEAST_WIN, MOST_WIN, WIN, Tried, tried_with


class WhatIfForm(forms.Form):
    """A number for every lever; what is left out or not moved stays as it is.

    ``win`` multiplies the promotion rates of all stages, each up to what its stage has room for.
    """

    win = forms.FloatField(required=False, min_value=100 * LEAST_WIN, max_value=100 * MOST_WIN)

    def __init__(self, *args: Any, levers: Sequence[Lever], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levers = levers
        for lever in levers:
            self.fields[lever.key] = forms.FloatField(
                required=False, min_value=position_of(lever.low), max_value=most_position(lever)
            )

    def tried(self) -> list[Tried]:
        win = (self.cleaned_data.get(WIN) or 100.0) / 100
        values = {lever.key: self._set_to(lever) for lever in self.levers}
        return tried_with(self.levers, values, win=win)

    def _set_to(self, lever: Lever) -> float:
        position = self.cleaned_data.get(lever.key)
        # Sliders show a rounded value: one that was not moved is not a change.
        if position is None or position == position_of(lever.value):
            return lever.value
        if position == position_of(lever.neutral):
            return lever.neutral
        return float(min(position / 100, lever.high))


class KeepForm(WhatIfForm):
    """The same with the reason, without which nothing is assumed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=Assumption._meta.get_field("reason").max_length,
        error_messages={"required": gettext_lazy("Say why: others will read it beside the value.")},
    )
    version = forms.IntegerField(min_value=1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(each.is_changed for each in self.tried()):
            raise forms.ValidationError(_("No slider has been moved."))
        return cleaned


def position_of(value: float) -> float:
    """A value as its slider shows it."""
    return round(100 * value, 1)


def most_position(lever: Lever) -> float:
    """The last place of a slider, never beyond what there is room for unless it stands there."""
    return max(floor(1000 * lever.high) / 10, position_of(lever.value))
