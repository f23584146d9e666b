"""The kept counts of customers on a ladder, as rows and as counts; see pipeline.cubes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import Q

from core.bulk import read_columns
from pipeline.cell_rows import (
    BUCKET_KEY,
    MONTH_KEY,
    StageIds,
    earliest_recent,
    put_cells,
)
from pipeline.climbing import ClimbCounts, in_order
from pipeline.estimation import NEVER, Cells, Deals, Ended, MonthOf, Standing, recent_month
from pipeline.estimation.arrays import Ints
from pipeline.estimation.climb import LED, Climbed, ClimbMargins
from pipeline.histories import microseconds, steps_of
from pipeline.models import Cube
from pipeline.models.cube import ClimbBucketCell, ClimbMonthCell

CUSTOMER = ("cube", "customer", "opened", "first_stage", "latest", "ended", "standing")
UNSEEN = -1
"""First stage of a customer whom the funnel does not see on the ladder."""


@dataclass(frozen=True)
class Destinations:
    """Destinations as the tables have them and back: the stage that a deal began in is named by
    id, since the order of a pipeline's stages may change."""

    stages: StageIds

    def ids(self, stage: Ints, destination: Ints) -> Ints:
        """Stages and destinations int64[n] by place."""
        found = np.array(destination, np.int64)
        led = stage == LED
        found[led] = self.stages.ids(found[led])
        return found

    def places(self, stage: Ints, destination: Ints) -> Ints:
        """Back again."""
        found = np.array(destination, np.int64)
        led = stage == LED
        found[led] = self.stages.places(found[led])
        return found


@dataclass(frozen=True)
class PackedCustomers:
    """Customers as their table has them; ``begun`` is the first instant, NEVER for none."""

    customer: Ints
    opened: Ints
    first_stage: Ints
    ended: Sequence[bytes]
    standing: Sequence[bytes]
    latest: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def rows(self, cube: Cube) -> Iterator[tuple[Any, ...]]:
        """In the order of ``CUSTOMER``."""
        numbers = (self.customer, self.opened, self.first_stage, self.latest)
        columns = (*(column.tolist() for column in numbers), self.ended, self.standing)
        for row in zip(*columns, strict=True):
            yield (cube.pk, *row)


def pack_customers(climbed: Climbed, stages: StageIds) -> PackedCustomers:
    customer, begun, ended = climbed.customer, climbed.begun, climbed.ended
    opened, first_stage = np.full(len(customer), NEVER), np.full(len(customer), UNSEEN)
    place = np.searchsorted(customer, begun.customer)
    opened[place], first_stage[place] = begun.opened, begun.first_stage
    destination = Destinations(stages).ids(ended.stage, ended.destination)
    cells = np.column_stack([ended.stage, destination, ended.month, ended.age]).astype(np.int32)
    standing = in_order(climbed.standing)
    instants = np.column_stack([standing.stage, standing.since]).astype(np.int64)
    latest = np.zeros(len(customer), np.int64)
    np.maximum.at(latest, np.searchsorted(customer, standing.subject), standing.since)
    return PackedCustomers(
        customer,
        opened,
        first_stage,
        _by_customer(customer, ended.subject, cells),
        _by_customer(customer, standing.subject, instants),
        latest,
    )


def _by_customer(customer: Ints, subject: Ints, rows: Ints) -> list[bytes]:
    order = np.argsort(subject, kind="stable")
    ends = np.searchsorted(subject[order], customer, side="right").tolist()
    packed = rows[order].tobytes()
    size = rows.itemsize * rows.shape[1]
    return [packed[begin * size : end * size] for begin, end in pairwise([0, *ends])]


def kept_customers(cube: Cube, stages: StageIds, *, among: Q) -> Climbed:
    """What ``cube`` holds of the customers that ``among`` says."""
    found = cube.counted_customers.filter(among).order_by("customer").values_list(*CUSTOMER[1:])
    rows = list(found)
    customer, opened, first_stage = (np.array([r[i] for r in rows], np.int64) for i in range(3))
    seen = first_stage != UNSEEN
    never = np.full(int(seen.sum()), NEVER)
    return Climbed(
        customer,
        Deals(customer[seen], opened[seen], first_stage[seen], never),
        _unpacked_ended(customer, [bytes(row[4]) for row in rows], stages),
        _unpacked_standing(customer, [bytes(row[5]) for row in rows]),
    )


