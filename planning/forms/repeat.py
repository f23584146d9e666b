"""Repeat business as it is typed: where it is read, or twelve amounts and their reason."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.forms import AmountField
from planning.forms.channel_budgets import TypedAmount
from planning.models import Plan
from planning.models.plans import MONTHS

TYPED = Plan.RepeatFrom.TYPED


def month_field(place: int) -> str:
    return f"month-{place}"


class RepeatForm(forms.Form):
    """Amounts and reason count where they are typed, and are passed over where they are not."""

    version = forms.IntegerField(min_value=1)
    repeat_from = forms.ChoiceField(
        label=gettext_lazy("Repeat business"), choices=Plan.RepeatFrom.choices
    )
    overlap = forms.ChoiceField(
        label=gettext_lazy("Of customers with purchases and deals, count"),
        choices=Plan.RepeatOverlap.choices,
        required=False,
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in range(MONTHS):
            self.fields[month_field(place)] = AmountField(
                min_value=0, max_digits=15, decimal_places=2, required=False
            )

    # What is typed for every month and could not be taken over.
    every = TypedAmount()

    @property
    def month_inputs(self) -> list[forms.BoundField]:
        return [self[month_field(place)] for place in range(MONTHS)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("repeat_from") != TYPED:
            for name in ("reason", *map(month_field, range(MONTHS))):
                self.errors.pop(name, None)
        data["overlap"] = data.get("overlap") or Plan.RepeatOverlap.PURCHASES
        return data

    @property
    def by_month(self) -> list[Decimal]:
        """Of a cleaned form; a month in which nothing is typed brings nothing."""
        amounts = (self.cleaned_data.get(month_field(place)) for place in range(MONTHS))
        return [amount or Decimal(0) for amount in amounts]


def initial_of(plan: Plan) -> dict[str, Any]:
    amounts = [Decimal(str(n)) for n in plan.repeat_by_month or ()]
    months = {month_field(place): amount for place, amount in enumerate(amounts)}
    known = {"repeat_from": plan.repeat_from, "reason": plan.repeat_reason}
    return known | {"overlap": plan.repeat_overlap} | months
