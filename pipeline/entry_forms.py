"""What a stage asks for before a deal enters it."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import User
from core.forms import AmountField, DayField
from crm.entry_forms import CustomerEntryForm, EntryForm
from crm.known_fields import CONTACT, is_known, label_of
from crm.models import Contact, Customer, Product, Source
from pipeline.forms import DealFields
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


class AboutCustomer(EntryForm):
    """What is asked of a new deal once its customer is known, who may be a new one.

    What was typed about another customer is left alone: ``asked_of`` tells about whom it was.
    """

    asked_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, customer: Customer, prefix: str, **kwargs: Any) -> None:
        key = str(customer.pk or NEW)
        is_about = data is not None and data.get(f"{prefix}-asked_of") == key
        super().__init__(data if is_about else None, prefix=prefix, **kwargs)
        self.initial["asked_of"] = key

    def begin(self) -> None:
        """Let the cursor stand in the first field."""
        for name in self.asked[:1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in self.asked}


class OfCustomerForm(AboutCustomer, CustomerEntryForm):
    """Of the customer itself."""

    def __init__(self, data: Any, *, customer: Customer, names: Iterable[str]) -> None:
        instance = copy(customer)
        super().__init__(data, customer=customer, prefix="customer", instance=instance, names=names)


class OfNewDealForm(AboutCustomer, DealEntryForm):
    """Of the deal, what its own form has no field for: who is talked to."""

    def __init__(self, data: Any, *, customer: Customer, names: Iterable[str]) -> None:
        instance = Opportunity(customer=customer)
        super().__init__(data, customer=customer, prefix="deal", instance=instance, names=names)


class OpeningEntry:
    """What the first stage of a deal asks for beside the form of a new deal: of the deal and of
    its customer, each None for nothing. They are sent together with that form.

    Where nobody is known at the customer, whom the deal needs to talk to is asked for by name.
    """

    def __init__(self, data: Any, *, customer: Customer, stage: Stage) -> None:
        self.customer, self.stage = customer, stage
        own, of_customer = parted(stage.required_fields)
        own = [name for name in own if name not in DealFields.Meta.fields]
        if customer.pk is None:
            of_customer = [name for name in of_customer if name not in TYPED_OF_NEW]
        if CONTACT in own and not is_known(customer, CONTACT):
            own.remove(CONTACT)
            of_customer = list(dict.fromkeys([*of_customer, CONTACT]))
        deal_form = OfNewDealForm(data, customer=customer, names=own)
        customer_form = OfCustomerForm(data, customer=customer, names=of_customer)
        self.of_deal = deal_form if deal_form.asked else None
        self.of_customer = customer_form if customer_form.asked else None
        for form in self.forms[:1]:
            form.begin()

    @property
    def forms(self) -> list[AboutCustomer]:
        return [form for form in (self.of_customer, self.of_deal) if form is not None]

    def is_valid(self) -> bool:
        wrong = [form for form in self.forms if not form.is_valid()]
        return not wrong


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
