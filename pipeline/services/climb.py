"""Keeping the counts of the customers who climb the ladder that leads to a pipeline.

Part of the count cube, in its transactions: who must be counted anew are those who moved, were
archived or undone, and the customers of every deal that was counted anew.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from core.bulk import insert_rows, read_columns
from crm.models import Customer, LifecycleChange
from pipeline.among import EVERY, Among
from pipeline.cell_rows import StageIds
from pipeline.climb_rows import (
    CUSTOMER,
    add_climb_cells,
    kept_customers,
    pack_customers,
)
from pipeline.climbing import Climb
from pipeline.estimation import Cells, Deals, MonthOf, months_in
from pipeline.estimation.arrays import Ints
from pipeline.estimation.climb import climb_cells
from pipeline.histories import microseconds, steps_of
from pipeline.models import Cube, Pipeline
from pipeline.models.cube import CountedCustomer, CustomerChange
from pipeline.services.ahead import archived_ahead, changes_ahead

CUSTOMERS_AT_ONCE = 500
ROWS_AT_ONCE = 5_000

TAKE = "DELETE FROM pipeline_customerchange WHERE pipeline IS NULL"
GIVE = (
    "INSERT INTO pipeline_customerchange (pipeline, customer, due) "
    "SELECT DISTINCT way.id, written.customer, 0 FROM"
)
TO = (
    "JOIN pipeline_pipeline way "
    "ON way.ladder_id = COALESCE(written.ladder, way.ladder_id) WHERE way.ladder_id > 0"
)


def told_of(pipeline: Pipeline) -> Sequence[object]:
    """What the counts of customers depend on besides their moves and deals."""
    if pipeline.ladder is None:
        return []
    return [pipeline.ladder.pk, sorted(steps_of(pipeline.ladder).places.items())]


def hand_out() -> None:
    """Hand what the database wrote of customers to every pipeline that their ladder leads to."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # In one statement: what is written while it runs is neither handed out nor deleted.
            cursor.execute(
                f"WITH written AS ({TAKE} RETURNING ladder, customer) {GIVE} written {TO}"
            )
        return
    while _hand_out_some():
        pass


@transaction.atomic
def _hand_out_some() -> bool:
    """On SQLite, where a transaction keeps all others from writing; false at the end."""
    written = CustomerChange.objects.filter(pipeline=None).order_by("due", "id")
    keys = list(written.values_list("pk", flat=True)[:ROWS_AT_ONCE])
    if keys:
        some = "pipeline IS NULL AND written.id <= %s"
        with connection.cursor() as cursor:
            cursor.execute(f"{GIVE} pipeline_customerchange written {TO} AND {some}", [keys[-1]])
        written.filter(pk__lte=keys[-1]).delete()
    return len(keys) == ROWS_AT_ONCE


def log_customers(pipeline: Pipeline, customers: Collection[int]) -> None:
    """Have ``customers``, whose deals were counted anew, counted anew as well."""
    if pipeline.ladder_id:
        _log([(pipeline.pk, customer, 0) for customer in sorted(customers)])


def _log(rows: Sequence[tuple[int, int, int]]) -> None:
    CustomerChange.objects.bulk_create(
        (
            CustomerChange(pipeline=pipeline, customer=customer, due=due)
            for pipeline, customer, due in rows
        ),
        batch_size=1000,
    )


def due_customers(pipeline: Pipeline, as_of: datetime) -> "QuerySet[CustomerChange]":
    """The log's rows that are due."""
    return CustomerChange.objects.filter(pipeline=pipeline.pk, due__lte=microseconds(as_of))


