"""Forms of deals."""

import unicodedata
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from core import clock
from core.forms import NOTHING, AmountField
from crm.models import Contact, Customer, Product, Source
from pipeline.models import LostReason, Opportunity, Pipeline, Stage

if TYPE_CHECKING:
    DealModelForm = forms.ModelForm[Opportunity]
else:
    DealModelForm = forms.ModelForm


RANGED = ("amount_min", "amount_max", "expected_from", "expected_to")


class DayField(forms.DateField):
    """A day, chosen from the browser's calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})


class DealFilterForm(forms.Form):
    """Filters of the board and the list; they stand in the address."""

    q = forms.CharField(label=_("Text"), max_length=100, required=False)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False)
    source = forms.ModelChoiceField(Source.objects.none(), label=_("Source"), required=False)
    product = forms.ModelChoiceField(Product.objects.none(), label=_("Product"), required=False)
    amount_min = AmountField(
        label=_("Amount from"), max_digits=16, decimal_places=2, required=False
    )
    amount_max = AmountField(label=_("Amount to"), max_digits=16, decimal_places=2, required=False)
    expected_from = DayField(label=_("Expected to close from"), required=False)
    expected_to = DayField(label=_("Expected to close by"), required=False)
    rotting = forms.BooleanField(label=_("Too long in their stage"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.whose_records_are_visible_to(user)
        self._offer("owner", people, _("All owners"))
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        self._offer("team", teams, _("All teams"))
        self._offer("source", Source.objects.filter(is_active=True), _("All sources"))
        self._offer("product", Product.objects.filter(is_active=True), _("All products"))
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("aria-label", field.label)
            if name.startswith("amount"):
                field.widget.attrs |= {"placeholder": field.label}
            if isinstance(field, forms.ChoiceField):
                field.widget.attrs["class"] = "form-select"

    def _offer(self, name: str, rows: Any, nothing: Any) -> None:
        field = cast("forms.ModelChoiceField[Any]", self.fields[name])
        field.queryset, field.empty_label = rows, nothing
        # A list is counted before it is read; what a call returns is just read, when it is shown.
        field.choices = lambda: [("", nothing), *((row.pk, str(row)) for row in rows)]

    def clean(self) -> None:
        for low, high, text in (
            ("amount_min", "amount_max", _("This is less than the amount it starts from.")),
            ("expected_from", "expected_to", _("This is before the day it starts from.")),
        ):
            start, end = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if start is not None and end is not None and start > end:
                self.add_error(high, text)

    def ranged(self) -> list[forms.BoundField]:
        """The fields that are typed and may be wrong."""
        return [field for field in self if field.name in RANGED]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set and make sense; a wrong one is marked, the others hold."""
        self.is_valid()
        set_ones = {k: v for k, v in self.cleaned_data.items() if v not in (None, "", False)}
        return {name: getattr(value, "pk", value) for name, value in set_ones.items()}


class ListFilterForm(DealFilterForm):
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Open")),
            ("won", _("Won")),
            ("lost", _("Lost")),
            ("all", _("All")),
            ("archived", _("Archived")),
        ],
    )
    stage = forms.ModelChoiceField(
        Stage.objects.none(), label=_("Stage"), required=False, empty_label=_("All stages")
    )

    def __init__(self, *args: Any, user: User, pipeline: Pipeline, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self._offer("stage", pipeline.stages.unmerged(), _("All stages"))


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
        field_classes = {"amount": AmountField}
        widgets = {
            "expected_close": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
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


class NewDealForm(DealFields):
    """A new deal in a few keystrokes; the customer is chosen, or made where that is asked for."""

    customer = forms.CharField(required=False, widget=forms.HiddenInput)
    customer_name = forms.CharField(label=_("Customer"), max_length=200)
    create_customer = forms.BooleanField(required=False, widget=forms.HiddenInput)
    customer_phone = forms.CharField(label=_("Customer's telephone"), max_length=50, required=False)
    customer_website = forms.CharField(
        label=_("Customer's website"), max_length=200, required=False
    )
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
            data["customer"] = self._customer(name, data)
        if not data.get("name") and name:
            product = data.get("product")
            data["name"] = f"{product.name} · {name}"[:200] if product else name
        return data

    def _customer(self, name: str, data: dict[str, Any]) -> Customer | None:
        """The customer chosen or named; ``None`` where a new one is to be made."""
        visible = Customer.objects.visible_to(self.user).current()
        chosen = data.get("customer", "")
        found = visible.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        found = found or visible.filter(name__iexact=name).first()
        if found is None and not data.get("create_customer"):
            self.add_error(
                "customer_name",
                _("There is no customer of this name. Choose one, or create it from the list."),
            )
        return found


class EditDealForm(DealFields):
    """A deal as the person saw it, with the version they saw."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False)
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Contact"), required=False, empty_label=NOTHING
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
