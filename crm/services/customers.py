from typing import Any

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import update_versioned
from crm.models import Customer, Ladder
from crm.services.lifecycle import enter_ladder
from crm.signals import customer_archived, customer_restored


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
    changes = update_versioned(customer, fields)
    if changes:
        audit.record("update", customer, by=by, changes=changes)
    return customer


@transaction.atomic
def archive_customer(customer: Customer, *, by: User | None) -> Customer:
    """Take a customer out of lists and boards; nothing of its history is lost.

    What higher apps hold open with it goes along.
    """
    update_customer(customer, by=by, archived_at=clock.now())
    customer_archived.send(Customer, customer=customer, by=by)
    return customer


@transaction.atomic
def restore_customer(customer: Customer, *, by: User | None) -> Customer:
    """Take an archived customer back, with what went along."""
    since = customer.archived_at
    update_customer(customer, by=by, archived_at=None)
    if since is not None:
        customer_restored.send(Customer, customer=customer, by=by, since=since)
    return customer
