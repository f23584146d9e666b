"""Forms about leads and the rules that assign them. Validation only; the writes are services."""

import re
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from core.forms import NOTHING
from crm.forms import CustomerForm, NewCustomerForm
from crm.models import AssignmentRule, ResponseTarget, Source

WEEKDAYS = [
    (0, gettext_lazy("Monday")),
    (1, gettext_lazy("Tuesday")),
    (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")),
    (4, gettext_lazy("Friday")),
    (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
]


class InboxFilterForm(forms.Form):
    """What the address of the inbox says; anything it cannot mean is left out."""

    show = forms.ChoiceField(choices=[("answered", ""), ("given_up", "")], required=False)
    whose = forms.ChoiceField(choices=[("mine", ""), ("nobody", "")], required=False)
    source = forms.ModelChoiceField(
        Source.objects.all(),
        label=gettext_lazy("Source"),
        required=False,
        empty_label=gettext_lazy("Any source"),
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=10**6)

    def filters(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class LeadForm(NewCustomerForm):
    """What is known of a new lead; whom the rules give it where no owner is named."""

    class Meta(CustomerForm.Meta):
        fields = ["name", "phone", "website", "source", "region", "note", "owner"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        owner = cast("forms.ModelChoiceField[Any]", self.fields["owner"])
        owner.required, owner.initial = False, None
        owner.empty_label = _("Whom the rules name")


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Owner"),
        required=False,
        empty_label=gettext_lazy("Nobody"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(user).active().order_by("name", "id")
        cast("forms.ModelChoiceField[Any]", self.fields["owner"]).queryset = people


class NamesField(forms.CharField):
    """Names that are written one after the other, by commas or line by line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        parts = (part.strip() for part in re.split(r"[,，、;；\n\r]+", str(value or "")))
        return list(dict.fromkeys(part for part in parts if part))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    regions = NamesField(
        label=gettext_lazy("Regions or countries"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Separated by commas; empty for all."),
    )
    industries = NamesField(
        label=gettext_lazy("Industries"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Separated by commas; empty for all."),
    )

    class Meta:
        model = AssignmentRule
        fields = ["name", "sources", "regions", "industries", "how", "person", "team"]
        widgets = {"how": forms.RadioSelect, "sources": forms.CheckboxSelectMultiple}
        help_texts = {
            "sources": gettext_lazy("None ticked: from any source."),
            "team": gettext_lazy("Its sales reps and those of the teams below it."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        people = User.objects.visible_to(user).active()
        # Whom the rule names already may be out of sight, or gone.
        self._offer("person", people | User.objects.filter(pk=rule.person_id))
        self._offer("team", teams | Team.objects.filter(pk=rule.team_id))
        sources = Source.objects.filter(is_active=True)
        if rule.pk:
            sources |= Source.objects.filter(assignment_rules=rule)
            self.fields["version"].initial = rule.version
        cast(
            "forms.ModelMultipleChoiceField[Any]", self.fields["sources"]
        ).queryset = sources.distinct()
        self.fields["how"].choices = AssignmentRule.How.choices  # type: ignore[attr-defined]
        self.fields["how"].initial = AssignmentRule.How.LOAD

    def _offer(self, name: str, rows: Any) -> None:
        field = cast("forms.ModelChoiceField[Any]", self.fields[name])
        field.queryset, field.empty_label = rows.distinct(), NOTHING

    def clean(self) -> dict[str, Any]:
        """Only what the way of choosing asks for is kept."""
        data = super().clean() or self.cleaned_data
        needed, other = ("team", "person")
        if data.get("how") == AssignmentRule.How.PERSON:
            needed, other = other, needed
        data[other] = None
        if data.get("how") and not data.get(needed) and needed not in self.errors:
            words = {"person": _("Name the person."), "team": _("Name the team.")}
            self.add_error(needed, words[needed])
        return data

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Working days"),
        coerce=int,
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Holidays of the plan are free besides."),
    )

    class Meta:
        model = ResponseTarget
        fields = ["hours", "weekdays", "opens_at", "closes_at"]
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("opens_at", "closes_at")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class TryForm(forms.Form):
    """A lead that nobody has sent: who would get it?"""

    source = forms.ModelChoiceField(
        Source.objects.all(),
        label=gettext_lazy("Source"),
        required=False,
        empty_label=gettext_lazy("No source"),
    )
    region = forms.CharField(
        label=gettext_lazy("Region or country"), max_length=100, required=False
    )
    industry = forms.CharField(label=gettext_lazy("Industry"), max_length=100, required=False)

    def values(self) -> dict[str, Any]:
        """What ``choose`` takes."""
        data = self.cleaned_data
        source = data["source"]
        return {
            "source": source.pk if source else None,
            "region": data["region"],
            "industry": data["industry"],
        }
