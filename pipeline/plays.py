"""The plays of pipelines' stages for the deals that stand in them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.known_fields import CUSTOMER_KNOWLEDGE, is_known, label_of
from crm.models import Customer
from crm.playbook import Fact, Shown, customer_fact, shown_play
from pipeline.models import Opportunity

DEAL_FIELDS = ("amount", "expected_close", "product", "source", "contact")
OF_CUSTOMER = "customer."
DEAL_KNOWLEDGE = (*DEAL_FIELDS, *(OF_CUSTOMER + name for name in CUSTOMER_KNOWLEDGE))
"""What a stage may ask for of a deal and of its customer."""


def parted(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those of a deal itself, and those of its customer by the customer's own names."""
    own: list[str] = []
    of_customer: list[str] = []
    for name in names:
        field = name.removeprefix(OF_CUSTOMER)
        (own if field == name else of_customer).append(field)
    return own, of_customer


def play_of_deal(deal: Opportunity, user: Any) -> Shown | None:
    """The play of the stage that a deal stands in."""
    if deal.stage.current_play is None:
        return None
    contact = deal.contact
    if contact is None and deal.customer:
        contact = deal.customer.contacts.current().first()
    words = {
        "deal": deal.name,
        "customer": str(deal.customer or ""),
        "contact": contact.name if contact else "",
        "me": str(user),
    }
    sees = _sees_customer(deal, user)
    return shown_play(
        deal.stage,
        deal,
        fact=lambda name, required: _fact(deal, name, required, sees),
        words=words,
        email=contact.email if contact else "",
    )


def knowledge_label(name: str) -> str:
    """The name of a field that a stage of deals may ask for, as people read it."""
    if name.startswith(OF_CUSTOMER):
        field = label_of(Customer, name.removeprefix(OF_CUSTOMER))
        return _("Customer: %(field)s") % {"field": field}
    return label_of(Opportunity, name)


def _sees_customer(deal: Opportunity, user: Any) -> bool:
    """Whether ``user`` may fill in what the play asks for of the customer."""
    stage = deal.stage
    names = [*stage.required_fields, *stage.current_play.must_know] if stage.current_play else []
    if not parted(names)[1]:
        return False
    return Customer.objects.visible_to(user).current().filter(pk=deal.customer_id or 0).exists()


def _fact(deal: Opportunity, name: str, is_required: bool, sees_customer: bool) -> Fact:
    if name.startswith(OF_CUSTOMER):
        if deal.customer is None:
            return Fact(knowledge_label(name), False, is_required, "")
        field = name.removeprefix(OF_CUSTOMER)
        fact = customer_fact(deal.customer, field, is_required, contact=None)
        url = fact.url if sees_customer else ""
        return replace(fact, label=knowledge_label(name), is_known=is_known(deal, name), url=url)
    url = reverse("pipeline:edit_opportunity", args=[deal.pk])
    return Fact(knowledge_label(name), is_known(deal, name), is_required, url, in_dialog=True)


def preview_fact(kind: str, name: str, is_required: bool) -> Fact:
    """A row of a play that nobody plays yet: nothing is known, and nothing leads anywhere."""
    text = label_of(Customer, name) if kind == "customers" else knowledge_label(name)
    return Fact(text, False, is_required, "")
