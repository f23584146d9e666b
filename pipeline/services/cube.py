"""Keeping the count cube of a pipeline: counting what changed, or all of it where that is right.

What changed stands in the change log, which the database writes itself. Rows of the log are read
before the histories they are about and deleted when these are counted, in one transaction: what
is committed in between has a row of its own and is counted again, which does no harm, since a deal
is taken out as it was counted and put back as it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet

from core import clock
from core.bulk import insert_rows
from core.db import AnyOf
from pipeline.among import Among
from pipeline.counting import company_months, count_among
from pipeline.cubes import DEAL, KeptDeals, add_cells, kept_deals, pack
from pipeline.estimation import NOBODY, Cells, Deals, kept_cells, openings
from pipeline.estimation.arrays import Bools
from pipeline.histories import microseconds
from pipeline.models import CountedDeal, Cube, DealChange, Pipeline
from pipeline.models.cube import CustomerChange
from pipeline.services.ahead import log_deals_ahead
from pipeline.services.climb import (
    count_changed_customers,
    due_customers,
    hand_out,
    log_customers,
)
from pipeline.services.counting_rules import Rules, rules_of
from pipeline.services.rebuild import OvertakenError, Progress, rebuild

__all__ = ["bring_up_to_date", "rebuild"]

CHANGES_AT_ONCE = 1000 if connection.vendor == "postgresql" else 500
"""Readers and writers wait for nobody on PostgreSQL, and for each other on SQLite."""

REBUILD_SHARE = 0.3
"""With more of its deals to count anew, a cube is built from nothing."""


def bring_up_to_date(
    pipeline: Pipeline, *, as_of: datetime, progress: Progress | None = None
) -> Cube:
    """The cube of ``pipeline`` with all that was known before ``as_of``.

    Costs what changed since the last time; everything is counted where nothing is kept yet, where
    the rules of counting changed, or most of the deals did. Raises MissingExchangeRate.
    """
    hand_out()
    rules = rules_of(pipeline, as_of=as_of)
    cube = Cube.objects.filter(pipeline=pipeline, is_current=True).first()
    if cube is None or _was_ahead(cube, as_of) or _is_outdated(cube, rules):
        return rebuild(pipeline, as_of=as_of, progress=progress)
    # What people go on to change meanwhile waits for the next time.
    until = _newest(DealChange)
    while _count_changed_deals(cube, rules, until):
        pass
    until = _newest(CustomerChange)
    while _count_changed_customers(cube, rules, until):
        pass
    return Cube.objects.select_related("pipeline").get(pk=cube.pk)


@transaction.atomic
def _count_changed_deals(cube: Cube, rules: Rules, until: int) -> bool:
    """Count anew some of the deals in the log; false where there was none left."""
    cube = _locked(cube)
    log = DealChange.objects.filter(
        pipeline=cube.pipeline_id, due__lte=microseconds(rules.as_of), pk__lte=until
    )
    rows = list(log.order_by("due", "id").values_list("pk", "deal")[:CHANGES_AT_ONCE])
    deals = sorted({deal for _pk, deal in rows})
    if deals:
        _replace(cube, deals, rules)
        DealChange.objects.filter(Q(AnyOf(F("pk"), [pk for pk, _deal in rows]))).delete()
        log_deals_ahead(cube.pipeline, rules.as_of, Among(ids=deals))
        cube.changes += 1
    cube.counted_to = max(rules.as_of, cube.counted_to)
    cube.save()
    return bool(deals)


@transaction.atomic
def _count_changed_customers(cube: Cube, rules: Rules, until: int) -> bool:
    """The same of customers, those of the deals just counted among them."""
    cube = _locked(cube)
    found = count_changed_customers(cube, rules.stages, rules.as_of, until)
    cube.changes += found
    cube.save()
    return found


def _was_ahead(cube: Cube, as_of: datetime) -> bool:
    """Whether the clock was set back; who only came a little later finds what he wants."""
    return cube.counted_to > max(as_of, clock.default_as_of())


def _newest(log: type[DealChange] | type[CustomerChange]) -> int:
    last: int | None = log.objects.aggregate(last=Max("pk"))["last"]
    return last or 0


def _locked(cube: Cube) -> Cube:
    cube = Cube.objects.select_for_update(of=("self",)).select_related("pipeline").get(pk=cube.pk)
    if not cube.is_current:
        raise OvertakenError(f"pipeline {cube.pipeline_id} is being counted anew")
    return cube


def _replace(cube: Cube, deals: Sequence[int], rules: Rules) -> None:
    """Take ``deals`` out as they were counted and put them in as they are.

    Other deals of their customers may have become repeats, or be none any more.
    """
    new = count_among(
        cube.pipeline, as_of=rules.as_of, among=Among(ids=deals), stages_now=rules.stages_now
    )
    here = Q(AnyOf(F("deal"), deals))
    old = kept_deals(cube, rules.stages, among=here)
    customers = {*old.opened.customer.tolist(), *new.opened.customer.tolist()} - {NOBODY}
    log_customers(cube.pipeline, customers)
    others = kept_deals(cube, rules.stages, among=Q(AnyOf(F("customer"), customers)) & ~here)
    every = Deals.join([new.opened, others.opened])
    is_repeat = every.is_repeat()
    cube.counted_deals.filter(here).delete()
    rows = pack(new, rules.stages).rows(cube, is_repeat[: len(new)])
    insert_rows(CountedDeal, DEAL, rows)
    _turn_repeats(cube, others, is_repeat[len(new) :])
    new_month, new_bucket = kept_cells(new.ended, new.standing, company_months())
    old_month, old_bucket = kept_cells(old.ended, old.standing, company_months())
    begun = openings(every, is_repeat, company_months())
    before = [openings(part.opened, part.is_repeat, company_months()) for part in (old, others)]
    add_cells(
        cube,
        by_month=Cells.add([new_month, begun, -old_month, *(-cells for cells in before)]),
        by_bucket=Cells.add([new_bucket, -old_bucket]),
        stages=rules.stages,
    )
    cube.deals += len(new) - len(old.deal)
    cube.first_opened = _first_opened(cube, old.opened, new.opened)
    cube.currencies = sorted(new.currencies.union(cube.currencies))
    cube.definition = rules.digest(cube.currencies)


def _first_opened(cube: Cube, out: Deals, into: Deals) -> int | None:
    if cube.first_opened in out.opened:
        first: int | None = cube.counted_deals.aggregate(first=Min("opened"))["first"]
        return first
    known = [cube.first_opened] if cube.first_opened is not None else []
    return min([*known, *into.opened.tolist()], default=None)


def _turn_repeats(cube: Cube, deals: KeptDeals, is_repeat: Bools) -> None:
    turned = is_repeat != deals.is_repeat
    for value in (True, False):
        ids = deals.deal[turned & (is_repeat == value)].tolist()
        if ids:
            cube.counted_deals.filter(deal__in=ids).update(is_repeat=value)


def _is_outdated(cube: Cube, rules: Rules) -> bool:
    """Whether counting everything anew is right, or at least cheaper."""
    if cube.definition != rules.digest(cube.currencies):
        return True
    log = DealChange.objects.filter(pipeline=cube.pipeline_id, due__lte=microseconds(rules.as_of))
    climbs = due_customers(cube.pipeline, rules.as_of)
    return _are_most(log, "deal", cube.deals) or _are_most(climbs, "customer", cube.customers)


def _are_most(log: QuerySet[Any], subject: str, counted: int) -> bool:
    most = max(int(counted * REBUILD_SHARE), CHANGES_AT_ONCE)
    if log.order_by()[: most + 1].count() <= most:
        return False
    changed: int = log.aggregate(changed=Count(subject, distinct=True))["changed"]
    return changed > most
