"""What a stage asks for before a deal enters it."""

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import User
from core.forms import AmountField, DayField
from crm.entry_forms import CustomerEntryForm, EntryForm
from crm.known_fields import label_of
from crm.models import Contact, Customer, Product, Source
from pipeline.models import Opportunity, Stage
from pipeline.plays import DEAL_FIELDS, parted

NEW = "new"
TYPED_OF_NEW = ("phone", "website", "source")
"""What the form of a new deal asks for of a new customer by itself."""


class DealEntryForm(EntryForm):
    """Of a deal itself."""

    askable = DEAL_FIELDS

    class Meta:
        model = Opportunity
        fields = DEAL_FIELDS
        field_classes = {"amount": AmountField, "expected_close": DayField}

    def offers(self) -> dict[str, Any]:
        return {
            "product": Product.objects.filter(is_active=True),
            "source": Source.objects.filter(is_active=True),
            "contact": Contact.objects.current().filter(customer=self.instance.customer_id or 0),
        }

    def _post_clean(self) -> None:
        """The instance is left alone: the service sets and checks it, with its version."""


class OfCustomerForm(CustomerEntryForm):
    """What the stage of a new deal asks for of its customer, who may be a new one.

    What was typed about another customer is left alone: ``asked_of`` tells about whom it was.
    """

    asked_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, customer: Customer, stage: Stage) -> None:
        self.stage = stage
        key = str(customer.pk or NEW)
        is_about = data is not None and data.get("customer-asked_of") == key
        names = parted(stage.required_fields)[1]
        if customer.pk is None:
            names = [name for name in names if name not in TYPED_OF_NEW]
        super().__init__(
            data if is_about else None, instance=copy(customer), names=names, prefix="customer"
        )
        self.initial["asked_of"] = key
        for name in self.asked[:1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name in self.asked}


class Entry:
    """What a stage asks for of a deal and of its customer: two forms that are sent together.

    ``of_customer`` is None where nothing is asked of the customer, or where there is none.
    """

    def __init__(self, data: Any, *, deal: Opportunity, stage: Stage) -> None:
        self.deal, self.stage = deal, stage
        own, self.names_of_customer = parted(stage.required_fields)
        self.of_deal = DealEntryForm(data, instance=copy(deal), names=own)
        self.of_customer = self._customer_form(data)

    def _customer_form(self, data: Any) -> CustomerEntryForm | None:
        if self.deal.customer is None:
            return None
        customer, names = copy(self.deal.customer), self.names_of_customer
        form = CustomerEntryForm(data, instance=customer, names=names, prefix="customer")
        return form if form.asked else None

    @property
    def forms(self) -> list[EntryForm]:
        return [form for form in (self.of_deal, self.of_customer) if form is not None]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.forms)

    def is_valid(self) -> bool:
        return all(form.is_valid() for form in self.forms)

    def hindrance(self, user: User) -> str:
        """Why ``user`` cannot fill in what is asked for of the customer; empty where nothing is."""
        customer, form = self.deal.customer, self.of_customer
        if customer is None and self.names_of_customer:
            text = _(
                "“%(stage)s” asks for this of the customer: %(fields)s. "
                "This deal has no customer yet."
            )
            return text % {"stage": self.stage.label, "fields": _listed(self.names_of_customer)}
        if form is None or Customer.objects.visible_to(user).filter(pk=form.instance.pk).exists():
            return ""
        text = _(
            "“%(stage)s” asks for this of %(customer)s: %(fields)s. You may not change this "
            "customer. Ask a manager, or whoever looks after it, to fill it in."
        )
        values = {"stage": self.stage.label, "customer": customer, "fields": _listed(form.asked)}
        return text % values


def _listed(names: list[str]) -> str:
    return _(", ").join(label_of(Customer, name) for name in names)
