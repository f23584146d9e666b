"""Keeping the count cube of a pipeline: counting all deals, or those that changed.

What changed stands in the change log, which the database writes itself. Rows of the log are read
before the histories they are about and deleted when these are counted, in one transaction: what
is committed in between has a row of its own and is counted again, which does no harm, since a deal
is taken out as it was counted and put back as it is.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce, Greatest

from core import clock
from core.bulk import insert_rows
from core.db import Microseconds
from core.models import ExchangeRate
from pipeline.among import EVERY, Among
from pipeline.counting import CountedDeals, count_deals, parts_of
from pipeline.cubes import DEAL, PackedDeals, StageIds, add_cells, kept_cells, pack, read_opened
from pipeline.estimation import NOBODY, Cells, Deals, months_in
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
        ],
        list(rates.order_by("pk").values_list("base", "quote", "date", "rate")),
    )


class OvertakenError(RuntimeError):
    """Somebody else began to count the same pipeline anew; what was counted here is dropped."""


# Counted by another method, all must be counted anew.
FORMAT = 1

CHANGES_AT_ONCE = 500

REBUILD_SHARE = 0.3
"""With more of its deals to count anew, a cube is built from nothing."""


def bring_up_to_date(
    pipeline: Pipeline, *, as_of: datetime, progress: Progress | None = None
) -> Cube:
    """The cube of ``pipeline`` with all that was known before ``as_of``.

    Costs what changed since the last time; everything is counted where nothing is kept yet, where
    the rules of counting changed, or most of the deals did. Raises MissingExchangeRate.
    """
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
    tell = progress or (lambda share: None)
    cube = _begin(pipeline, as_of)
    rules = rules_of(cube.pipeline, as_of=as_of)
    counted = _Counted(rules.stages)
    ranges = parts_of(pipeline)
    for done, among in enumerate(ranges, start=1):
        counted.add(_count(cube.pipeline, as_of, among))
        tell(0.6 * done / len(ranges))
    add_cells(cube, by_month=counted.by_month, by_bucket=counted.by_bucket, stages=rules.stages)
    _insert_deals(cube, counted.deals)
    tell(0.9)
    _wait_for_the_future(pipeline, as_of, EVERY)
    return _finish(cube, counted, rules)


class _Counted:
    """What has been counted so far, as small as it can be kept."""

    def __init__(self, stages: StageIds) -> None:
        self.stages = stages
        self.by_month = self.by_bucket = Cells.none()
        self.deals: list[PackedDeals] = []
        self.currencies: frozenset[str] = frozenset()

    def add(self, part: CountedDeals) -> None:
        self.by_month = Cells.add([self.by_month, part.ended.by_month()])
        self.by_bucket = Cells.add([self.by_bucket, part.ended.by_bucket()])
        self.deals.append(pack(part, self.stages))
        self.currencies |= part.currencies


def _begin(pipeline: Pipeline, as_of: datetime) -> Cube:
    """A cube to fill; the log is emptied of what it will hold anyway, and nothing is current."""
    with transaction.atomic():
        pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
        DealChange.objects.filter(pipeline=pipeline.pk).delete()
        Cube.objects.filter(pipeline=pipeline, is_current=True).update(is_current=False)
        return Cube.objects.create(pipeline=pipeline, counted_to=as_of)


def _finish(cube: Cube, counted: _Counted, rules: "Rules") -> Cube:
    cube.deals = sum(map(len, counted.deals))
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
    for old in siblings.filter(pk__lt=cube.pk):
        _forget(old)
    return cube


def _forget(cube: Cube) -> None:
    for model in (MonthCell, BucketCell, CountedDeal):
        model.objects.filter(cube=cube).delete()
    cube.delete()


def _insert_deals(cube: Cube, packed: Sequence[PackedDeals]) -> None:
    is_repeat = Deals.join([part.opened for part in packed]).is_repeat()
    ends = np.cumsum([len(part) for part in packed])[:-1]
    parts = zip(packed, np.split(is_repeat, ends), strict=True)
    insert_rows(CountedDeal, DEAL, chain.from_iterable(p.rows(cube, each) for p, each in parts))


@transaction.atomic
def _count_changes(cube: Cube, rules: "Rules") -> bool:
    """Count anew some of the deals that changed; false where there was none left."""
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
    cube.counted_to = rules.as_of
    cube.save(update_fields=["counted_to", "deals", "currencies", "definition"])
    return bool(deals)


def _replace(cube: Cube, deals: Sequence[int], rules: "Rules") -> None:
    """Take ``deals`` out as they were counted and put them in as they are."""
    stages = rules.stages
    new = _count(cube.pipeline, rules.as_of, Among(ids=deals))
    old = kept_cells(cube, deals, stages)
    held = cube.counted_deals.filter(deal__in=deals)
    customers = {*held.values_list("customer", flat=True), *new.opened.customer.tolist()}
    removed, _by_model = held.delete()
    insert_rows(CountedDeal, DEAL, pack(new, stages).rows(cube, np.zeros(len(new), bool)))
    _settle_repeats(cube, stages, customers - {0, NOBODY})
    add_cells(
        cube,
        by_month=Cells.add([new.ended.by_month(), -old.by_month()]),
        by_bucket=Cells.add([new.ended.by_bucket(), -old.by_bucket()]),
        stages=stages,
    )
    cube.deals += len(new) - removed
    cube.currencies = sorted(new.currencies.union(cube.currencies))
    cube.definition = rules.digest(cube.currencies)


def _settle_repeats(cube: Cube, stages: StageIds, customers: Collection[int]) -> None:
    """Which deals of some customers came after a win of theirs: a win elsewhere may tell."""
    deal, opened = read_opened(cube, stages, customers)
    is_repeat = opened.is_repeat()
    for value in (True, False):
        ids = deal[is_repeat == value].tolist()
        changed = cube.counted_deals.filter(deal__in=ids).exclude(is_repeat=value)
        changed.update(is_repeat=value)


def _count(pipeline: Pipeline, as_of: datetime, among: Among) -> CountedDeals:
    history = read_deals(pipeline, as_of=as_of, among=among)
    return count_deals(history, as_of=as_of, month_of=months_in(settings.COMPANY_TIME_ZONE))


def _wait_for_the_future(pipeline: Pipeline, as_of: datetime, among: Among) -> None:
    """Log when what ``as_of`` does not know yet will be known: late rows, undone ones, archived."""
    later = Q(at__gte=as_of) | Q(known_from__gte=as_of) | Q(voided_at__gte=as_of)
    known = Greatest("at", Coalesce("known_from", "at"), Coalesce("voided_at", "at"))
    rows: list[tuple[int, int]] = []
    for model in (StageChange, AmountChange):
        found = model.objects.filter(among.by("opportunity"), later, pipeline=pipeline)
        rows += found.values_list("opportunity_id", Microseconds(known))
    archived = Opportunity.objects.filter(among.by("pk"), pipeline=pipeline, archived_at__gte=as_of)
    rows += archived.values_list("pk", Microseconds(F("archived_at")))
    DealChange.objects.bulk_create(
        [DealChange(pipeline=pipeline.pk, deal=deal, due=at + 1) for deal, at in rows]
    )


def _is_outdated(cube: Cube, rules: "Rules") -> bool:
    """Whether counting everything anew is right, or at least cheaper."""
    if cube.definition != rules.digest(cube.currencies):
        return True
    log = DealChange.objects.filter(pipeline=cube.pipeline_id, due__lte=microseconds(rules.as_of))
    most = max(int(cube.deals * REBUILD_SHARE), CHANGES_AT_ONCE)
    if log.order_by()[: most + 1].count() <= most:
        return False
    changed: int = log.aggregate(deals=Count("deal", distinct=True))["deals"]
    return changed > most
