"""Forms about campaigns. Validation only; the writes are services."""

from typing import Any

from babel.numbers import is_currency
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.forms import NOTHING, AmountField, DayField
from crm.models import Campaign, CampaignMember, Source


class CampaignFilterForm(forms.Form):
    """What the address of the list says; anything it cannot mean is left out."""

    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=[("", gettext_lazy("Any status")), *Campaign.Status.choices],
        required=False,
    )
    source = forms.ModelChoiceField(
        Source.objects.all(),
        label=gettext_lazy("Source"),
        required=False,
        empty_label=gettext_lazy("Any source"),
    )
    archived = forms.BooleanField(required=False, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=10**6)

    def filters(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class MemberFilterForm(forms.Form):
    status = forms.ChoiceField(
        choices=[("", gettext_lazy("All")), *CampaignMember.Status.choices], required=False
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=10**6)

    def filters(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = Campaign
        fields = [
            "name",
            "source",
            "owner",
            "starts_on",
            "ends_on",
            "budget",
            "actual_cost",
            "currency",
            "expected_leads",
            "note",
        ]
        field_classes = {
            "starts_on": DayField,
            "ends_on": DayField,
            "budget": AmountField,
            "actual_cost": AmountField,
        }
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = Source.objects.filter(is_active=True)
        self.fields["source"].queryset = sources | Source.objects.filter(  # type: ignore[attr-defined]
            pk=self.instance.source_id
        )
        seen = User.objects.visible_to(user).active() | User.objects.filter(
            pk=self.instance.owner_id
        )
        self.fields["owner"].queryset = seen.distinct()  # type: ignore[attr-defined]
        for name in ("source", "owner"):
            self.fields[name].empty_label = NOTHING  # type: ignore[attr-defined]
        if self.instance.pk is None:
            self.fields["owner"].initial = user.pk
            self.fields["currency"].initial = settings.COMPANY_CURRENCY
        else:
            self.fields["version"].initial = self.instance.version

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(code):
            raise forms.ValidationError(_("This is no currency (ISO 4217)."))
        return code

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewCampaignForm(CampaignForm):
    """What one knows beforehand."""

    class Meta(CampaignForm.Meta):
        fields = [
            "name",
            "source",
            "owner",
            "starts_on",
            "ends_on",
            "budget",
            "currency",
            "expected_leads",
        ]


class CostForm(forms.Form):
    actual_cost = AmountField(
        label=gettext_lazy("actual cost"), min_value=0, max_digits=16, decimal_places=2
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
