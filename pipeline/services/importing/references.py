"""Whom and what the rows name: found by name, made where there is none yet."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import F, Model, Q
from django.db.models.functions import Coalesce, Lower

from accounts.models import Role, Team, User
from core.models import ImportBatch
from crm.models import Customer, CustomerMerge, Product, Source
from pipeline.models import LostReason

# In a dry run nothing is made; what would be made bears this key, which no row has.
UNMADE = -1
MOST_REMEMBERED = 200_000


class Directory:
    """Primary keys by name, regardless of case, of a model with few rows."""

    def __init__(
        self, rows: Iterable[tuple[str, int]], make: Callable[[str], Model] | None
    ) -> None:
        # Where two bear one name the first counts, so the rows come in order of preference.
        self._pks: dict[str, int] = {}
        for name, pk in rows:
            self._pks.setdefault(name.casefold(), pk)
        self._make = make
        self.made = 0

    def ensure(self, names: Iterable[str], make: Callable[[str], Model] | None = None) -> None:
        """Make what is missing, with one query; ``make`` where more is known than the name."""
        missing = {k: n for k, n in by_folded_name(names).items() if k not in self._pks}
        self.made += len(missing)
        if self._make is None:
            self._pks.update(dict.fromkeys(missing, UNMADE))
        elif missing:
            rows = [(make or self._make)(name) for name in missing.values()]
            made = type(rows[0])._default_manager.bulk_create(rows)
            self._pks.update(zip(missing, (row.pk for row in made), strict=True))

    def pk(self, name: str) -> int | None:
        return self._pks.get(name.casefold()) if name else None

    def names(self) -> frozenset[str]:
        """All names, case-folded."""
        return frozenset(self._pks)


class CustomerDirectory:
    """Primary keys of customers by name; there may be too many to hold them all."""

    def __init__(self, *, batch: ImportBatch | None, now: datetime) -> None:
        self._pks: dict[str, int] = {}
        self._batch, self._now = batch, now
        self.made = 0

    def missing(self, names: Iterable[str]) -> dict[str, str]:
        """Names that no customer bears, by their case-folded form."""
        wanted = by_folded_name(names)
        unseen = {key: name for key, name in wanted.items() if key not in self._pks}
        if len(self._pks) > MOST_REMEMBERED:
            self._pks.clear()
            unseen = wanted
        if unseen:
            self._look_up(unseen)
        return {key: name for key, name in unseen.items() if key not in self._pks}

    def make(self, names: Mapping[str, str], created: Mapping[str, datetime]) -> None:
        """Make customers, with the instant of their first deal where it is known."""
        self.made += len(names)
        if self._batch is None:
            self._pks.update(dict.fromkeys(names, UNMADE))
            return
        rows = [
            Customer(name=name, created_at=created.get(key, self._now), import_batch=self._batch)
            for key, name in names.items()
        ]
        made = Customer.objects.bulk_create(rows) if rows else []
        self._pks.update(zip(names, (row.pk for row in made), strict=True))

    def pk(self, name: str) -> int | None:
        return self._pks.get(name.casefold()) if name else None

    def _look_up(self, names: Mapping[str, str]) -> None:
        # A database may fold the case of ASCII alone: the name as it is written counts too.
        bears = Q(lower__in=[name.lower() for name in names.values()]) | Q(name__in=names.values())
        found = Customer.objects.annotate(lower=Lower("name")).filter(bears)
        current = F("archived_at").asc(nulls_first=True)
        named = found.annotate(who=Coalesce("merged_into", "pk")).order_by(current, "pk")
        for name, pk in named.values_list("name", "who"):
            self._pks.setdefault(name.casefold(), pk)
        if missing := {key: name for key, name in names.items() if key not in self._pks}:
            self._look_up_former(missing)

    def _look_up_former(self, names: Mapping[str, str]) -> None:
        """Customers that were renamed when another was merged into them."""
        merges = CustomerMerge.objects.standing().annotate(lower=Lower("former_name"))
        bears = Q(lower__in=[name.lower() for name in names.values()])
        found = merges.filter(bears | Q(former_name__in=names.values())).order_by("-pk")
        named = found.annotate(who=Coalesce("survivor__merged_into", "survivor"))
        for name, pk in named.values_list("former_name", "who"):
            self._pks.setdefault(name.casefold(), pk)


class References:
    """All directories of one import; with no batch it is a dry run that makes nothing."""

    def __init__(self, *, batch: ImportBatch | None, currency: str, now: datetime) -> None:
        def make(build: Callable[[str], Model]) -> Callable[[str], Model] | None:
            return build if batch else None

        people = User.objects.order_by("-is_active", "pk")
        self.people = Directory(people.values_list("name", "pk"), make(new_person))
        self.teams = Directory(Team.objects.values_list("name", "pk"), make(_new_team))
        self.sources = Directory(
            Source.objects.values_list("name", "pk"), make(lambda name: Source(name=name))
        )
        self.products = Directory(
            Product.objects.values_list("name", "pk"),
            make(lambda name: Product(name=name, currency=currency)),
        )
        self.lost_reasons = Directory(
            LostReason.objects.values_list("name", "pk"), make(lambda name: LostReason(name=name))
        )
        self.customers = CustomerDirectory(batch=batch, now=now)

    def made(self) -> dict[str, int]:
        """How many rows of each kind were made."""
        kinds: dict[str, Any] = {
            "customers": self.customers,
            "products": self.products,
            "people": self.people,
            "teams": self.teams,
        }
        return {kind: directory.made for kind, directory in kinds.items() if directory.made}


def by_folded_name(names: Iterable[str]) -> dict[str, str]:
    """Names by their case-folded form, as each is written first; empty ones left out."""
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(name.casefold(), name)
    return found


def new_person(name: str) -> User:
    """Somebody whom only a file names: inactive, without email, to be claimed later."""
    return User(name=name, is_active=False, role=Role.REP, password=make_password(None))


def _new_team(name: str) -> Team:
    return Team(name=name)
