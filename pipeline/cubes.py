"""The kept count cube as rows and as counts: the border between its tables and the estimators.

The tables name stages by id, since their order may change; counts have them by place.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count

from core.bulk import add_rows, read_columns
from pipeline.counting import CountedDeals, DealCounts
from pipeline.estimation import (
    NOBODY,
    OPEN,
    Cells,
    Deals,
    Ended,
    Margins,
    MonthOf,
    StageList,
    Standing,
    months_between,
    recent_from,
)
from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.histories import microseconds, ordered_stages, undated_deals
from pipeline.models import BucketCell, Cube, MonthCell, Opportunity, Stage

NOWHERE = 0
"""Stands for OPEN as a destination, and for the stage of a deal that stands nowhere."""

UNKNOWN = -1.0
"""Amount of a deal of which none is known."""

HUNDREDTHS = 100
DEAL = (
    "cube",
    "is_repeat",
    "deal",
    "customer",
    "opened",
    "first_stage",
    "won_at",
    "standing_stage",
    "standing_since",
    "amount",
    "ended",
)
MONTH_KEY = ("cube", "entry_month", "stage", "destination", "age")
BUCKET_KEY = ("cube", "bucket", "stage", "destination", "age")
SUMS = ("count", "priced", "amount", "amount_sq")


@dataclass(frozen=True)
class StageIds:
    """Ids of the stages in funnel order, and back."""

    rows: tuple[Stage, ...]

    def ids(self, place: Ints) -> Ints:
        """Id by place; NOWHERE of OPEN."""
        return np.array([*(row.pk for row in self.rows), NOWHERE], np.int64)[place]

    def places(self, ids: Ints) -> Ints:
        """Place by id; OPEN of NOWHERE."""
        known = np.array([NOWHERE, *(row.pk for row in self.rows)], np.int64)
        places = np.array([OPEN, *range(len(self.rows))], np.int64)
        order = np.argsort(known)
        return places[order][np.searchsorted(known[order], ids)]


@dataclass(frozen=True)
class PackedDeals:
    """Deals as their table has them: ``columns`` one row a deal, from deal to amount without
    is_repeat; cells int32[m, 4], those of each deal ending at its place in ``ends``."""

    columns: tuple[Ints | Floats, ...]
    cells: Ints
    ends: Ints
    opened: Deals

    def __len__(self) -> int:
        return len(self.ends)

    def rows(self, cube: Cube, is_repeat: Bools) -> Iterator[tuple[Any, ...]]:
        """In the order of ``DEAL``."""
        begin = 0
        columns = (self.ends, is_repeat, *self.columns)
        for end, repeat, *values in zip(*(column.tolist() for column in columns), strict=True):
            yield cube.pk, repeat, *values, self.cells[begin:end].tobytes()
            begin = end


def pack(counted: CountedDeals, stages: StageIds) -> PackedDeals:
    cells, ends = _packed_cells(counted, stages)
    standing, since = _standing_by_deal(counted, stages)
    opened = counted.opened
    columns = (
        counted.deal,
        np.maximum(opened.customer, 0),
        opened.opened,
        stages.ids(opened.first_stage),
        opened.won,
        standing,
        since,
        np.where(np.isnan(counted.amount), UNKNOWN, counted.amount),
    )
    return PackedDeals(columns, cells, ends, opened)


def _packed_cells(counted: CountedDeals, stages: StageIds) -> tuple[Ints, Ints]:
    ended = counted.ended
    order = np.argsort(ended.subject, kind="stable")
    columns = (stages.ids(ended.stage), stages.ids(ended.destination), ended.month, ended.age)
    cells = np.column_stack(columns)[order].astype(np.int32)
    return cells, np.searchsorted(ended.subject[order], counted.deal, side="right")


def _standing_by_deal(counted: CountedDeals, stages: StageIds) -> tuple[Ints, Ints]:
    stage, since = np.full((2, len(counted)), NOWHERE, np.int64)
    place = np.searchsorted(counted.deal, counted.standing.subject)
    stage[place], since[place] = stages.ids(counted.standing.stage), counted.standing.since
    return stage, since


def kept_cells(cube: Cube, deals: Collection[int], stages: StageIds) -> Ended:
    """The cells that the cube holds of some deals."""
    won = next(place for place, row in enumerate(stages.rows) if row.is_won)
    rows = cube.counted_deals.filter(deal__in=deals).values_list("deal", "amount", "ended")
    found = list(rows)
    amount = np.array([row[1] for row in found], float)
    packed = [bytes(row[2]) for row in found]
    cells = np.frombuffer(b"".join(packed), np.int32).reshape(-1, 4).astype(np.int64)
    each = [len(part) // cells.itemsize // 2 for part in packed]
    amount = np.repeat(np.where(amount == UNKNOWN, np.nan, amount), each)
    deal = np.repeat(np.array([row[0] for row in found], np.int64), each)
    stage, destination = stages.places(cells[:, 0]), stages.places(cells[:, 1])
    priced = np.where(stage == won, np.isfinite(amount), amount > 0)
    return Ended(deal, stage, destination, cells[:, 2], cells[:, 3], amount, priced)


def add_cells(cube: Cube, *, by_month: Cells, by_bucket: Cells, stages: StageIds) -> None:
    """Add to the cells of ``cube``."""
    add_rows(MonthCell, MONTH_KEY, SUMS, _cell_rows(cube, by_month, stages))
    add_rows(BucketCell, BUCKET_KEY, SUMS, _cell_rows(cube, by_bucket, stages))


def _cell_rows(cube: Cube, cells: Cells, stages: StageIds) -> Iterator[tuple[Any, ...]]:
    first, stage, destination, age = cells.keys.T
    count, priced, amount, amount_sq = cells.sums.T
    hundredths = np.rint(amount * HUNDREDTHS)
    whole = (first, stages.ids(stage), stages.ids(destination), age, count, priced, hundredths)
    columns = [column.astype(np.int64).tolist() for column in whole]
    for *values, square in zip(*columns, amount_sq.tolist(), strict=True):
        yield cube.pk, *values, square


def counts_of_cube(cube: Cube, *, as_of: datetime, month_of: MonthOf) -> DealCounts:
    """The counts that ``cube`` holds; the stays that have not ended are as old as ``as_of``."""
    rows = ordered_stages(list(cube.pipeline.stages.all()))
    stages = StageIds(rows)
    margins = Margins(
        StageList.of(tuple(row.name for row in rows[:-2])),
        microseconds(as_of),
        _read_cells(MonthCell, MONTH_KEY, cube, stages),
        _read_cells(BucketCell, BUCKET_KEY, cube, stages),
        _read_standing(cube, stages),
        month_of,
    )
    return DealCounts(
        rows,
        margins,
        _starts(cube, margins, stages, is_repeat=False),
        _starts(cube, margins, stages, is_repeat=True),
        cube.deals,
        undated_deals(Opportunity.objects.filter(pipeline=cube.pipeline_id), as_of),
        cube.counted_deals.order_by("opened").values_list("opened", flat=True).first(),
        read_opened=lambda: read_opened(cube, stages)[1],
    )


def _starts(cube: Cube, margins: Margins, stages: StageIds, *, is_repeat: bool) -> Floats:
    """float[K]: deals a month by first stage, over the last year at most."""
    deals = cube.counted_deals.filter(is_repeat=is_repeat)
    table = np.zeros(len(margins.stages))
    first = deals.order_by("opened").values_list("opened", flat=True).first()
    if first is None:
        return table
    begin = recent_from(first, margins.as_of)
    recent = deals.filter(opened__gte=begin, opened__lt=margins.as_of).order_by()
    for stage, deals_begun in recent.values_list("first_stage").annotate(Count("deal")):
        table[stages.places(np.array([stage]))] += deals_begun
    return table / months_between(begin, margins.as_of)


def _read_cells(
    model: type[MonthCell] | type[BucketCell], key: tuple[str, ...], cube: Cube, stages: StageIds
) -> Cells:
    filled = model.objects.filter(cube=cube).exclude(count=0)
    found = read_columns(filled.values_list(*key[1:], *SUMS), "iiiiiiif")
    first, stage, destination, age, count, priced, amount, amount_sq = found
    keys = np.column_stack([first, stages.places(stage), stages.places(destination), age])
    sums = np.column_stack([count, priced, amount / HUNDREDTHS, amount_sq])
    return Cells.add([Cells(keys, sums)])


def _read_standing(cube: Cube, stages: StageIds) -> Standing:
    standing = cube.counted_deals.filter(standing_stage__gt=0).order_by()
    fields = ("deal", "standing_stage", "standing_since", "amount")
    deal, stage, since, amount = read_columns(standing.values_list(*fields), "iiif")
    order = np.argsort(deal)
    amount = np.where(amount == UNKNOWN, np.nan, amount)
    return Standing(deal, stages.places(stage), since, amount).at_rows(order)


def read_opened(
    cube: Cube, stages: StageIds, customers: Collection[int] | None = None
) -> tuple[Ints, Deals]:
    """Every deal of ``cube``, or those of some customers: ids, sorted, and who opened them."""
    rows = cube.counted_deals.order_by()
    if customers is not None:
        rows = rows.filter(customer__in=customers)
    fields = ("deal", "customer", "opened", "first_stage", "won_at")
    found = read_columns(rows.values_list(*fields), "iiiii")
    deal, customer, opened, first_stage, won = (column[np.argsort(found[0])] for column in found)
    customer = np.where(customer == 0, NOBODY, customer)
    return deal, Deals(customer, opened, stages.places(first_stage), won)
