from typing import Any

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import update_versioned
from crm.models import Contact, Customer


@transaction.atomic
def create_contact(customer: Customer, *, by: User | None, **fields: Any) -> Contact:
    """A new contact; the first of a customer is its first contact."""
    # Two who add the first one at once add a first and a second.
    list(Customer.objects.filter(pk=customer.pk).select_for_update(no_key=True).values_list("pk"))
    fields.setdefault("is_primary", not customer.contacts.current().exists())
    contact = Contact(customer=customer, **fields)
    contact.full_clean()
    contact.save(force_insert=True)
    audit.record("create", contact, by=by, changes={"name": [None, contact.name]})
    return contact


@transaction.atomic
def update_contact(contact: Contact, *, by: User | None, **fields: Any) -> Contact:
    changes = update_versioned(contact, fields)
    if changes:
        audit.record("update", contact, by=by, changes=changes)
    return contact


def archive_contact(contact: Contact, *, by: User | None) -> Contact:
    """Take a contact out of choice; one that is out already stays as it is."""
    if contact.archived_at is not None:
        return contact
    return update_contact(contact, by=by, archived_at=clock.now())


def restore_contact(contact: Contact, *, by: User | None) -> Contact:
    """Take an archived contact back; as the first one only where no other became it meanwhile."""
    others = contact.customer.contacts.current().exclude(pk=contact.pk)
    is_primary = contact.is_primary and not others.filter(is_primary=True).exists()
    return update_contact(contact, by=by, archived_at=None, is_primary=is_primary)
