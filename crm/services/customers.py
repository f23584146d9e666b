from typing import Any

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import update_versioned
from crm.models import Contact, Customer, Ladder
from crm.models.customers import Given
from crm.services.contacts import create_contact
from crm.services.lifecycle import enter_ladder
from crm.services.locks import lock_customers
from crm.signals import (
    customer_archived,
    customer_given,
    customer_handed,
    customer_restored,
)


@transaction.atomic
def create_customer(*, by: User | None, **fields: Any) -> Customer:
    """A new customer, on the first step of the default ladder.

    Raises ValidationError beside the field that is wrong.
    """
    at = fields.pop("created_at", None) or clock.now()
    customer = Customer(created_at=at, **fields)
    customer.full_clean()
    customer.save(force_insert=True)
    audit.record("create", customer, by=by, changes={"name": [None, customer.name]}, at=at)
    ladder = Ladder.objects.filter(is_default=True).first()
    first = ladder and ladder.stages.filter(is_lost=False).order_by("order").first()
    if first:
        enter_ladder(customer, to=first, by=by, at=at)
    return customer


@transaction.atomic
def update_customer(customer: Customer, *, by: User | None, **fields: Any) -> Customer:
    """Write the ``fields`` that differ; what its owner holds open with it goes to the new one, and
    ``customer.given`` tells of it."""
    before = customer.owner
    is_given = "owner" in fields and fields["owner"] != before
    if is_given:
        lock_customers([customer.pk])
    changes = update_versioned(customer, fields)
    if changes:
        audit.record("update", customer, by=by, changes=changes)
    if is_given:
        _give_along(customer, before, by=by)
    return customer


def _give_along(customer: Customer, before: User | None, *, by: User | None) -> None:
    told: dict[str, Any] = {"customer": customer, "before": before, "by": by, "along": {}}
    customer_given.send(Customer, **told)
    answers = [answer for _who, answer in customer_handed.send(Customer, **told)]
    customer.given = Given(told["along"], undo=next(filter(None, answers), ""))


@transaction.atomic
def fill_in(
    customer: Customer, *, by: User | None, contact: str = "", **fields: Any
) -> Contact | None:
    """Write what was not known of a customer; ``contact`` is the name of somebody to talk to, who
    is returned."""
    update_customer(customer, by=by, **fields)
    return create_contact(customer, by=by, name=contact) if contact else None


@transaction.atomic
def archive_customer(customer: Customer, *, by: User | None) -> Customer:
    """Take a customer out of lists and boards; nothing of its history is lost.

    What higher apps hold open with it goes along. One that is out already stays as it is.
    """
    stored = lock_customers([customer.pk])[customer.pk]
    if stored.archived_at is not None:
        return stored
    update_customer(customer, by=by, archived_at=clock.now())
    customer_archived.send(Customer, customer=customer, by=by)
    return customer


@transaction.atomic
def restore_customer(customer: Customer, *, by: User | None) -> Customer:
    """Take an archived customer back, with what went along; one that is here stays as it is."""
    stored = lock_customers([customer.pk])[customer.pk]
    if stored.archived_at is None:
        return stored
    since = customer.archived_at = stored.archived_at
    update_customer(customer, by=by, archived_at=None)
    customer_restored.send(Customer, customer=customer, by=by, since=since)
    return customer
