"""What a stage asks for before a deal enters it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms

from core.forms import NOTHING, AmountField
from crm.models import Contact, Product, Source
from pipeline.models import Opportunity
from pipeline.plays import DEAL_FIELDS

if TYPE_CHECKING:
    DealModelForm = forms.ModelForm[Opportunity]
else:
    DealModelForm = forms.ModelForm


class EntryForm(DealModelForm):
    """The fields of a deal that are not known yet and must be, and no others."""

    class Meta:
        model = Opportunity
        fields = DEAL_FIELDS
        field_classes = {"amount": AmountField}
        widgets = {"expected_close": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, names: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offers: dict[str, Any] = {
            "product": Product.objects.filter(is_active=True),
            "source": Source.objects.filter(is_active=True),
            "contact": Contact.objects.current().filter(customer=self.instance.customer_id or 0),
        }
        for name in set(DEAL_FIELDS) - set(names):
            del self.fields[name]
        for name, field in self.fields.items():
            field.required = True
            if name in offers:
                choice = cast("forms.ModelChoiceField[Any]", field)
                choice.queryset, choice.empty_label = offers[name], NOTHING

    def _post_clean(self) -> None:
        """The instance is left alone: the service sets and checks it, with its version."""
