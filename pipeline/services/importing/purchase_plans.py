"""Which purchases of a file are known, which are new, and which correct a known one.

Pure: a file seldom numbers its purchases, and one customer may buy the same thing twice a day, so
the rows of one customer and instant are held as a whole against what is known of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Purchased(NamedTuple):
    """What a purchase was; None is unknown."""

    customer: int
    at: datetime
    product: int | None
    units: Decimal | None
    amount: Decimal | None
    margin: Decimal | None
    currency: str

    @property
    def moment(self) -> tuple[int, datetime]:
        return self.customer, self.at

    def says_the_same(self, known: "Purchased") -> bool:
        """Whether all that this one says is known; an empty cell says nothing."""
        return all(mine is None or mine == its for mine, its in zip(self, known, strict=True))

    def over(self, known: "Purchased") -> "Purchased":
        """This one, with what it does not say as it is known."""
        pairs = zip(self, known, strict=True)
        return Purchased._make(its if mine is None else mine for mine, its in pairs)


class KnownPurchase(NamedTuple):
    """A row that there is; what people typed, corrected or archived cannot be corrected."""

    pk: int
    external_id: str
    what: Purchased
    is_imported: bool
    can_be_corrected: bool


@dataclass(frozen=True)
class PlannedPurchase:
    """``known`` is the row that ``told`` is or corrects; ``what`` is what is to be written."""

    external_id: str
    what: Purchased
    known: KnownPurchase | None
    writes: bool


def plan_purchases(
    told: Sequence[tuple[str, Purchased]], known: Iterable[KnownPurchase]
) -> list[PlannedPurchase]:
    """What is to be done with each of ``told`` (external id or "", what), in their order.

    All purchases of one customer and instant come together, and ``known`` has all that is known of
    them and of the external ids.
    """
    by_id: dict[str, KnownPurchase] = {}
    by_moment: dict[tuple[int, datetime], list[KnownPurchase]] = defaultdict(list)
    for row in known:
        if row.external_id:
            by_id[row.external_id] = row
        else:
            by_moment[row.what.moment].append(row)
    matched = _matched(told, by_moment)
    return [
        _planned(id_, what, by_id.get(id_) if id_ else matched.get(place))
        for place, (id_, what) in enumerate(told)
    ]


def _planned(id_: str, what: Purchased, known: KnownPurchase | None) -> PlannedPurchase:
    if known is None:
        return PlannedPurchase(id_, what, None, True)
    if what.says_the_same(known.what) or not known.can_be_corrected:
        return PlannedPurchase(id_, known.what, known, False)
    return PlannedPurchase(id_, what.over(known.what), known, True)


Fits = Callable[[Purchased, KnownPurchase], bool]
# The best match goes first, so that a row that is known leaves the others to those that are not.
PASSES: tuple[Fits, ...] = (
    lambda what, row: what.says_the_same(row.what),
    lambda what, row: row.is_imported and what.product == row.what.product,
    lambda what, row: row.is_imported and None in (what.product, row.what.product),
)


def _matched(
    told: Sequence[tuple[str, Purchased]],
    pools: dict[tuple[int, datetime], list[KnownPurchase]],
) -> dict[int, KnownPurchase]:
    """The known row of each place of ``told``; each known row is taken once."""
    found: dict[int, KnownPurchase] = {}
    for fits in PASSES:
        for place, (id_, what) in enumerate(told):
            if id_ or place in found:
                continue
            pool = pools.get(what.moment, [])
            row = next((row for row in pool if fits(what, row)), None)
            if row:
                pool.remove(row)
                found[place] = row
    return found
