"""What one may change in the founding case."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.figures import month
from planning.demo.base_year import PLAN_START
from planning.demo.story import FIRST_BEGIN, LAST_BEGIN, Choice

SPREADS = (
    (1, gettext_lazy("all at once")),
    (3, gettext_lazy("over three months")),
    (6, gettext_lazy("over six months")),
    (12, gettext_lazy("over a year")),
)


def begins() -> list[tuple[int, str]]:
    """Months from January on, those before it negative, as the reader writes them."""
    january = PLAN_START.year * 12
    months = (january + offset for offset in range(FIRST_BEGIN, LAST_BEGIN + 1))
    days = (date(count // 12, count % 12 + 1, 1) for count in months)
    return [
        (offset, _("%(month)s %(year)s") % {"month": month(day), "year": day.year})
        for offset, day in zip(range(FIRST_BEGIN, LAST_BEGIN + 1), days, strict=True)
    ]


class Slider(forms.NumberInput):
    input_type = "range"


class ChoiceForm(forms.Form):
    """Target, leads, people, when they begin, and whether they are taught."""

    target = forms.FloatField(
        label=gettext_lazy("Target, times the revenue of 2001"),
        min_value=1,
        max_value=5,
        widget=Slider(attrs={"step": 0.1}),
    )
    leads = forms.FloatField(
        label=gettext_lazy("Leads, times those of 2001"),
        min_value=0.5,
        max_value=6,
        widget=Slider(attrs={"step": 0.1}),
    )
    people = forms.FloatField(
        label=gettext_lazy("Sales engineers hired"),
        min_value=0,
        max_value=60,
        widget=Slider(attrs={"step": 0.5}),
    )
    begin = forms.TypedChoiceField(label=gettext_lazy("The first begin in"), coerce=int)
    months = forms.TypedChoiceField(label=gettext_lazy("They begin"), choices=SPREADS, coerce=int)
    is_trained = forms.BooleanField(
        label=gettext_lazy("Colleagues teach them for 90 days"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["begin"].choices = begins()  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        return Choice(**self.cleaned_data)
