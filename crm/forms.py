"""Forms about customers. Validation only; the writes are services."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.api.fields import id_of
from core.filter_fields import GONE, UNSEEN, FilterField
from core.forms import NOTHING, AmountField
from core.pickers import Picker, PickerField
from core.vocabulary import label
from crm import selectors
from crm.models import Contact, Customer, LifecycleStage, Source

OPTIONS_URL = "/customers/options/"
LONGEST_REGION = 100


class CustomerFilterForm(forms.Form):
    """What the address of the list says; anything it cannot mean is left out."""

    q = forms.CharField(
        label=_("Search"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name or website")}),
    )
    stage = FilterField(LifecycleStage.objects.none(), label=_("Stage"), untold=GONE)
    owner = FilterField(User.objects.none(), label=_("Owner"), untold=UNSEEN)
    source = FilterField(Source.objects.none(), label=_("Source"), untold=GONE)
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
        also = id_of(str(self.data.get("owner", "")))
        self._offer("stage", selectors.ladder_stages(), _("Any stage"))
        self._offer("owner", selectors.owners(user, also=also), _("Any owner"))
        self._offer("source", Source.objects.all(), _("Any source"))
        self._offer_regions(selectors.regions(user))

    def _offer(self, name: str, rows: Any, nothing: Any) -> None:
        cast("FilterField", self.fields[name]).offer(rows, nothing)

    def _offer_regions(self, names: list[str]) -> None:
        """Those of customers one sees, and what the address asks for, where nobody is of it."""
        asked = str(self.data.get("region", ""))[:LONGEST_REGION]
        if asked and asked not in names and "\x00" not in asked:
            names = [*names, asked]
        regions = [(name, label(name)) for name in names]
        self.fields["region"].choices = [("", _("Any region")), *regions]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """What is asked for; rows by their keys."""
        self.is_valid()
        return {name: getattr(value, "pk", value) for name, value in self.cleaned_data.items()}


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
        self.fields["owner"].queryset = possible_owners(user, self.instance.owner_id)  # type: ignore[attr-defined]
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


def possible_owners(user: User, present: int | None) -> Any:
    """The active people whom ``user`` sees, and the present owner even if gone."""
    seen = User.objects.visible_to(user).active()
    return (seen | User.objects.filter(pk=present)).distinct() if present else seen
