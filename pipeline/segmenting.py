"""The fields that rates are split by: which segment each deal is in, by what it says today.

A deal counts where its fields say now, for all of its history: its team is the team that its
owner is in today, so a rep who changes teams takes the past along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, F, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from core.bulk import read_columns
from crm.models import Product, Source
from pipeline.among import EVERY, Among
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.segment_codes import amount_bands, cross
from pipeline.models import Opportunity, Pipeline

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

MOST_SEGMENTS = 400
"""More than this nobody reads, and an estimate of all owners by all products would be too big."""

NO_ID = 0


class UnknownField(ValueError):
    """Rates are split by one of FIELDS, or by two of them."""


@dataclass(frozen=True)
class Segment:
    """``value`` and ``name`` of one field each: an id, a region or a band; None where the deal says
    nothing. Names are as typed; those of bands are made when they are read."""

    values: tuple[Any, ...]
    names: tuple[str | None, ...]


@dataclass(frozen=True)
class Segmentation:
    """code int[n], one a deal, a place in ``segments``; -1 for the deals of segments too many."""

    segments: tuple[Segment, ...]
    code: Ints

    @property
    def deals(self) -> Ints:
        """int[G]: deals in each segment."""
        return np.bincount(self.code[self.code >= 0], minlength=len(self.segments))

    @property
    def left_out(self) -> int:
        """Deals in none, because their segments are too small and too many."""
        return int((self.code < 0).sum())


def fields_of(segment: str) -> tuple[str, ...]:
    """The fields of "team" or "team,source", the order kept. Raises UnknownField."""
    fields = tuple(segment.split(","))
    if len(fields) > 2 or len(set(fields)) < len(fields) or not set(fields) <= set(FIELDS):
        text = _("Rates are split by one of %(fields)s, or by two of them, as in team,source.")
        raise UnknownField(text % {"fields": ", ".join(FIELDS)})
    return fields


def field_label(field: str) -> str:
    return capfirst(str(FIELDS[field]))


def segment_deals(
    pipeline: Pipeline,
    fields: Sequence[str],
    *,
    deal: Ints,
    amount: Floats,
    among: Among = EVERY,
) -> Segmentation:
    """Where each deal is; deal int64[n] sorted, amount float[n] in the pipeline's currency."""
    read = {
        "region": partial(_regions, pipeline, among, deal),
        "amount_band": partial(_bands, amount),
    }
    parts = [
        (read.get(field) or partial(_referred, pipeline, among, deal, field))() for field in fields
    ]
    return _largest(parts[0] if len(parts) == 1 else _crossed(*parts))


def _referred(pipeline: Pipeline, among: Among, deal: Ints, field: str) -> Segmentation:
    """By the row of another table that a deal refers to."""
    model, column = COLUMNS[field]
    key = Coalesce(F(column), Value(NO_ID), output_field=BigIntegerField())
    rows = Opportunity.objects.filter(among.by("pk"), pipeline=pipeline).order_by("pk")
    found, key_of = read_columns(rows.values_list("pk", Cast(key, BigIntegerField())), "ii")
    keys = np.full(len(deal), NO_ID, np.int64)
    keys[_place(deal, found)] = key_of[np.isin(found, deal)]
    occurring, code = np.unique(keys, return_inverse=True)
    names = _names(model, [int(key) for key in occurring])
    return _named(code, [int(key) or None for key in occurring], names)


def _place(deal: Ints, found: Ints) -> Ints:
    """Where those ``found`` that are among ``deal`` are."""
    return np.searchsorted(deal, found[np.isin(found, deal)])


def _names(model: Any, keys: Sequence[int]) -> list[str | None]:
    rows = model.objects.in_bulk(keys)
    return [_name(rows[key]) if key in rows else None for key in keys]


def _name(row: Any) -> str:
    """As typed: a name that ships with the product is translated for each reader."""
    return row.name or str(row)


def _regions(pipeline: Pipeline, among: Among, deal: Ints) -> Segmentation:
    rows = Opportunity.objects.filter(among.by("pk"), pipeline=pipeline).exclude(region="")
    seen = {"": 0}
    pairs = [
        (pk, seen.setdefault(region, len(seen)))
        for pk, region in rows.order_by("pk").values_list("pk", "region").iterator()
    ]
    found, key_of = np.array(pairs, np.int64).reshape(-1, 2).T
    keys = np.zeros(len(deal), np.int64)
    keys[_place(deal, found)] = key_of[np.isin(found, deal)]
    occurring, code = np.unique(keys, return_inverse=True)
    regions = list(seen)
    values = [regions[key] or None for key in occurring]
    return _named(code, values, values)


def _bands(amount: Floats) -> Segmentation:
    bands = amount_bands(amount)
    edges = [None, *bands.edges, None]
    ranges = [f"{_sum(low)}..{_sum(high)}" for low, high in pairwise(edges)]
    occurring, code = np.unique(bands.of(amount), return_inverse=True)
    values = [None if place == bands.unknown else ranges[place] for place in occurring]
    return Segmentation(tuple(Segment((value,), (None,)) for value in values), code)


def _sum(edge: float | None) -> str:
    return "" if edge is None else f"{edge:.12g}"


def _named(code: Ints, values: Sequence[Any], names: Sequence[str | None]) -> Segmentation:
    """Segments in the order of their names, those without one last."""
    order = sorted(range(len(values)), key=lambda i: (values[i] is None, names[i] or ""))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return Segmentation(tuple(Segment((values[i],), (names[i],)) for i in order), place[code])


def _crossed(first: Segmentation, second: Segmentation) -> Segmentation:
    sizes = (len(first.segments), len(second.segments))
    code, pairs = cross(first.code, second.code, sizes)
    return Segmentation(
        tuple(_pair(first.segments[one], second.segments[other]) for one, other in pairs), code
    )


def _pair(one: Segment, other: Segment) -> Segment:
    return Segment(one.values + other.values, one.names + other.names)


def _largest(found: Segmentation) -> Segmentation:
    """Without the smallest segments, where there are too many."""
    if len(found.segments) <= MOST_SEGMENTS:
        return found
    kept = np.sort(np.argsort(-found.deals, kind="stable")[:MOST_SEGMENTS])
    place = np.full(len(found.segments), -1)
    place[kept] = np.arange(len(kept))
    return Segmentation(tuple(found.segments[i] for i in kept), place[found.code])
