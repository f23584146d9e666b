"""A field of a form that finds a customer by typing, or makes one of what was typed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.api.fields import id_of
from crm.models import Customer
from crm.services.customers import create_customer

TYPED_AS = {"name": "customer_name", "phone": "customer_phone", "website": "customer_website"}
"""Where it is typed what is known of a customer who is made."""


class CustomerNamed(forms.Form):
    """For forms about one customer: chosen, or made where that is asked for. ``user`` fills in."""

    user: User

    customer = forms.CharField(required=False, widget=forms.HiddenInput)
    customer_name = forms.CharField(label=_("Customer"), max_length=200)
    create_customer = forms.BooleanField(required=False, widget=forms.HiddenInput)
    customer_phone = forms.CharField(label=_("Customer's telephone"), max_length=50, required=False)
    customer_website = forms.CharField(
        label=_("Customer's website"), max_length=200, required=False
    )

    def named_customer(self) -> Customer | None:
        """The customer chosen or named; ``None`` where a new one is to be made, or, with an error
        beside the field, there is none."""
        data = self.cleaned_data
        visible = Customer.objects.visible_to(self.user).current()
        chosen, name = id_of(data.get("customer", "")), data.get("customer_name", "")
        found = visible.filter(pk=chosen).first() if chosen else None
        if found is None and name:
            found = visible.filter(name__iexact=name).first()
        if found is None and name and not data.get("create_customer"):
            self.add_error(
                "customer_name",
                _("There is no customer of this name. Choose one, or create it from the list."),
            )
        return found

    def customer_or_new(self, **fields: Any) -> Customer:
        """The customer of this valid form, made of what was typed and ``fields`` where it is new.

        Raises ValidationError beside the form's own fields.
        """
        data = self.cleaned_data
        known: Customer | None = data["customer"]
        if known is not None:
            return known
        fields |= {name: data[typed_as] for name, typed_as in TYPED_AS.items()}
        try:
            return create_customer(by=self.user, owner=self.user, **fields)
        except ValidationError as error:
            told = error.error_dict.items()
            raise ValidationError(
                {TYPED_AS.get(name, name): text for name, text in told}
            ) from error

    def refuse(self, error: ValidationError) -> None:
        """Say what a service refused: beside its field, or above all where that is not shown."""
        told = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
        for name, errors in told.items():
            self.add_error(name if name in self.fields else None, errors)
