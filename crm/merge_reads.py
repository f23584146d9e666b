"""Who was merged into whom, and who perhaps should be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import Lag, Left

from accounts.models import User
from core.matching import likeness
from crm.merging.relations import moving_fields, rows_of
from crm.models import Customer, CustomerMerge, LifecycleChange
from crm.models.merges import UNDONE_WITHIN

KEYS = {"name": "name_key", "phone": "phone_key", "website": "domain_key"}
GROUPS = 40
OF_A_GROUP = 4
"""A domain that a hundred customers share is that of their mail, not of one company."""
BEGINNING = 5
NEIGHBOURS = 200
ALIKE = 0.8
"""Higher than while typing: companies of one town and trade have much of their names in common."""
PAIRS = 60
LATEST = 20


@dataclass(frozen=True)
class Pair:
    """Two customers that may be one, the older first; ``why`` as of a `Duplicate`."""

    one: Customer
    other: Customer
    why: str


def survivor_of(user: User, pk: int) -> Customer | None:
    """The visible customer that a merged one, which ``user`` would see, is now."""
    merged = Customer.objects.seen_by(user).filter(pk=pk, merged_into__isnull=False)
    return Customer.objects.visible_to(user).filter(pk__in=merged.values("merged_into")).first()


def latest_merges(user: User) -> list[CustomerMerge]:
    rows = CustomerMerge.objects.visible_to(user).select_related("survivor", "merged", "by")
    return list(rows[:LATEST])


def young_merges(customer: Customer, *, at: datetime) -> list[CustomerMerge]:
    """What was merged into ``customer`` and can still be undone, the latest first."""
    rows = CustomerMerge.objects.standing().filter(survivor=customer)
    young = rows.filter(merged_at__gt=at - UNDONE_WITHIN)
    return list(young.select_related("merged", "by"))


def what_moves(customer: Customer) -> list[tuple[str, int]]:
    """How much of each kind belongs to ``customer``; kinds without any are left out."""
    counts: list[tuple[Any, int]] = [
        (field.model._meta, rows_of(field, customer.pk).count())
        for field in moving_fields()
        if field.model is not Customer
    ]
    moves = LifecycleChange.objects.live().filter(customer=customer)
    counts.append((LifecycleChange._meta, moves.count()))
    return [
        (str(kind.verbose_name if n == 1 else kind.verbose_name_plural), n)
        for kind, n in counts
        if n
    ]


def likely_pairs(user: User) -> list[Pair]:
    """Visible customers with the same name, telephone or website, then those whose names stand
    next to each other and are alike. Two queries a key, whatever their number."""
    seen = Customer.objects.visible_to(user).current().order_by()
    found: dict[tuple[int, int], Pair] = {}
    for pair in (*_same(seen), *_neighbours(seen)):
        found.setdefault((pair.one.pk, pair.other.pk), pair)
    return list(found.values())[:PAIRS]


def _same(seen: Any) -> Iterator[Pair]:
    for why, key in KEYS.items():
        known = seen.filter(**{f"{key}__gt": ""})
        groups = known.values(key).annotate(n=Count("pk"))
        few = groups.filter(n__gt=1, n__lte=OF_A_GROUP).order_by(key)
        shared = list(few.values_list(key, flat=True)[:GROUPS])
        rows = known.filter(**{f"{key}__in": shared}).select_related("owner")
        for one, other in pairwise(rows.order_by(key, "pk")):
            if getattr(one, key) == getattr(other, key):
                yield Pair(one, other, why)


def _neighbours(seen: Any) -> Iterator[Pair]:
    """Names that begin alike and stand beside each other in the order of names."""
    in_order = [F("name_key").asc(), F("pk").asc()]
    beside = seen.annotate(
        before=Window(Lag("pk"), order_by=in_order),
        key_before=Window(Lag("name_key"), order_by=in_order),
    )
    begins = Left("name_key", BEGINNING)
    alike = beside.annotate(begins=begins).filter(
        ~Q(name_key=F("key_before")), begins=Left(F("key_before"), BEGINNING)
    )
    near = dict(alike.order_by("-pk").values_list("pk", "before")[:NEIGHBOURS])
    rows = seen.select_related("owner").in_bulk({*near, *near.values()})
    for pk, before in near.items():
        one, other = (rows[key] for key in sorted((pk, before)))
        shorter, longer = sorted((one.name_key or "", other.name_key or ""), key=len)
        if likeness(longer, shorter) >= ALIKE:
            yield Pair(one, other, "similar")
