"""Stays as rows to be shown: whose they are, and what these are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from django.core import signing
from django.urls import reverse

from accounts.models import User
from crm.models import Customer
from pipeline.behind import BEFORE_ALL, Key, Stay, visible_stays
from pipeline.models import Opportunity
from pipeline.questions import Question

SALT = "pipeline.stays"


class BadCursor(ValueError):
    """A cursor that none of our pages ended with."""


@dataclass(frozen=True)
class StayRow:
    """A stay of ``deal``, or where that is None of ``customer``, with what they say today."""

    stay: Stay
    deal: Opportunity | None
    name: str
    customer: Customer | None
    owner: User | None
    amount: Decimal | None
    currency: str
    url: str


@dataclass(frozen=True)
class StayPage:
    """Some rows in order; ``next_key`` is where the following page begins, None at the end."""

    rows: list[StayRow]
    next_key: Key | None

    @property
    def cursor(self) -> str:
        """Where the following page begins, signed; empty at the end."""
        return signing.dumps(self.next_key, salt=SALT, compress=True) if self.next_key else ""


def stay_page(question: Question, user: User, *, size: int, after: Key = BEFORE_ALL) -> StayPage:
    """Of what ``user`` may see. Raises MissingExchangeRate."""
    found = list(islice(visible_stays(question, user, after=after), size + 1))
    shown = found[:size]
    return StayPage(stay_rows(question, shown), shown[-1].key if len(found) > size else None)


def key_of(cursor: str) -> Key:
    """Where a page begins; an empty cursor is that of the first. Raises BadCursor."""
    if not cursor:
        return BEFORE_ALL
    try:
        subject, entered = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise BadCursor(cursor) from error
    return subject, entered


def stay_rows(question: Question, stays: Sequence[Stay]) -> list[StayRow]:
    """With one query, or one with relations; a record deleted meanwhile has no row."""
    ids = {stay.subject for stay in stays}
    if question.is_about_customers:
        customers = Customer.objects.select_related("owner").in_bulk(ids)
        return [_of_customer(s, customers[s.subject]) for s in stays if s.subject in customers]
    deals = Opportunity.objects.select_related("customer", "owner").in_bulk(ids)
    return [_of_deal(stay, deals[stay.subject]) for stay in stays if stay.subject in deals]


def _of_deal(stay: Stay, deal: Opportunity) -> StayRow:
    url = reverse("pipeline:opportunity", args=[deal.pk])
    return StayRow(
        stay, deal, deal.title, deal.customer, deal.owner, deal.amount, deal.currency, url
    )


def _of_customer(stay: Stay, customer: Customer) -> StayRow:
    url = reverse("crm:customer", args=[customer.pk])
    return StayRow(stay, None, customer.name, customer, customer.owner, None, "", url)
