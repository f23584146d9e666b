"""Customers held until the transaction ends, in the one order of locks (docs/decisions/0020)."""

from collections.abc import Iterable

from core.services.versions import StaleVersion
from crm.models import Customer
from crm.signals import customers_locking


def lock_customers(keys: Iterable[int], *, with_keys: bool = False) -> dict[int, Customer]:
    """The customers as they are now, after all that higher apps lock before them.

    ``with_keys``, nobody can even add anything to them meanwhile.
    """
    wanted = sorted(keys)
    customers_locking.send(Customer, customers=wanted)
    rows = Customer.objects.select_for_update(no_key=not with_keys).filter(pk__in=wanted)
    return {row.pk: row for row in rows.order_by("pk")}


def lock_unchanged(
    customers: Iterable[Customer], *, with_keys: bool = False
) -> dict[int, Customer]:
    """The same of what was read before; raises StaleVersion where somebody changed it since."""
    seen = {each.pk: each.version for each in customers}
    found = lock_customers(seen, with_keys=with_keys)
    if any(found[pk].version != version for pk, version in seen.items()):
        raise StaleVersion
    return found
