"""Keeping the count cube of a pipeline: counting all deals, or those that changed.

What changed stands in the change log, which the database writes itself. Rows of the log are read
before the histories they are about and deleted when these are counted, in one transaction: what
is committed in between has a row of its own and is counted again, which does no harm, since a deal
is taken out as it was counted and put back as it is.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from core import clock
from core.bulk import analyze, insert_rows
from core.models import ExchangeRate
from pipeline.among import EVERY, Among
from pipeline.cell_rows import StageIds
from pipeline.counting import CountedDeals, count_deals, parts_of
from pipeline.cubes import DEAL, KeptDeals, PackedDeals, add_cells, kept_deals, pack
from pipeline.estimation import NOBODY, Cells, Deals, MonthOf, kept_cells, months_in, openings
from pipeline.estimation.arrays import Bools
from pipeline.histories import microseconds, ordered_stages, places_of, read_deals
from pipeline.models import (
    AmountChange,
    BucketCell,
    CountedDeal,
    Cube,
    DealChange,
    MonthCell,
    Opportunity,
    Pipeline,
    StageChange,
)
from pipeline.models.cube import ClimbBucketCell, ClimbMonthCell, CountedCustomer, CustomerChange
from pipeline.services.ahead import archived_ahead, changes_ahead
from pipeline.services.climb import (
    count_all_customers,
    count_changed_customers,
    due_customers,
    hand_out,
    log_customers,
    told_of,
)

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Rules:
    """What the counts of a pipeline depend on besides its deals, as it was at one moment."""

    as_of: datetime
    stages: StageIds
    told: Sequence[object]
    rates: Sequence[tuple[str, str, date, Decimal]]

    def digest(self, currencies: Collection[str]) -> str:
        """As one number; of the exchange rates those of ``currencies``."""
        rates = [row for row in self.rates if currencies and {*row[:2]} & {*currencies}]
        return hashlib.sha256(repr([FORMAT, *self.told, rates]).encode()).hexdigest()


def rules_of(pipeline: Pipeline, *, as_of: datetime) -> Rules:
    every = list(pipeline.stages.all())
    rows = ordered_stages(every)
    stands_for = {pk: rows[place].pk for pk, place in places_of(rows, every).items()}
    day = as_of.astimezone(clock.company_zone()).date()
    rates = ExchangeRate.objects.filter(
        Q(base=pipeline.currency) | Q(quote=pipeline.currency), date__lte=day
    )
    return Rules(
        as_of,
        StageIds(rows),
        [
            settings.COMPANY_TIME_ZONE,
            pipeline.currency,
            pipeline.misclick_window,
            [(row.pk, row.is_won) for row in rows if not row.is_open],
            sorted(pair for pair in stands_for.items() if pair[0] != pair[1]),
            told_of(pipeline),
        ],
        list(rates.order_by("pk").values_list("base", "quote", "date", "rate")),
    )


class OvertakenError(RuntimeError):
    """Somebody else began to count the same pipeline anew; what was counted here is dropped."""


# Counted by another method, all must be counted anew.
FORMAT = 2

CHANGES_AT_ONCE = 500

LONGEST_BUILD = timedelta(days=1)
"""A cube that is not complete after it was left behind by a process that died."""

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
    if cube is None or cube.counted_to > as_of or _is_outdated(cube, rules):
        return rebuild(pipeline, as_of=as_of, progress=progress)
    while _count_changes(cube, rules):
        pass
    return Cube.objects.select_related("pipeline").get(pk=cube.pk)


def rebuild(
    pipeline: Pipeline, *, as_of: datetime | None = None, progress: Progress | None = None
) -> Cube:
    """Count every deal anew, beside the kept counts, and put the new ones in their place.

    No transaction lasts long, so that people go on working. A crash leaves no current cube behind,
    so the next one begins again. Raises MissingExchangeRate.
    """
    as_of = as_of or clock.default_as_of()
    cube = _begin(pipeline, as_of)
    try:
        return _fill(cube, as_of, progress or (lambda share: None))
    except Exception:
        _forget(cube)
        raise


def _fill(cube: Cube, as_of: datetime, tell: Progress) -> Cube:
    rules = rules_of(cube.pipeline, as_of=as_of)
    counted = _Counted(rules.stages)
    ranges = parts_of(cube.pipeline)
    for done, among in enumerate(ranges, start=1):
        counted.add(_count(cube.pipeline, as_of, among))
        tell(0.6 * done / len(ranges))
    counted.write(cube)
    count_all_customers(cube, counted.opened, rules.stages, as_of)
    analyze(*KEPT)
    tell(0.9)
    _wait_for_the_future(cube.pipeline, as_of, EVERY)
    return _finish(cube, counted, rules)


class _Counted:
    """What has been counted so far, as small as it can be kept."""

    def __init__(self, stages: StageIds) -> None:
        self.stages = stages
        self.by_month = self.by_bucket = Cells.none()
        self.deals: list[PackedDeals] = []
        self.currencies: frozenset[str] = frozenset()

    def add(self, part: CountedDeals) -> None:
        by_month, by_bucket = kept_cells(part.ended, part.standing, _calendar())
        self.by_month = Cells.add([self.by_month, by_month])
        self.by_bucket = Cells.add([self.by_bucket, by_bucket])
        self.deals.append(pack(part, self.stages))
        self.currencies |= part.currencies

    @cached_property
    def opened(self) -> Deals:
        return Deals.join([part.opened for part in self.deals])

    def write(self, cube: Cube) -> None:
        is_repeat = self.opened.is_repeat()
        ends = np.cumsum([len(part) for part in self.deals])[:-1]
        parts = list(zip(self.deals, np.split(is_repeat, ends), strict=True))
        for part, repeats in parts:
            begun = openings(part.opened, repeats, _calendar())
            self.by_month = Cells.add([self.by_month, begun])
        add_cells(
            cube,
            by_month=self.by_month,
            by_bucket=self.by_bucket,
            stages=self.stages,
            is_new=True,
        )
        rows = (part.rows(cube, repeats) for part, repeats in parts)
        insert_rows(CountedDeal, DEAL, chain.from_iterable(rows))


def _begin(pipeline: Pipeline, as_of: datetime) -> Cube:
    """A cube to fill; the log is emptied of what it will hold anyway, and nothing is current."""
    with transaction.atomic():
        pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
        DealChange.objects.filter(pipeline=pipeline.pk).delete()
        CustomerChange.objects.filter(pipeline=pipeline.pk).delete()
        Cube.objects.filter(pipeline=pipeline, is_current=True).update(is_current=False)
        return Cube.objects.create(pipeline=pipeline, counted_to=as_of)


def _finish(cube: Cube, counted: _Counted, rules: "Rules") -> Cube:
    cube.deals = len(counted.opened)
    cube.first_opened = int(counted.opened.opened.min()) if cube.deals else None
    cube.currencies = sorted(counted.currencies)
    cube.definition = rules.digest(cube.currencies)
    cube.is_current = True
    siblings = Cube.objects.filter(pipeline=cube.pipeline)
    with transaction.atomic():
        Pipeline.objects.select_for_update().get(pk=cube.pipeline_id)
        # Another one, begun later, emptied the log of what this one does not hold.
        if siblings.filter(pk__gt=cube.pk).exists():
            raise OvertakenError(f"another count of pipeline {cube.pipeline_id} began meanwhile")
        cube.save()
    done_for = ~Q(definition="") | Q(built_at__lt=timezone.now() - LONGEST_BUILD)
    for old in siblings.filter(done_for, pk__lt=cube.pk):
        _forget(old)
    return cube


KEPT = (MonthCell, BucketCell, CountedDeal, ClimbMonthCell, ClimbBucketCell, CountedCustomer)


def _forget(cube: Cube) -> None:
    for model in KEPT:
        model.objects.filter(cube=cube).delete()
    cube.delete()


@transaction.atomic
def _count_changes(cube: Cube, rules: "Rules") -> bool:
    """Count anew some of what changed; false where there was nothing left.

    Customers after the deals in one transaction: what is left of them stands in the log.
    """
    cube = Cube.objects.select_for_update(of=("self",)).select_related("pipeline").get(pk=cube.pk)
    if not cube.is_current:
        raise OvertakenError(f"pipeline {cube.pipeline_id} is being counted anew")
    log = DealChange.objects.filter(pipeline=cube.pipeline_id, due__lte=microseconds(rules.as_of))
    rows = list(log.order_by("due", "id").values_list("pk", "deal")[:CHANGES_AT_ONCE])
    deals = sorted({deal for _pk, deal in rows})
    if deals:
        _replace(cube, deals, rules)
        DealChange.objects.filter(pk__in=[pk for pk, _deal in rows]).delete()
        _wait_for_the_future(cube.pipeline, rules.as_of, Among(ids=deals))
    climbed = count_changed_customers(cube, rules.stages, rules.as_of)
    cube.counted_to = rules.as_of
    cube.save()
    return bool(deals) or climbed


def _replace(cube: Cube, deals: Sequence[int], rules: Rules) -> None:
    """Take ``deals`` out as they were counted and put them in as they are.

    Other deals of their customers may have become repeats, or be none any more.
    """
    new = _count(cube.pipeline, rules.as_of, Among(ids=deals))
    here = Q(deal__in=deals)
    old = kept_deals(cube, rules.stages, among=here)
    customers = {*old.opened.customer.tolist(), *new.opened.customer.tolist()} - {NOBODY}
    log_customers(cube.pipeline, customers)
    others = kept_deals(cube, rules.stages, among=Q(customer__in=customers) & ~here)
    every = Deals.join([new.opened, others.opened])
    is_repeat = every.is_repeat()
    cube.counted_deals.filter(here).delete()
    rows = pack(new, rules.stages).rows(cube, is_repeat[: len(new)])
    insert_rows(CountedDeal, DEAL, rows)
    _turn_repeats(cube, others, is_repeat[len(new) :])
    new_month, new_bucket = kept_cells(new.ended, new.standing, _calendar())
    old_month, old_bucket = kept_cells(old.ended, old.standing, _calendar())
    begun = openings(every, is_repeat, _calendar())
    before = [openings(part.opened, part.is_repeat, _calendar()) for part in (old, others)]
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


def _count(pipeline: Pipeline, as_of: datetime, among: Among) -> CountedDeals:
    history = read_deals(pipeline, as_of=as_of, among=among)
    return count_deals(history, as_of=as_of, month_of=_calendar())


def _calendar() -> MonthOf:
    return months_in(settings.COMPANY_TIME_ZONE)


def _wait_for_the_future(pipeline: Pipeline, as_of: datetime, among: Among) -> None:
    """Log when what ``as_of`` does not know yet will be known: late rows, undone ones, archived."""
    here = among.by("opportunity")
    found = set(
        archived_ahead(Opportunity.objects.filter(among.by("pk"), pipeline=pipeline), as_of)
    )
    for changes in (StageChange.objects, AmountChange.objects):
        found.update(
            changes_ahead(changes.filter(here, pipeline=pipeline), "opportunity_id", as_of)
        )
    DealChange.objects.bulk_create(
        DealChange(pipeline=pipeline.pk, deal=deal, due=due) for deal, due in sorted(found)
    )


def _is_outdated(cube: Cube, rules: "Rules") -> bool:
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