def count_all_customers(cube: Cube, deals: Deals, stages: StageIds, as_of: datetime) -> None:
    """Fill a new ``cube``, which is changed and not saved; ``deals`` are all deals it counts."""
    if cube.pipeline.ladder is None:
        return
    by_month = by_bucket = Cells.none()
    parts = Climb(cube.pipeline, stages.rows).count_in_parts(
        deals, as_of=as_of, month_of=_calendar()
    )
    for part in parts:
        months, buckets = climb_cells(part, _calendar())
        by_month, by_bucket = Cells.add([by_month, months]), Cells.add([by_bucket, buckets])
        insert_rows(CountedCustomer, CUSTOMER, pack_customers(part, stages).rows(cube))
        cube.customers += len(part.customer)
        cube.first_climbed = _earliest(cube, part.begun)
    add_climb_cells(cube, by_month=by_month, by_bucket=by_bucket, stages=stages, is_new=True)
    _wait_for_the_future(cube.pipeline, as_of, EVERY)


def count_changed_customers(cube: Cube, stages: StageIds, as_of: datetime, until: int) -> bool:
    """Count anew some of those in the log up to its row ``until``; false where none was left.

    ``cube`` is changed and not saved.
    """
    log = due_customers(cube.pipeline, as_of).filter(pk__lte=until).order_by("due", "id")
    rows = list(log.values_list("pk", "customer")[:CUSTOMERS_AT_ONCE])
    customers = sorted({customer for _pk, customer in rows})
    if customers and cube.pipeline.ladder:
        _replace(cube, customers, stages, as_of)
        _wait_for_the_future(cube.pipeline, as_of, Among(ids=customers))
    CustomerChange.objects.filter(pk__in=[pk for pk, _customer in rows]).delete()
    return bool(rows)


def _replace(cube: Cube, customers: Sequence[int], stages: StageIds, as_of: datetime) -> None:
    """Take ``customers`` out as they were counted and put them in as they are."""
    climb, here = Climb(cube.pipeline, stages.rows), Q(customer__in=customers)

    def deals_of(_customers: Ints) -> Deals:
        return _read_deals(cube, stages, here)

    new = climb.count(Among(ids=customers), deals_of, as_of=as_of, month_of=_calendar())
    old = kept_customers(cube, stages, among=here)
    cube.counted_customers.filter(here).delete()
    insert_rows(CountedCustomer, CUSTOMER, pack_customers(new, stages).rows(cube))
    (month, bucket), (old_month, old_bucket) = (climb_cells(c, _calendar()) for c in (new, old))
    add_climb_cells(
        cube,
        by_month=Cells.add([month, -old_month]),
        by_bucket=Cells.add([bucket, -old_bucket]),
        stages=stages,
    )
    cube.customers += len(new.customer) - len(old.customer)
    cube.first_climbed = _first_climbed(cube, old.begun, new.begun)


def _first_climbed(cube: Cube, out: Deals, into: Deals) -> int | None:
    if cube.first_climbed in out.opened:
        seen = cube.counted_customers.filter(first_stage__gte=0)
        first: int | None = seen.aggregate(first=Min("opened"))["first"]
        return first
    return _earliest(cube, into)


def _earliest(cube: Cube, into: Deals) -> int | None:
    known = [] if cube.first_climbed is None else [cube.first_climbed]
    return min([*known, *into.opened.tolist()], default=None)


def _read_deals(cube: Cube, stages: StageIds, here: Q) -> Deals:
    """Deals as the cube counted them, sorted by id."""
    fields = ("deal", "customer", "opened", "first_stage", "won_at")
    rows = cube.counted_deals.filter(here).order_by().values_list(*fields)
    deal, *columns = read_columns(rows, "iiiii")
    customer, opened, first, won = (column[np.argsort(deal)] for column in columns)
    return Deals(customer, opened, stages.places(first), won)


def _wait_for_the_future(pipeline: Pipeline, as_of: datetime, among: Among) -> None:
    """Log when what ``as_of`` does not know yet will be known, as for deals."""
    moves = LifecycleChange.objects.filter(among.by("customer"), ladder=pipeline.ladder_id)
    found = {
        *changes_ahead(moves, "customer_id", as_of),
        *archived_ahead(Customer.objects.filter(among.by("pk")), as_of),
    }
    _log([(pipeline.pk, customer, due) for customer, due in sorted(found)])


def _calendar() -> MonthOf:
    return months_in(settings.COMPANY_TIME_ZONE)
