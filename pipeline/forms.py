"""Forms of deals: a move, an own chance, a new deal and its edit."""

import unicodedata
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import clock
from core.forms import NOTHING, AmountField, DayField
from core.pickers import Picker, PickerField
from crm.forms import OPTIONS_URL
from crm.models import Contact, Customer, Product, Source
from crm.named_customer import CustomerNamed
from pipeline.models import LostReason, Opportunity, Pipeline, Stage

if TYPE_CHECKING:
    DealModelForm = forms.ModelForm[Opportunity]
else:
    DealModelForm = forms.ModelForm


class MoveForm(forms.Form):
    """A move of a deal as the person saw it: the version is the one on their screen."""

    stage = forms.ModelChoiceField(
        Stage.objects.none(),
        error_messages={"invalid_choice": _("This stage is not part of the deal's pipeline.")},
    )
    version = forms.IntegerField(min_value=1)
    lost_reason = forms.ModelChoiceField(
        LostReason.objects.filter(is_active=True), label=_("Lost reason"), required=False
    )

    def __init__(self, *args: Any, deal: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Stage]", self.fields["stage"])
        field.queryset = Stage.objects.current().filter(pipeline=deal.pipeline_id)


class VersionForm(forms.Form):
    version = forms.IntegerField(min_value=1)


class PercentField(forms.DecimalField):
    """A share as people write it: 60, 60 % or ６０％."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", str(value or "")).strip()
        return super().to_python(text.removesuffix("%").strip())


def as_percent(probability: float | None) -> str:
    """A share of 1 as it is typed; empty for none."""
    return "" if probability is None else f"{round(100 * probability, 2):g}"


class OwnProbabilityForm(forms.Form):
    """What a person holds a deal's chance to be, in percent; empty takes it back."""

    percent = PercentField(
        label=_("Own chance, in percent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        required=False,
        error_messages={"invalid": _("Write a chance in percent, such as 60.")},
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    @classmethod
    def of(cls, deal: Opportunity, probability: float | None) -> "OwnProbabilityForm":
        return cls(initial={"percent": as_percent(probability), "version": deal.version})

    @property
    def probability(self) -> float | None:
        """The chance as a share of 1."""
        percent = self.cleaned_data["percent"]
        return None if percent is None else float(percent) / 100


class DealFields(DealModelForm):
    """What a person may type about a deal; the model's constraints are the service's to check."""

    class Meta:
        model = Opportunity
        fields = ["name", "amount", "currency", "expected_close", "product", "source"]
        field_classes = {"amount": AmountField, "expected_close": DayField}
        widgets = {
            "currency": forms.TextInput(attrs={"maxlength": 3, "autocapitalize": "characters"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offers: dict[str, Any] = {"product": Product.objects, "source": Source.objects}
        for name, rows in offers.items():
            field = cast("forms.ModelChoiceField[Any]", self.fields[name])
            held = getattr(self.instance, f"{name}_id")
            field.queryset = rows.filter(is_active=True) | rows.filter(pk=held)
            field.empty_label = NOTHING

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise forms.ValidationError(_("A currency is three letters, such as CNY."))
        return currency

    def _post_clean(self) -> None:
        """The instance is left alone: the service sets and checks it, with its version."""


class NewDealForm(CustomerNamed, DealFields):
    """A new deal in a few keystrokes; the customer is chosen, or made where that is asked for."""

    pipeline = forms.ModelChoiceField(Pipeline.objects.filter(is_active=True), label=_("Pipeline"))
    stage = forms.ModelChoiceField(Stage.objects.none(), required=False, widget=forms.HiddenInput)

    field_order = ["customer_name", "name", "amount", "currency", "expected_close"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["name"].required = False
        self.fields["currency"].required = False
        pipeline = self.initial.get("pipeline")
        if pipeline:
            self.fields["currency"].widget.attrs["placeholder"] = pipeline.currency
        stage = cast("forms.ModelChoiceField[Stage]", self.fields["stage"])
        stage.queryset = Stage.objects.current()
        self.fields["expected_close"].widget.attrs["min"] = clock.today().isoformat()

    def clean_currency(self) -> str:
        """Empty means the pipeline's."""
        return super().clean_currency() if self.cleaned_data["currency"] else ""

    def clean_stage(self) -> Stage | None:
        stage: Stage | None = self.cleaned_data["stage"]
        pipeline = self.cleaned_data.get("pipeline")
        return stage if stage and pipeline and stage.pipeline_id == pipeline.pk else None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        name = data.get("customer_name", "")
        if name:
            data["customer"] = self.named_customer()
        if not data.get("name") and name:
            product, known = data.get("product"), data["customer"]
            called = known.name if known else name
            data["name"] = f"{product.name} · {called}"[:200] if product else called
        return data


class EditDealForm(DealFields):
    """A deal as the person saw it, with the version they saw; one that an import brought without
    its customer may be given one."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Contact"), required=False, empty_label=NOTHING
    )
    customer = PickerField(
        Customer.objects.none(), label=_("Customer"), required=False, widget=Picker(OPTIONS_URL)
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.customer_id is None:
            customers = Customer.objects.visible_to(user).current()
            self.fields["customer"].queryset = customers  # type: ignore[attr-defined]
        else:
            del self.fields["customer"]
        contact = cast("forms.ModelChoiceField[Contact]", self.fields["contact"])
        contact.queryset = Contact.objects.filter(customer=self.instance.customer_id or 0).filter(
            Q(archived_at__isnull=True) | Q(pk=self.instance.contact_id)
        )
        self.initial["contact"] = self.instance.contact_id
        owner = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        people = User.objects.whose_records_are_visible_to(user)
        owner.queryset = people.active() | people.filter(pk=self.instance.owner_id or 0)
        owner.empty_label = NOTHING
        owner.required = not user.is_manager
        self.initial.update(owner=self.instance.owner_id, version=self.instance.version)
