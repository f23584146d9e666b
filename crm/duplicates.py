"""Customers that may be one and the same."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, prefetch_related_objects
from django.db.models.functions import Lower

from accounts.models import User
from core.finding import similar
from core.matching import domain_key, name_key, phone_key
from crm.models import Contact, Customer
from crm.selectors import default_positions

SHOWN = 4
LOOKED_AT = 50
ASKED_AT_ONCE = 500
ALIKE = 0.55
"""Higher than for searching: who is not looking for anything is not to be disturbed by little."""
FEWEST_SIGNS = 2


@dataclass(frozen=True)
class Duplicate:
    """``why`` is ``name``, ``phone``, ``website``, ``email`` for that of a contact, or ``similar``
    for a name that is like it."""

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
    itself = [but] if but else []
    same, unseen = _same(user, _keys(name, phone, website), itself)
    found = [*same, *alike(user, name, [each.customer.pk for each in same] + itself)]
    prefetch_related_objects([each.customer for each in found], default_positions())
    return Duplicates(found[:SHOWN], unseen)


@dataclass(frozen=True)
class Asked:
    """Somebody who may be here already."""

    name: str = ""
    phone: str = ""
    website: str = ""
    email: str = ""


def same_customers(user: User, rows: Sequence[Asked]) -> list[Duplicates]:
    """Of each of ``rows``, current customers with the same name, telephone or domain, or a contact
    of the same email. Two queries for some hundred rows."""
    found: list[Duplicates] = []
    for start in range(0, len(rows), ASKED_AT_ONCE):
        found += _same_of_some(user, rows[start : start + ASKED_AT_ONCE])
    return found


def _same_of_some(user: User, rows: Sequence[Asked]) -> Iterator[Duplicates]:
    asked = [_keys(row.name, row.phone, row.website) for row in rows]
    emails = [row.email.strip().casefold() for row in rows]
    known = _Known(user, asked, set(emails) - {""})
    return map(known.duplicates, asked, emails)


class _Known:
    """The customers that have any of the keys or emails, found by each of them."""

    def __init__(self, user: User, asked: Sequence[dict[str, str]], emails: set[str]) -> None:
        wanted = {why: {keys[why] for keys in asked if why in keys} for why in COLUMNS}
        has_key = Q(pk__in=[])
        for why, keys in wanted.items():
            has_key |= Q((f"{COLUMNS[why]}__in", keys)) if keys else Q()
        contacts = Contact.objects.current().annotate(address=Lower("email"))
        by_email = contacts.filter(address__in=emails).values_list("address", "customer")
        pairs = list(by_email) if emails else []
        has_key |= Q(pk__in={customer for _address, customer in pairs})
        rows = Customer.objects.current().filter(has_key).select_related("owner").order_by("pk")
        self._customers = {row.pk: row for row in rows}
        visible = Customer.objects.visible_to(user).filter(pk__in=self._customers)
        self._may_see = set(visible.values_list("pk", flat=True))
        self._by: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in self._customers.values():
            for why, column in COLUMNS.items():
                self._by[why, getattr(row, column)].append(row.pk)
        for address, customer in pairs:
            if customer in self._customers:
                self._by["email", address].append(customer)

    def duplicates(self, keys: dict[str, str], email: str) -> Duplicates:
        asked = keys | ({"email": email} if email else {})
        # The first thing that two have in common is what is told.
        why_of: dict[int, str] = {}
        for why, key in asked.items():
            for pk in self._by.get((why, key), ()):
                why_of.setdefault(pk, why)
        told = [Duplicate(self._customers[pk], why) for pk, why in why_of.items()]
        seen = [each for each in told if each.customer.pk in self._may_see]
        unseen = frozenset(each.why for each in told if each.customer.pk not in self._may_see)
        return Duplicates(seen[:SHOWN], unseen)


def _keys(name: str, phone: str, website: str) -> dict[str, str]:
    """What is held for the same, by why; what is empty or too short tells nobody apart."""
    keys = {
        "name": name_key(name) if len(name.strip()) >= FEWEST_SIGNS else "",
        "phone": phone_key(phone),
        "website": domain_key(website),
    }
    return {why: key for why, key in keys.items() if key}


COLUMNS = {"name": "name_key", "phone": "phone_key", "website": "domain_key"}


def _same(
    user: User, keys: dict[str, str], itself: list[int]
) -> tuple[list[Duplicate], frozenset[str]]:
    if not keys:
        return [], frozenset()
    has_key = Q()
    for why, key in keys.items():
        has_key |= Q((COLUMNS[why], key))
    others = Customer.objects.current().exclude(pk__in=itself)
    rows = list(others.filter(has_key).select_related("owner")[:LOOKED_AT])
    visible = Customer.objects.visible_to(user).filter(pk__in=[row.pk for row in rows])
    may_see = set(visible.values_list("pk", flat=True))
    told = [Duplicate(row, _why(row, keys)) for row in rows]
    hidden = frozenset(each.why for each in told if each.customer.pk not in may_see)
    return [each for each in told if each.customer.pk in may_see], hidden


def _why(row: Customer, keys: dict[str, str]) -> str:
    return next(why for why, key in keys.items() if getattr(row, COLUMNS[why]) == key)


def alike(user: User, name: str, known: list[int]) -> list[Duplicate]:
    """Customers that ``user`` sees whose name is like ``name``, without those that are known."""
    if len(name.strip()) < FEWEST_SIGNS:
        return []
    rows = Customer.objects.visible_to(user).current().exclude(pk__in=known)
    near = similar(rows.select_related("owner"), name, SHOWN, share=ALIKE, every=False)
    return [Duplicate(row, "similar") for row, _share in near]
