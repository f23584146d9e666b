"""The fields that rates are split by: which segment each is in, by what it says today.

A deal or customer counts where its fields say now, for all of its history: its team is the team
that its owner is in today, so a rep who changes teams takes the past along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, F, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from core.bulk import read_columns
from crm.models import Product, Source
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.segment_codes import amount_bands, cross
from pipeline.segmentation import Segment, Segmentation

FIELDS = {
    "team": gettext_lazy("team"),
    "owner": gettext_lazy("owner"),
    "source": gettext_lazy("source"),
    "region": gettext_lazy("region"),
    "product": gettext_lazy("product"),
    "amount_band": gettext_lazy("amount band"),
}
COLUMNS = {
    "team": (Team, "owner__team_id"),
    "owner": (User, "owner_id"),
    "source": (Source, "source_id"),
    "product": (Product, "product_id"),
}

TOLD_BY = ("owner", "source", "region", "product")
"""Fields that stand on the deal itself, so that a page of deals knows them without asking."""

OF_CUSTOMERS = ("team", "owner", "source", "region")
"""Fields that customers have as well, under the same names."""

MOST_SEGMENTS = 400
"""More than this nobody reads, and an estimate of all owners by all products would be too big."""

NO_ID = 0


class UnknownField(ValueError):
    """Rates are split by one of FIELDS, or by two of them."""


@dataclass(frozen=True)
class Members:
    """What is to be split: pk int64[n], sorted, which are among ``records``."""

    records: QuerySet[Any]
    pk: Ints


def fields_of(segment: str) -> tuple[str, ...]:
    """The fields of "team" or "team,source", the order kept. Raises UnknownField."""
    fields = tuple(segment.split(","))
    if len(fields) > 2 or len(set(fields)) < len(fields) or not set(fields) <= set(FIELDS):
        text = _("Rates are split by one of %(fields)s, or by two of them, as in team,source.")
        raise UnknownField(text % {"fields": ", ".join(FIELDS)})
    return fields


def field_label(field: str) -> str:
    return capfirst(str(FIELDS[field]))


def splits_customers(fields: Sequence[str]) -> bool:
    """Whether customers have all of ``fields``, as deals do."""
    return set(fields) <= set(OF_CUSTOMERS)


def segment_deals(
    fields: Sequence[str], deals: Members, *, amount: Floats, customers: Members | None = None
) -> Segmentation:
    """Where each deal is, and each customer; amount float[n], of deals, in the pipeline's currency.

    A value that both say is one segment. ``customers`` only where they have all of ``fields``.
    """
    members = [deals] if customers is None else [deals, customers]
    read = {"region": partial(_regions, members), "amount_band": partial(_bands, amount)}
    parts = [(read.get(field) or partial(_referred, members, field))() for field in fields]
    found = parts[0] if len(parts) == 1 else _crossed(*parts)
    count = len(deals.pk)
    return _largest(Segmentation(found.segments, found.code[:count], found.code[count:]))


@dataclass(frozen=True)
class _Coded:
    """code int[n + m]: deals first, then customers."""

    segments: tuple[Segment, ...]
    code: Ints


def _referred(members: Sequence[Members], field: str) -> _Coded:
    """By the row of another table that a deal or customer refers to."""
    model, column = COLUMNS[field]
    keys = np.concatenate([_keys(part, column) for part in members])
    occurring, code = np.unique(keys, return_inverse=True)
    names = _names(model, [int(key) for key in occurring])
    return _named(code, [int(key) or None for key in occurring], names)


def _keys(members: Members, column: str) -> Ints:
    """int64[n]: NO_ID where there is none."""
    key = Coalesce(F(column), Value(NO_ID), output_field=BigIntegerField())
    rows = members.records.order_by("pk").values_list("pk", Cast(key, BigIntegerField()))
    return _placed(members, *read_columns(rows, "ii"))


def _placed(members: Members, found: Ints, key_of: Ints) -> Ints:
    """int64[n]: keys of those ``found`` that are ``members``, NO_ID of others."""
    keys, known = np.full(len(members.pk), NO_ID, np.int64), np.isin(found, members.pk)
    keys[np.searchsorted(members.pk, found[known])] = key_of[known]
    return keys


def _names(model: Any, keys: Sequence[int]) -> list[str | None]:
    rows = model.objects.in_bulk(keys)
    return [_name(rows[key]) if key in rows else None for key in keys]


def _name(row: Any) -> str:
    """As typed: a name that ships with the product is translated for each reader."""
    return row.name or str(row)


def _regions(members: Sequence[Members]) -> _Coded:
    seen = {"": NO_ID}
    keys = np.concatenate([_region_keys(part, seen) for part in members])
    occurring, code = np.unique(keys, return_inverse=True)
    regions = list(seen)
    values = [regions[key] or None for key in occurring]
    return _named(code, values, values)


def _region_keys(members: Members, seen: dict[str, int]) -> Ints:
    """int64[n]; those not ``seen`` before are added."""
    rows = members.records.exclude(region="").order_by("pk").values_list("pk", "region")
    pairs = [(pk, seen.setdefault(region, len(seen))) for pk, region in rows.iterator()]
    return _placed(members, *np.array(pairs, np.int64).reshape(-1, 2).T)


def _bands(amount: Floats) -> _Coded:
    bands = amount_bands(amount)
    edges = [None, *bands.edges, None]
    ranges = [f"{_sum(low)}..{_sum(high)}" for low, high in pairwise(edges)]
    occurring, code = np.unique(bands.of(amount), return_inverse=True)
    values = [None if place == bands.unknown else ranges[place] for place in occurring]
    return _Coded(tuple(Segment((value,), (None,)) for value in values), code)


def _sum(edge: float | None) -> str:
    return "" if edge is None else f"{edge:.12g}"


def _named(code: Ints, values: Sequence[Any], names: Sequence[str | None]) -> _Coded:
    """Segments in the order of their names, those without one last."""
    order = sorted(range(len(values)), key=lambda i: (values[i] is None, names[i] or ""))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return _Coded(tuple(Segment((values[i],), (names[i],)) for i in order), place[code])


def _crossed(first: _Coded, second: _Coded) -> _Coded:
    sizes = (len(first.segments), len(second.segments))
    code, pairs = cross(first.code, second.code, sizes)
    return _Coded(
        tuple(_pair(first.segments[one], second.segments[other]) for one, other in pairs), code
    )


def _pair(one: Segment, other: Segment) -> Segment:
    return Segment(one.values + other.values, one.names + other.names)


def _largest(found: Segmentation) -> Segmentation:
    """Without the smallest segments, where there are too many: by what they have of all deals and
    of all customers."""
    if len(found.segments) <= MOST_SEGMENTS:
        return found
    share = _share(found.deals) + _share(found.customers)
    return found.only(np.sort(np.argsort(-share, kind="stable")[:MOST_SEGMENTS]))


def _share(size: Ints) -> Floats:
    return size / max(int(size.sum()), 1)
