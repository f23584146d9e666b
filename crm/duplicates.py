"""Customers that may be one and the same."""

from dataclasses import dataclass

from django.db.models import Q, prefetch_related_objects

from accounts.models import User
from core.finding import similar
from core.matching import domain_key, name_key, phone_key
from crm.models import Customer
from crm.selectors import default_positions

SHOWN = 4
LOOKED_AT = 50
ALIKE = 0.55
"""Higher than for searching: who is not looking for anything is not to be disturbed by little."""
FEWEST_SIGNS = 2


@dataclass(frozen=True)
class Duplicate:
    """``why`` is ``name``, ``phone``, ``website``, or ``similar`` for a name that is like it."""

    customer: Customer
    why: str


@dataclass(frozen=True)
class Duplicates:
    """Those this person may see, and by what others, whose owners alone see them, are the same."""

    seen: list[Duplicate]
    unseen: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.seen or self.unseen)


def possible_duplicates(
    user: User, *, name: str = "", phone: str = "", website: str = "", but: int | None = None
) -> Duplicates:
    """Current customers with the same name, telephone or domain, whoever sees them, and those
    that ``user`` sees whose name is like it, without the one that is asked for (``but``). A fixed
    number of queries."""
    keys = {
        "name": name_key(name) if len(name.strip()) >= FEWEST_SIGNS else "",
        "phone": phone_key(phone),
        "website": domain_key(website),
    }
    itself = [but] if but else []
    same, unseen = _same(user, {why: key for why, key in keys.items() if key}, itself)
    found = [*same, *_alike(user, name, [each.customer.pk for each in same] + itself)]
    prefetch_related_objects([each.customer for each in found], default_positions())
    return Duplicates(found[:SHOWN], unseen)


COLUMNS = {"name": "name_key", "phone": "phone_key", "website": "domain_key"}


def _same(
    user: User, keys: dict[str, str], itself: list[int]
) -> tuple[list[Duplicate], frozenset[str]]:
    if not keys:
        return [], frozenset()
    alike = Q()
    for why, key in keys.items():
        alike |= Q((COLUMNS[why], key))
    others = Customer.objects.current().exclude(pk__in=itself)
    rows = list(others.filter(alike).select_related("owner")[:LOOKED_AT])
    visible = Customer.objects.visible_to(user).filter(pk__in=[row.pk for row in rows])
    may_see = set(visible.values_list("pk", flat=True))
    told = [Duplicate(row, _why(row, keys)) for row in rows]
    hidden = frozenset(each.why for each in told if each.customer.pk not in may_see)
    return [each for each in told if each.customer.pk in may_see], hidden


def _why(row: Customer, keys: dict[str, str]) -> str:
    return next(why for why, key in keys.items() if getattr(row, COLUMNS[why]) == key)


def _alike(user: User, name: str, known: list[int]) -> list[Duplicate]:
    if len(name.strip()) < FEWEST_SIGNS:
        return []
    rows = Customer.objects.visible_to(user).current().exclude(pk__in=known)
    near = similar(rows.select_related("owner"), name, SHOWN, share=ALIKE, every=False)
    return [Duplicate(row, "similar") for row, _share in near]
