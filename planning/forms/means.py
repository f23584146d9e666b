"""Forms about roles, people and channels."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.forms import NOTHING, AmountField, DayField, PercentField
from core.vocabulary import label
from crm.models import Source
from planning.models import Channel, JobRole, Staff
from planning.models.job_roles import LONGEST_RAMP
from planning.models.visibility import teams_planned_by
from planning.role_hours import RoleHours, StageHours

TIERS = 4
"""Rows of tiers that a form shows; a channel of more is kept by the API."""

MAY_BE_NOUGHT = ("attrition", "overtime_share", "overtime_cost", "training_hours")
"""Fields of a role that are nought where nothing is typed."""

Row = tuple[str, int]


class RampField(forms.CharField):
    """Shares of full hours in the first months, as hundredths: "50, 50, 75"."""

    def to_python(self, value: Any) -> Any:
        parts = [part for part in re.split(r"[\s,，、%]+", str(value or "")) if part]
        if len(parts) > LONGEST_RAMP:
            raise forms.ValidationError(_("At most 24 months."))
        try:
            shares = [float(part) / 100 for part in parts]
        except ValueError as error:
            raise forms.ValidationError(_("Write percentages, such as 50, 50, 75.")) from error
        if not all(0 <= share <= 1 for share in shares):
            raise forms.ValidationError(_("Each is between 0 and 100."))
        return shares

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(f"{100 * share:.4g}" for share in value)
        return value


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role and, for each stage of ``stages``, its hours for each and hours a month."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    ramp = RampField(
        label=gettext_lazy("Hours of somebody new, in % by month"),
        required=False,
        help_text=gettext_lazy("Such as 50, 50, 75: full hours from the fourth month on."),
    )
    attrition = PercentField(
        label=gettext_lazy("Leave in a year, in %"), min_value=0, max_value=0.95, required=False
    )
    overtime_share = PercentField(
        label=gettext_lazy("Most overtime, in %"), min_value=0, max_value=1, required=False
    )

    class Meta:
        model = JobRole
        fields = [
            "name",
            "hours_per_day",
            "monthly_cost",
            "recruiting_cost",
            "notice_months",
            "most_hires",
            "ramp",
            "training_hours",
            "attrition",
            "overtime_share",
            "overtime_cost",
        ]
        field_classes = {
            "monthly_cost": AmountField,
            "recruiting_cost": AmountField,
            "overtime_cost": AmountField,
        }
        labels = {"most_hires": gettext_lazy("Most hires a month (empty: no limit)")}

    def __init__(
        self,
        *args: Any,
        stages: Sequence[tuple[Row, str]],
        efforts: Mapping[Row, tuple[float, float]],
        hours: RoleHours | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stages = stages
        self.hours = {stage.row: stage for stage in hours.stages} if hours else {}
        for name in MAY_BE_NOUGHT:
            self.fields[name].required = False
        for row, name in stages:
            known = efforts.get(row, (0.0, 0.0))
            for kind, value in zip(("entry", "month"), known, strict=True):
                self.fields[_key(kind, row)] = forms.FloatField(
                    label=name, min_value=0, max_value=700, required=False, initial=value or None
                )

    @property
    def effort_rows(
        self,
    ) -> list[tuple[str, forms.BoundField, forms.BoundField, StageHours | None]]:
        """A stage's name, its two fields, and what was measured beside them."""
        return [
            (name, self[_key("entry", row)], self[_key("month", row)], self.hours.get(row))
            for row, name in self.stages
        ]

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        for name in MAY_BE_NOUGHT:
            if name not in self.errors and data.get(name) is None:
                data[name] = 0
        return data

    def efforts(self) -> dict[Row, tuple[float, float]]:
        data = self.cleaned_data
        return {
            row: (data.get(_key("entry", row)) or 0.0, data.get(_key("month", row)) or 0.0)
            for row, _name in self.stages
        }

    def fields_of_role(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


def _key(kind: str, row: Row) -> str:
    return f"{kind}-{row[0]}-{row[1]}"


class StaffForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    share = PercentField(
        label=gettext_lazy("Share of full time, in %"), min_value=0, max_value=2, initial=1.0
    )

    class Meta:
        model = Staff
        fields = ["role", "user", "name", "headcount", "team", "share", "begins", "ends"]
        field_classes = {"begins": DayField, "ends": DayField}
        help_texts = {"name": gettext_lazy("Where it is nobody who signs in here.")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams, people = teams_planned_by(user), User.objects.active()
        for name, rows in (("team", teams), ("user", people)):
            field = cast("forms.ModelChoiceField[Any]", self.fields[name])
            field.queryset, field.empty_label = rows, NOTHING
        cast("forms.ModelChoiceField[Any]", self.fields["role"]).empty_label = None

    def fields_of_staff(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A channel with the first ``TIERS`` of its tiers."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = Channel
        fields = ["source", "lead_months", "is_active"]

    def __init__(self, *args: Any, tiers: Sequence[tuple[float, Decimal]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = cast("forms.ModelChoiceField[Source]", self.fields["source"])
        source.empty_label = None
        if self.instance.pk:
            self.fields["source"].disabled = True
        else:
            source.queryset = Source.objects.filter(channel__isnull=True, is_active=True)
        source.label_from_instance = _name  # type: ignore[method-assign]
        for i in range(max(TIERS, len(tiers))):
            leads, cost = tiers[i] if i < len(tiers) else (None, None)
            self.fields[f"leads-{i}"] = forms.FloatField(
                label=_("Leads a month"), min_value=0, max_value=1e7, required=False, initial=leads
            )
            self.fields[f"cost-{i}"] = AmountField(
                label=_("Cost of each"),
                min_value=0,
                max_digits=12,
                decimal_places=2,
                required=False,
                initial=cost,
            )

    @property
    def tier_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        count = sum(name.startswith("leads-") for name in self.fields)
        return [(self[f"leads-{i}"], self[f"cost-{i}"]) for i in range(count)]

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        seen: set[Decimal] = set()
        for leads, cost in self.tier_rows:
            given = [data.get(leads.name) is not None, data.get(cost.name) is not None]
            if any(given) and not all(given) and not (leads.errors or cost.errors):
                missing = cost if given[0] else leads
                self.add_error(missing.name, _("A tier has both: leads a month and their cost."))
            elif all(given) and data[cost.name] in seen:
                self.add_error(cost.name, _("Two tiers cannot have the same price."))
            elif all(given):
                seen.add(data[cost.name])
        return data

    def tiers(self) -> list[tuple[float, Decimal]]:
        pairs = [
            (self.cleaned_data.get(leads.name), self.cleaned_data.get(cost.name))
            for leads, cost in self.tier_rows
        ]
        return [(leads, cost) for leads, cost in pairs if leads is not None and cost is not None]

    def fields_of_channel(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


def _name(obj: Source) -> str:
    return label(obj.name)
