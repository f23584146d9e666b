"""The kept count cube as rows and as counts: the border between its tables and the estimators.

The tables name stages by id, since their order may change; counts have them by place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Q

from core.bulk import read_columns
from pipeline.cell_rows import (
    BUCKET_KEY,
    HUNDREDTHS,
    MONTH_KEY,
    SUMS,
    StageIds,
    earliest_recent,
    put_cells,
)
from pipeline.climb_rows import climb_of_cube
from pipeline.counting import CountedDeals, DealCounts
from pipeline.estimation import (
    NOBODY,
    Cells,
    Deals,
    Ended,
    Margins,
    MonthOf,
    StageList,
    Standing,
    recent_month,
)
from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.histories import microseconds, ordered_stages, undated_deals
from pipeline.models import BucketCell, Cube, MonthCell, Opportunity, Pipeline

NOWHERE = 0
"""The stage of a deal that stands nowhere: won, or archived."""

READ_AGAIN = 10

UNKNOWN = -1.0
"""Amount of a deal of which none is known."""

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
CELL_BYTES = 16


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


@dataclass(frozen=True)
class KeptDeals:
    """What a cube holds of some deals, one row a deal and one a cell: as CountedDeals."""

    deal: Ints
    opened: Deals
    is_repeat: Bools
    ended: Ended
    standing: Standing

    def at_rows(self, rows: Bools) -> "KeptDeals":
        """Without cells and stays, which are not of one row a deal."""
        return replace(
            self,
            deal=self.deal[rows],
            opened=self.opened.at_rows(rows),
            is_repeat=self.is_repeat[rows],
        )


def kept_deals(cube: Cube, stages: StageIds, *, among: Q) -> KeptDeals:
    """What ``cube`` holds of the deals that ``among`` says, sorted by deal."""
    found = list(cube.counted_deals.filter(among).order_by("deal").values_list(*DEAL[1:]))
    columns = list(zip(*found, strict=True)) or [()] * (len(DEAL) - 1)
    repeat, (*numbers, amount), packed = columns[0], columns[1:9], columns[9]
    deal, customer, opened, first, won, stage, since = (np.array(c, np.int64) for c in numbers)
    worth = np.array(amount, float)
    worth = np.where(worth == UNKNOWN, np.nan, worth)
    here = stage != NOWHERE
    return KeptDeals(
        deal,
        Deals(np.where(customer == 0, NOBODY, customer), opened, stages.places(first), won),
        np.array(repeat, bool),
        _unpacked(deal, worth, [bytes(part) for part in packed], stages),
        Standing(deal[here], stages.places(stage[here]), since[here], worth[here]),
    )


def _unpacked(deal: Ints, amount: Floats, packed: Sequence[bytes], stages: StageIds) -> Ended:
    cells = np.frombuffer(b"".join(packed), np.int32).reshape(-1, 4).astype(np.int64)
    each = [len(part) // CELL_BYTES for part in packed]
    stage, destination = stages.places(cells[:, 0]), stages.places(cells[:, 1])
    amount = np.repeat(amount, each)
    won = next(place for place, row in enumerate(stages.rows) if row.is_won)
    priced = np.where(stage == won, np.isfinite(amount), amount > 0)
    deals = np.repeat(deal, each)
    return Ended(deals, stage, destination, cells[:, 2], cells[:, 3], amount, priced)


def add_cells(
    cube: Cube, *, by_month: Cells, by_bucket: Cells, stages: StageIds, is_new: bool = False
) -> None:
    """Add to the cells of ``cube``, which ``is_new`` where it has none yet."""
    put_cells(MonthCell, MONTH_KEY, cube, _named(by_month, stages), is_new=is_new)
    put_cells(BucketCell, BUCKET_KEY, cube, _named(by_bucket, stages), is_new=is_new)


def _named(cells: Cells, stages: StageIds) -> Cells:
    """With ids for places."""
    first, stage, destination, age = cells.keys.T
    keys = np.column_stack([first, stages.ids(stage), stages.ids(destination), age])
    return Cells(keys, cells.sums)


class ChangedWhileRead(RuntimeError):
    """Somebody changed the kept counts again and again while they were read."""


def complete_cube(pipeline: Pipeline) -> Cube | None:
    """The current cube, or while it is built anew the one before; None where none is complete."""
    complete = Cube.objects.filter(pipeline=pipeline).exclude(definition="")
    return complete.select_related("pipeline").order_by("-is_current", "-pk").first()


def counts_of_cube(cube: Cube, *, as_of: datetime, month_of: MonthOf) -> DealCounts:
    """The counts that ``cube`` holds; the stays that have not ended are as old as ``as_of``.

    All of one moment: what was changed meanwhile is read again. Raises ChangedWhileRead.
    """
    for _attempt in range(READ_AGAIN):
        found = _counts_of(cube, as_of=as_of, month_of=month_of)
        now = complete_cube(cube.pipeline)
        if now is not None and (now.pk, now.changes) == (cube.pk, cube.changes):
            return found
        cube = now or cube
    raise ChangedWhileRead(f"the counts of pipeline {cube.pipeline_id}")


def _counts_of(cube: Cube, *, as_of: datetime, month_of: MonthOf) -> DealCounts:
    rows = ordered_stages(list(cube.pipeline.stages.all()))
    stages, instant = StageIds(rows), microseconds(as_of)
    margins = Margins(
        StageList.of(tuple(row.name for row in rows[:-2])),
        instant,
        _read_cells(MonthCell, MONTH_KEY, cube, stages),
        _read_cells(BucketCell, BUCKET_KEY, cube, stages),
        _read_recent(cube, stages, instant, month_of),
        cube.first_opened,
        month_of,
    )
    return DealCounts(
        rows,
        margins,
        cube.deals,
        undated_deals(Opportunity.objects.filter(pipeline=cube.pipeline_id), as_of),
        read_opened=lambda: _read_opened(cube, stages),
        climb=climb_of_cube(cube, stages, as_of=as_of, month_of=month_of),
    )


def _read_cells(
    model: type[MonthCell] | type[BucketCell], key: tuple[str, ...], cube: Cube, stages: StageIds
) -> Cells:
    filled = model.objects.filter(cube=cube).exclude(count=0)
    found = read_columns(filled.values_list(*key[1:], *SUMS), "iiiiiiif")
    first, stage, destination, age, count, priced, amount, amount_sq = found
    keys = np.column_stack([first, stages.places(stage), stages.places(destination), age])
    sums = np.column_stack([count, priced, amount / HUNDREDTHS, amount_sq])
    return Cells.add([Cells(keys, sums)])


def _read_recent(cube: Cube, stages: StageIds, as_of: int, month_of: MonthOf) -> Standing:
    """Standing stays that are looked at one by one, sorted by deal."""
    begin = earliest_recent(as_of, month_of)
    young = cube.counted_deals.filter(standing_since__gte=begin).order_by()
    fields = ("deal", "standing_stage", "standing_since", "amount")
    deal, stage, since, amount = read_columns(young.values_list(*fields), "iiif")
    amount = np.where(amount == UNKNOWN, np.nan, amount)
    found = Standing(deal, stages.places(stage), since, amount).at_rows(np.argsort(deal))
    return found.begun_from(recent_month(as_of, month_of), month_of)


def _read_opened(cube: Cube, stages: StageIds) -> Deals:
    """Every deal of ``cube``, sorted by its id."""
    fields = ("deal", "customer", "opened", "first_stage", "won_at")
    rows = cube.counted_deals.order_by().values_list(*fields)
    found = read_columns(rows, "iiiii")
    order = np.argsort(found[0])
    customer, opened, first_stage, won = (column[order] for column in found[1:])
    customer = np.where(customer == 0, NOBODY, customer)
    return Deals(customer, opened, stages.places(first_stage), won)
