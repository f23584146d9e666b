"""Hours by role and stage as logged activities tell them: from the database to numbers.

An activity that is done and says its minutes is work of the role in which its owner stood on that
day. It counts in the stage of its deal at that instant; without a deal, in that of the customer on
the ladder before the first deal. Stays are those that the rates are counted by.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.functions import Cast

from core import clock
from core.bulk import read_columns
from core.db import Microseconds
from crm.models import Activity
from pipeline.customer_stays import read_ladder
from pipeline.deal_stays import DealStays, read_stays
from pipeline.estimation import Stays
from pipeline.estimation.arrays import Ints
from pipeline.histories import microseconds
from pipeline.models import Pipeline
from planning.engine.hours import Measured, Rate, Visits, Work, measure_hours
from planning.models import JobRole, Staff

WINDOW = timedelta(days=365)
ENOUGH = 20
"""Subjects with logged time from which on hours are used; fewer say little of the others."""

Row = tuple[str, int]
Document = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """Deals, or the customers of a ladder: the stages with their stays, and whose work it was."""

    kind: str
    stages: tuple[int, ...]
    visits: Visits
    work: Work
    role: Ints


def measured_by_role(pipeline: Pipeline, *, as_of: datetime) -> dict[int, dict[Row, Document]]:
    """{role: {stage: what its hours are}} for the stages of ``pipeline`` and its ladder.

    Every role and every stage is there. From the year before ``as_of``, or from the first minutes
    that the role noted in it: before that nobody could have told. A fixed number of queries.
    Raises MissingExchangeRate.
    """
    roles = list(JobRole.objects.values_list("pk", flat=True))
    sides = list(_sides(pipeline, as_of))
    return {role: dict(_documents(sides, role, as_of)) for role in roles}


def _documents(sides: list[Side], role: int, as_of: datetime) -> Iterator[tuple[Row, Document]]:
    end = microseconds(as_of)
    mine = [side.work.at_rows(side.role == role) for side in sides]
    first = min((int(work.at.min()) for work in mine if len(work)), default=end)
    for side, work in zip(sides, mine, strict=True):
        found = measure_hours(side.visits, work, since=first, as_of=end)
        for place, stage in enumerate(side.stages):
            yield (side.kind, stage), _document(found, place, first, as_of)


def _document(found: Measured, place: int, first: int, as_of: datetime) -> Document:
    passed = timedelta(microseconds=microseconds(as_of) - first)
    return {
        "as_of": as_of.isoformat(),
        "since": (as_of - passed).isoformat(),
        "minutes": int(found.minutes[place]),
        "activities": int(found.activities[place]),
        "subjects": int(found.subjects[place]),
        "stays": int(found.stays[place]),
        "entries": int(found.entries[place]),
        "months": float(found.months[place]),
        "logged": _or_none(found.logged[place]),
        "is_enough": bool(found.subjects[place] >= ENOUGH and found.months[place] > 0),
        "per_entry": _rate(found.per_entry, place),
        "per_month": _rate(found.per_month, place),
        "per_month_in_all": _rate(found.per_month_in_all, place),
    }


def _rate(rate: Rate, place: int) -> Document:
    return {
        "hours": _or_none(rate.value[place]) or 0.0,
        "low80": _or_none(rate.low[place]),
        "high80": _or_none(rate.high[place]),
    }


def _or_none(value: Any) -> float | None:
    return float(value) if isfinite(value) else None


def _sides(pipeline: Pipeline, as_of: datetime) -> Iterator[Side]:
    staff = list(Staff.objects.employed().filter(user__isnull=False).order_by("begins", "pk"))
    rows = Activity.objects.filter(
        minutes__isnull=False,
        owner__isnull=False,
        done_at__gte=as_of - WINDOW,
        done_at__lt=as_of,
        created_at__lt=as_of,
    )
    deals = read_stays(pipeline, as_of=as_of)
    stages = tuple(row.pk for row in deals.rows[:-2])
    about = rows.filter(opportunity__pipeline=pipeline)
    yield _side("opportunity", stages, deals.stays, about, deals.one_in, staff)
    if pipeline.ladder_id is not None:
        yield from _customers(pipeline, deals, rows, staff, as_of)


def _customers(
    pipeline: Pipeline,
    deals: DealStays,
    rows: "QuerySet[Activity]",
    staff: list[Staff],
    as_of: datetime,
) -> Iterator[Side]:
    ladder = read_ladder(pipeline, deals, as_of=as_of)
    if ladder is not None:
        stages = tuple(row.pk for row in ladder.rows)
        alone = rows.filter(opportunity__isnull=True)
        yield _side("customer", stages, ladder.stays, alone, ladder.one_in, staff)


def speaks_for_ladder(pipeline: Pipeline) -> bool:
    """A ladder of several pipelines is shown as the first of them measures it."""
    if pipeline.ladder_id is None:
        return False
    of_ladder = Pipeline.objects.filter(ladder=pipeline.ladder_id, is_active=True)
    first = of_ladder.order_by("pk").values_list("pk", flat=True).first()
    return first == pipeline.pk


def _side(
    kind: str,
    stages: tuple[int, ...],
    stays: Stays,
    rows: "QuerySet[Activity]",
    one_in: int,
    staff: list[Staff],
) -> Side:
    """Of a sample of one subject in ``one_in``, the work for that sample."""
    at = Microseconds(F("done_at"))
    minutes = Cast("minutes", BigIntegerField())
    columns = rows.order_by().values_list(f"{kind}_id", "owner_id", at, minutes)
    subject, owner, instant, took = read_columns(columns, "iiii")
    work, role = Work(subject, instant, took), _roles(owner, instant, staff)
    if one_in > 1:
        sampled = subject % one_in == 0
        work, role = work.at_rows(sampled), role[sampled]
    return Side(kind, stages, _visits(stays, len(stages)), work, role)


def _visits(stays: Stays, stages: int) -> Visits:
    kept = np.flatnonzero(stays.stage < stages)
    kept = kept[np.argsort(stays.subject[kept], kind="stable")]
    return Visits(
        stages,
        stays.subject[kept],
        stays.stage[kept].astype(np.int64),
        stays.entered[kept],
        stays.left[kept],
        stays.bucket[kept],
    )


def _roles(owner: Ints, at: Ints, staff: list[Staff]) -> Ints:
    """int64[k]: the role in which each owner stood then, 0 for none; the newest of several."""
    role = np.zeros(len(owner), np.int64)
    order = np.argsort(owner, kind="stable")
    ordered = owner[order]
    for person in staff:
        user = person.user_id or 0
        first, end = np.searchsorted(ordered, [user, user + 1])
        rows = order[first:end]
        begins = microseconds(clock.day_start(person.begins))
        there = at[rows] >= begins
        if person.ends is not None:
            there &= at[rows] < microseconds(clock.day_start(person.ends + timedelta(days=1)))
        role[rows[there]] = person.role_id
    return role


def measured_of(role: JobRole) -> Mapping[Row, Document]:
    """What was measured last, by stage."""
    return {
        (kind, int(stage or 0)): effort.measured
        for effort in role.efforts.all()
        for kind, stage in [effort.row]
        if effort.measured is not None
    }
