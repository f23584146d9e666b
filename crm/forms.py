"""Forms about customers. Validation only; the writes are services."""

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import RemindBefore, User
from core.forms import NOTHING, AmountField
from core.pickers import Picker, PickerField
from core.vocabulary import label
from crm import selectors
from crm.known_fields import CUSTOMER_FIELDS
from crm.models import Activity, Contact, Customer, LifecycleStage, Source
from crm.services.activities import end_of_day

OPTIONS_URL = "/customers/options/"


class CustomerFilterForm(forms.Form):
    """What the address of the list says; anything it cannot mean is left out."""

    q = forms.CharField(
        label=_("Search"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name or website")}),
    )
    stage = forms.ModelChoiceField(
        LifecycleStage.objects.none(), label=_("Stage"), required=False, empty_label=_("Any stage")
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), label=_("Owner"), required=False, empty_label=_("Any owner")
    )
    source = forms.ModelChoiceField(
        Source.objects.all(), label=_("Source"), required=False, empty_label=_("Any source")
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    sort = forms.ChoiceField(
        choices=[(key, key) for key in selectors.SORTS],
        required=False,
        widget=forms.HiddenInput,
    )
    archived = forms.BooleanField(required=False, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=10**6)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = selectors.ladder_stages()  # type: ignore[attr-defined]
        self.fields["owner"].queryset = selectors.owners(user)  # type: ignore[attr-defined]
        regions = [(name, label(name)) for name in selectors.regions(user)]
        self.fields["region"].choices = [("", _("Any region")), *regions]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta:
        model = Customer
        fields = [
            "name",
            "owner",
            "source",
            "region",
            "country",
            "industry",
            "employees",
            "annual_revenue",
            "website",
            "phone",
            "note",
        ]
        field_classes = {"annual_revenue": AmountField}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = _possible_owners(user, self.instance.owner_id)  # type: ignore[attr-defined]
        sources = Source.objects.filter(is_active=True)
        self.fields["source"].queryset = sources | Source.objects.filter(  # type: ignore[attr-defined]
            pk=self.instance.source_id
        )
        for name in ("owner", "source"):
            self.fields[name].empty_label = NOTHING  # type: ignore[attr-defined]
        # A rep who gave a record to nobody would not see it any more.
        self.fields["owner"].required = not user.is_manager
        if self.instance.pk is None:
            self.fields["owner"].initial = user.pk
        else:
            self.fields["version"].initial = self.instance.version

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class AskedForm(forms.ModelForm):  # type: ignore[type-arg]
    """The fields of a customer that a stage asks for and that are not known yet."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    class Meta:
        model = Customer
        fields = CUSTOMER_FIELDS
        field_classes = {"annual_revenue": AmountField}

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(CUSTOMER_FIELDS) - set(names):
            del self.fields[name]
        for field in self.fields.values():
            field.required = True
        if "source" in self.fields:
            self.fields["source"].queryset = Source.objects.filter(is_active=True)  # type: ignore[attr-defined]
            self.fields["source"].empty_label = NOTHING  # type: ignore[attr-defined]
        self.initial["version"] = self.instance.version

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class NewCustomerForm(CustomerForm):
    """What one knows on the telephone; the rest can wait."""

    class Meta(CustomerForm.Meta):
        fields = ["name", "phone", "website", "owner", "source", "region"]


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    customer = PickerField(Customer.objects.none(), label=_("Customer"), widget=Picker(OPTIONS_URL))

    class Meta:
        model = Contact
        fields = ["customer", "name", "title", "phone", "email"]
        labels = {"name": pgettext_lazy("person", "name")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.visible_to(user).current()  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["customer"]
            self.fields["version"].initial = self.instance.version

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "title", "phone", "email")}


class ActivityForm(forms.ModelForm):  # type: ignore[type-arg]
    """What was or will be done; of a ``customer`` who is known already, also about which deal."""

    customer = PickerField(Customer.objects.none(), label=_("Customer"), widget=Picker(OPTIONS_URL))

    class Meta:
        model = Activity
        fields = [
            *("customer", "opportunity", "kind", "subject", "note", "minutes"),
            *("due_at", "all_day", "reminder"),
        ]
        labels = {
            "due_at": pgettext_lazy("activity", "Planned for"),
            "minutes": _("Minutes it took"),
            "opportunity": _("About the deal"),
            "all_day": _("All day, at no certain hour"),
        }
        help_texts = {
            "all_day": "",
            "reminder": "",
            "due_at": _("Leave empty for what is done already."),
            "minutes": _("With the way there; empty where you do not know."),
        }
        widgets = {
            "minutes": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
            "kind": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 2}),
            "due_at": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.visible_to(user).current()  # type: ignore[attr-defined]
        self.fields["kind"].choices = Activity.Kind.choices  # type: ignore[attr-defined]
        self.fields["kind"].initial = Activity.Kind.CALL
        remind = [(value, capfirst(str(label))) for value, label in RemindBefore.choices]
        self.fields["reminder"].choices = [("", _("As in my profile")), *remind]  # type: ignore[attr-defined]
        deals = cast("forms.ModelChoiceField[Any]", self.fields["opportunity"])
        deals.queryset, deals.empty_label = self._deals(user), NOTHING
        if not self.is_bound and self.initial.get("opportunity") is None:
            going_on = [deal for deal in deals.queryset if deal.stage.is_open]
            # Proposed, and seen before it is saved: with one deal, most is about it.
            self.initial["opportunity"] = going_on[0] if len(going_on) == 1 else None

    def _deals(self, user: User) -> Any:
        """The visible deals of the customer, open ones first; none before there is a customer."""
        model: Any = Activity._meta.get_field("opportunity").related_model
        known = self.data.get("customer") if self.is_bound else self.initial.get("customer")
        asked = str(getattr(known, "pk", known) or "")
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 19):
            return model.objects.none()
        visible = model.objects.visible_to(user).current().select_related("stage")
        found = visible.filter(customer=int(asked))
        return found.order_by("stage__is_won", "stage__is_lost", "-stage_entered_at", "-pk")

    @cached_property
    def has_deals(self) -> bool:
        return bool(cast("forms.ModelChoiceField[Any]", self.fields["opportunity"]).queryset)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_task = cleaned.get("kind") == Activity.Kind.TASK
        if is_task and not cleaned.get("due_at") and "due_at" not in self.errors:
            self.add_error("due_at", _("Say until when the task is to be done."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the service takes; a whole day is the one that was typed, whatever the zone."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields[1:]}
        if values["all_day"] and values["due_at"]:
            values["due_at"] = end_of_day(timezone.localtime(values["due_at"]).date())
        return values


def _possible_owners(user: User, present: int | None) -> Any:
    """The active people whom ``user`` sees, and the present owner even if gone."""
    seen = User.objects.visible_to(user).active()
    return (seen | User.objects.filter(pk=present)).distinct() if present else seen
