"""The one search box: what every app is found by, and how the nearest are chosen.

An app that has something to be found registers a finder when it is ready. Rows that can be
searched have a ``name_key`` and a ``search_key`` (core.matching).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_
from typing import Any, TypeVar

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.db.models.functions import Length

from core.matching import (
    SIMILAR,
    asked_words,
    likeness,
    name_key,
    slip_parts,
    spelled_signs,
    trigrams,
)

M = TypeVar("M", bound=Model)

LONGEST = 100
"""Nobody types more; the rest of what is pasted is not looked at."""
LOOKED_AT = 60
SHORT = 3


@dataclass(frozen=True)
class Hit:
    """Something found: ``kind`` in the API's words, the page's ``url``, and what tells it apart."""

    kind: str
    id: int
    name: str
    detail: str
    url: str


Finder = Callable[[Any, str, int], list[Hit]]
"""``finder(user, text, limit)``: what this user may see of it, the nearest first."""


@dataclass(frozen=True)
class Noun:
    kind: str
    label: Any
    find: Finder
    order: int


_nouns: dict[str, Noun] = {}


def register(kind: str, label: Any, find: Finder, *, order: int) -> None:
    """Let ``kind`` be found, lower ``order`` first; ``label`` heads its group."""
    _nouns[kind] = Noun(kind, label, find, order)


def search(user: Any, text: str, *, limit: int) -> list[tuple[Noun, list[Hit]]]:
    """What ``user`` may see, up to ``limit`` of each kind; kinds without any are left out."""
    text = text.strip()[:LONGEST]
    if not text:
        return []
    nouns = sorted(_nouns.values(), key=lambda noun: noun.order)
    found = [(noun, noun.find(user, text, limit)) for noun in nouns]
    return [(noun, hits) for noun, hits in found if hits]


def matching(text: str, prefix: str = "") -> Q:
    """Rows that have every word of ``text``, short ones at the beginning of a word."""
    words = (f" {word}" if len(word) < SHORT else word for word in asked_words(text))
    return reduce(lambda q, word: q & Q((f"{prefix}search_key__contains", word)), words, Q())


def closest(rows: "QuerySet[M]", text: str, limit: int, *, slips: bool = True) -> list[M]:
    """Those whose name is or begins with ``text``, then those that have all its words, and where
    there is neither, with ``slips`` those that are like it. At most three queries."""
    key = name_key(text)
    found = list(rows.filter(name_key__startswith=key).order_by("name_key", "pk")[:limit])
    if len(found) < limit:
        known = {row.pk for row in found}
        others = rows.filter(matching(text)).exclude(pk__in=known).order_by()
        found += sorted(others[:LOOKED_AT], key=lambda row: _place(row, key))[: limit - len(found)]
    if not found and slips:
        found = [row for row, _share in similar(rows, text, limit)]
    return found


def similar(
    rows: "QuerySet[M]", text: str, limit: int, *, share: float = SIMILAR, every: bool = True
) -> list[tuple[M, float]]:
    """Rows that ``text`` was perhaps meant to be, with how like they are, the most like first.

    Each word may have one slip: a letter too many, too few, wrong, or two that changed places.
    ``every`` where all words must be there; else one will do.
    """
    key = name_key(text)[:LONGEST]
    likely = [q for q in map(_with_a_slip, key.split()) if q]
    if not likely:
        return []
    near: list[Any] = list(
        rows.filter(reduce(and_ if every else or_, likely))
        .alias(common=_in_common(key))
        .order_by("-common", Length("search_key"), "pk")[:LOOKED_AT]
    )
    alike = [(row, likeness(key, row.search_key or "")) for row in near]
    alike.sort(key=lambda pair: (-pair[1], len(pair[0].name_key or ""), pair[0].pk))
    return [pair for pair in alike if pair[1] >= share][:limit]


def _with_a_slip(word: str) -> Q | None:
    """Rows with what a slip leaves of the word as it is; None for a word too short."""
    groups = (
        reduce(and_, (Q(search_key__contains=part) for part in parts)) for parts in slip_parts(word)
    )
    return reduce(or_, groups, Q()) or None


def _in_common(key: str) -> Any:
    """How many trigrams of the key a row has as well; of Chinese and the like how many signs,
    since a usual ending such as 食品 leaves thousands of rows to compare."""
    wanted = {part for word in key.split() for part in spelled_signs(word) or _trigrams(word)}
    one, none = Value(1, IntegerField()), Value(0, IntegerField())
    has = (When(search_key__contains=part, then=one) for part in sorted(wanted))
    return reduce(add, (Case(each, default=none) for each in has))


def _trigrams(word: str) -> list[str]:
    # Words of a key have one space between them: that before the first sign stands for two.
    return [gram.replace("  ", " ") for gram in trigrams(word)]


def _place(row: Any, key: str) -> tuple[bool, int, str]:
    """Whoever has the words at the beginning of a word comes first, then the shorter name."""
    return (f" {key}" not in (row.search_key or ""), len(row.name_key or ""), row.name)
