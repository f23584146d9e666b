"""Counting every deal and customer of a pipeline anew, beside the counts that are kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import clock
from core.bulk import analyze, delete_rows, insert_rows
from pipeline.among import EVERY
from pipeline.cell_rows import StageIds
from pipeline.counting import CountedDeals, company_months, count_among, parts_of
from pipeline.cubes import DEAL, PackedDeals, add_cells, pack
from pipeline.estimation import Cells, Deals, kept_cells, openings
from pipeline.models import BucketCell, CountedDeal, Cube, DealChange, MonthCell, Pipeline
from pipeline.models.cube import ClimbBucketCell, ClimbMonthCell, CountedCustomer, CustomerChange
from pipeline.services.ahead import log_deals_ahead
from pipeline.services.climb import count_all_customers
from pipeline.services.counting_rules import Rules, rules_of

Progress = Callable[[float], None]

LONGEST_BUILD = timedelta(days=1)
"""A cube that is not complete after it was left behind by a process that died."""


class OvertakenError(RuntimeError):
    """Somebody else began to count the same pipeline anew; what was counted here is dropped."""


def rebuild(
    pipeline: Pipeline, *, as_of: datetime | None = None, progress: Progress | None = None
) -> Cube:
    """Count every deal anew, beside the kept counts, and put the new ones in their place.

    No transaction lasts long, so that people go on working; the former counts may be looked at
    until the new ones are complete. A crash leaves no current cube behind, so the next one begins
    again. Raises MissingExchangeRate, UnknownStageError, OvertakenError.
    """
    as_of = as_of or clock.default_as_of()
    cube = _begin(pipeline, as_of)
    try:
        return _fill(cube, as_of, progress or (lambda share: None))
    except Exception:
        # Whatever it was, and it goes on up: half a count must not stay beside the kept ones.
        _forget(cube)
        raise


def _fill(cube: Cube, as_of: datetime, tell: Progress) -> Cube:
    rules = rules_of(cube.pipeline, as_of=as_of)
    counted = _Counted(rules.stages)
    ranges = parts_of(cube.pipeline)
    for done, among in enumerate(ranges, start=1):
        part = count_among(cube.pipeline, as_of=as_of, among=among, stages_now=rules.stages_now)
        counted.add(part)
        tell(0.6 * done / len(ranges))
    counted.write(cube)
    count_all_customers(cube, counted.opened, rules.stages, as_of)
    analyze(*KEPT)
    tell(0.9)
    log_deals_ahead(cube.pipeline, as_of, EVERY)
    return _finish(cube, counted, rules)


class _Counted:
    """What has been counted so far, as small as it can be kept."""

    def __init__(self, stages: StageIds) -> None:
        self.stages = stages
        self.by_month = self.by_bucket = Cells.none()
        self.deals: list[PackedDeals] = []
        self.currencies: frozenset[str] = frozenset()

    def add(self, part: CountedDeals) -> None:
        by_month, by_bucket = kept_cells(part.ended, part.standing, company_months())
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
            begun = openings(part.opened, repeats, company_months())
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
    """A cube to fill; nothing is current, and the log is emptied of what it will hold anyway."""
    with transaction.atomic():
        # Deals may be opened meanwhile.
        pipeline = Pipeline.objects.select_for_update(no_key=True).get(pk=pipeline.pk)
        Cube.objects.filter(pipeline=pipeline, is_current=True).update(is_current=False)
        cube = Cube.objects.create(pipeline=pipeline, counted_to=as_of)
    delete_rows(DealChange, "pipeline", pipeline.pk)
    delete_rows(CustomerChange, "pipeline", pipeline.pk)
    return cube


def _finish(cube: Cube, counted: _Counted, rules: Rules) -> Cube:
    cube.deals = len(counted.opened)
    cube.first_opened = int(counted.opened.opened.min()) if cube.deals else None
    cube.currencies = sorted(counted.currencies)
    cube.definition = rules.digest(cube.currencies)
    cube.is_current = True
    siblings = Cube.objects.filter(pipeline=cube.pipeline)
    with transaction.atomic():
        Pipeline.objects.select_for_update(no_key=True).get(pk=cube.pipeline_id)
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
    # Without a definition it is not complete, and nobody reads it any more.
    Cube.objects.filter(pk=cube.pk).update(is_current=False, definition="")
    for model in KEPT:
        delete_rows(model, "cube", cube.pk)
    cube.delete()
