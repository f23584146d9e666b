"""What a stage asks for before somebody enters it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import NOTHING, AmountField
from core.services.versions import StaleVersion
from crm.known_fields import CUSTOMER_FIELDS, CUSTOMER_KNOWLEDGE, is_known
from crm.models import Customer, Source

if TYPE_CHECKING:
    AnyModelForm = forms.ModelForm[Any]
else:
    AnyModelForm = forms.ModelForm


class EntryForm(AnyModelForm):
    """Those of the fields ``names`` that are not known yet, and no others.

    Of a field that somebody else filled in meanwhile, what was typed stays to be decided on.
    """

    askable: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, names: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [name for name in names if self._is_asked(name)]
        for name in set(self.askable) - set(self.asked):
            del self.fields[name]
        offers = self.offers()
        for name in self.asked:
            field: Any = self.fields[name]
            field.required = True
            if name in offers:
                field.queryset, field.empty_label = offers[name], NOTHING

    def offers(self) -> dict[str, Any]:
        """The rows to choose from, by field."""
        return {}

    def overtaken(self, stored: Any) -> None:
        """Keep what was typed beside what is ``stored`` by now; sent again, it is a decision."""
        self.add_error(None, str(StaleVersion()))
        for name in set(self.fields) & set(self._meta.fields or ()):
            if is_known(stored, name):
                message = _("Stored now: %(value)s") % {"value": getattr(stored, name)}
                self.add_error(name, message)

    def _is_asked(self, name: str) -> bool:
        typed = str(self.data.get(self.add_prefix(name), ""))
        return bool(typed.strip()) or not is_known(self.instance, name)


class CustomerEntryForm(EntryForm):
    """Of a customer, with the version that the person saw."""

    askable = CUSTOMER_KNOWLEDGE

    # A draft is about what stands there now.
    version = forms.IntegerField(widget=forms.HiddenInput({"data-undrafted": True}), min_value=1)
    contact = forms.CharField(
        label=gettext_lazy("A contact"),
        max_length=200,
        help_text=gettext_lazy("The name is enough; the rest can wait."),
    )

    class Meta:
        model = Customer
        fields = CUSTOMER_FIELDS
        field_classes = {"annual_revenue": AmountField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        if self.is_bound and not self.data.get(self.add_prefix("version")):
            # The dialog asked nothing of the customer; what it must ask now is seen as it is.
            self._is_seen(self.instance)

    def offers(self) -> dict[str, Any]:
        return {"source": Source.objects.filter(is_active=True)}

    def overtaken(self, stored: Customer) -> None:
        super().overtaken(stored)
        self._is_seen(stored)

    def _is_seen(self, stored: Customer) -> None:
        data: Any = self.data
        self.data = {**data.dict(), self.add_prefix("version"): str(stored.version)}

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