def _unpacked_ended(customer: Ints, packed: Sequence[bytes], stages: StageIds) -> Ended:
    subject, cells = _unpacked(customer, packed, np.int32, 4)
    stage, destination, month, age = cells.astype(np.int64).T
    nothing = np.full(len(cells), np.nan)
    destination = Destinations(stages).places(stage, destination)
    return Ended(subject, stage, destination, month, age, nothing, np.zeros(len(cells), bool))


def _unpacked_standing(customer: Ints, packed: Sequence[bytes]) -> Standing:
    subject, rows = _unpacked(customer, packed, np.int64, 2)
    return Standing(subject, rows[:, 0], rows[:, 1], np.full(len(rows), np.nan))


def _unpacked(customer: Ints, packed: Sequence[bytes], kind: Any, width: int) -> tuple[Ints, Ints]:
    """The customer of each row, and the rows [n, width]."""
    rows = np.frombuffer(b"".join(packed), kind).reshape(-1, width)
    size = rows.itemsize * width
    return np.repeat(customer, [len(part) // size for part in packed]), rows


def add_climb_cells(
    cube: Cube, *, by_month: Cells, by_bucket: Cells, stages: StageIds, is_new: bool = False
) -> None:
    """Add to the cells of ``cube`` that are of its ladder; ``is_new`` where it has none yet."""
    put_cells(ClimbMonthCell, MONTH_KEY, cube, _named(by_month, stages), is_new=is_new)
    put_cells(ClimbBucketCell, BUCKET_KEY, cube, _named(by_bucket, stages), is_new=is_new)


def _named(cells: Cells, stages: StageIds) -> Cells:
    first, stage, destination, age = cells.keys.T
    named = Destinations(stages).ids(stage, destination)
    return Cells(np.column_stack([first, stage, named, age]), cells.sums)


def climb_of_cube(
    cube: Cube, stages: StageIds, *, as_of: datetime, month_of: MonthOf
) -> ClimbCounts | None:
    """The counts that ``cube`` holds; None where nobody is on the ladder."""
    ladder = cube.pipeline.ladder
    if ladder is None or not cube.customers:
        return None
    steps, instant = steps_of(ladder), microseconds(as_of)
    margins = ClimbMargins(
        steps.stages,
        instant,
        _read_cells(ClimbMonthCell, MONTH_KEY, cube, stages),
        _read_cells(ClimbBucketCell, BUCKET_KEY, cube, stages),
        _read_recent(cube, instant, month_of),
        cube.first_climbed,
        month_of,
    )
    return ClimbCounts(steps.rows, margins)


def _read_cells(
    model: type[ClimbMonthCell] | type[ClimbBucketCell],
    key: tuple[str, ...],
    cube: Cube,
    stages: StageIds,
) -> Cells:
    filled = model.objects.filter(cube=cube).exclude(count=0)
    found = read_columns(filled.values_list(*key[1:], "count"), "iiiii")
    first, stage, destination, age, count = found
    keys = np.column_stack([first, stage, Destinations(stages).places(stage, destination), age])
    nothing = np.zeros(len(count))
    return Cells.add([Cells(keys, np.column_stack([count, nothing, nothing, nothing]))])


def _read_recent(cube: Cube, as_of: int, month_of: MonthOf) -> Standing:
    """What has not ended and is looked at one by one."""
    young = cube.counted_customers.filter(latest__gte=earliest_recent(as_of, month_of)).order_by(
        "customer"
    )
    rows = list(young.values_list("customer", "standing"))
    customer = np.array([row[0] for row in rows], np.int64)
    found = _unpacked_standing(customer, [bytes(row[1]) for row in rows])
    return found.begun_from(recent_month(as_of, month_of), month_of)
