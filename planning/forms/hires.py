"""A hire of a plan, typed by hand."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from core.forms import PercentField
from core.templatetags.figures import day as day_name
from planning.hires import first_days, month_and_year
from planning.models import Plan, Staff
from planning.solving import plan_months

LEAST_SHARE = 0.01


class HireForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    begins = forms.TypedChoiceField(
        label=gettext_lazy("Begins"), coerce=date.fromisoformat, empty_value=None
    )
    share = PercentField(
        label=gettext_lazy("Share of full time, in %"),
        min_value=LEAST_SHARE,
        max_value=2,
        initial=1.0,
    )

    class Meta:
        model = Staff
        fields = ["role", "headcount", "begins", "share"]

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Any]", self.fields["role"]).empty_label = None
        days = first_days(plan)
        if self.instance.pk and self.instance.begins not in days:
            days = [self.instance.begins, *days]
        begins = cast("forms.ChoiceField", self.fields["begins"])
        begins.choices = [(day.isoformat(), _shown(day)) for day in days]
        self.initial["begins"] = self.initial.get("begins") or plan_months(plan.year)[0]

    def fields_of_hire(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


def _shown(day: date) -> str:
    return month_and_year(day) if day.day == 1 else day_name(day)
