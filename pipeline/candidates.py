"""Which deals may have the stays asked about, told by the database: all that have, and others."""

from typing import Any

import numpy as np
from django.db.models import Exists, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from accounts.models import User
from pipeline.estimation import MonthOf
from pipeline.estimation.stages import StageList
from pipeline.histories import microseconds, ordered_stages, places_of
from pipeline.models import AmountChange, Opportunity, Stage, StageChange
from pipeline.questions import Question
from pipeline.readings import Places, Readings


def candidates(question: Question, user: User) -> QuerySet[Opportunity]:
    """Deals that ``user`` may see and that may have a stay that is asked about."""
    deals = Opportunity.objects.visible_to(user).filter(
        question.narrowed, pipeline=question.pipeline
    )
    deals = deals.filter(_worth(question))
    known = StageChange.objects.known_at(question.as_of).filter(
        pipeline=question.pipeline, opportunity=OuterRef("pk")
    )
    if question.stage is None:
        won = question.pipeline.stages.filter(is_won=True)
        return deals.filter(Exists(known.filter(to_stage__in=won)))
    here = stage_and_merged(question.stage)
    entries = known.filter(_in_period(question), to_stage__in=here)
    return _ended_so(question, deals.filter(Exists(entries)), known, here)


def _worth(question: Question) -> Q:
    """Told an amount that may count, in another currency, or none but a price that is listed."""
    band = question.amounts
    if band is None:
        return Q()
    changes = AmountChange.objects.known_at(question.as_of).filter(
        pipeline=question.pipeline, opportunity=OuterRef("pk")
    )
    foreign = ~Q(currency=question.pipeline.currency)
    if band.is_unknown:
        nothing = Q(amount__isnull=True) | Q(amount__lte=0)
        told = Q(Exists(changes.filter(nothing | foreign))) | ~Q(Exists(changes))
    else:
        sums = changes.alias(sum=Cast("amount", FloatField()))
        limits = {"sum__gte": band.low, "sum__lt": band.high}
        known = {name: at for name, at in limits.items() if at is not None}
        inside = Q(sum__isnull=False, **known)
        told = Q(Exists(sums.filter(inside | foreign)))
    return told | Q(product__price__isnull=False)


def _in_period(question: Question) -> Q:
    """A stay begins with a move into its stage, and at its instant."""
    limits = {"at__gte": question.entered_from, "at__lt": question.entered_before}
    return Q(**{name: at for name, at in limits.items() if at is not None})


def _ended_so(
    question: Question, deals: QuerySet[Opportunity], known: QuerySet[Any], here: list[int]
) -> QuerySet[Opportunity]:
    """A stay that lasts is where the last move led; one that ended has a move that ended it."""
    if question.outcome == "open":
        last = known.order_by("-at", "-pk").values("to_stage")[:1]
        return deals.alias(last_stage=Subquery(last)).filter(last_stage__in=here)
    targets = _targets(question)
    if targets is not None:
        deals = deals.filter(Exists(known.filter(to_stage__in=targets)))
    return deals


def _targets(question: Question) -> list[int] | None:
    """Ids of the stages that the stays asked about may have gone to; None for anywhere."""
    every = list(question.pipeline.stages.all())
    rows = ordered_stages(every)
    places = Places("opportunity", rows, StageList.of(tuple(row.name for row in rows[:-2])))
    place = places.place_of(question.stage.pk)
    to = None if place is None else question.destinations(place, places)
    if to is None:
        return None
    return [pk for pk, at in places_of(rows, every).items() if to[at]]


def stage_and_merged(stage: Stage) -> list[int]:
    """Ids of the stages whose history counts for ``stage``."""
    return [stage.pk, *stage.merged.values_list("pk", flat=True)]


def counted(question: Question, readings: Readings) -> int | None:
    """How many stays are asked about, whoever may see them, by the kept counts.

    None where these do not tell: at another as-of, of some deals only, or from within a month.
    """
    if question.as_of != readings.as_of or question.narrowed or question.amounts:
        return None
    if question.stage is None:
        return round(float(readings.deals.margins.won.wins.sum()))
    part = readings.part("customer" if question.is_about_customers else "opportunity")
    place = None if part is None else part.place_of(question.stage.pk)
    months = _months(question, readings.deals.margins.month_of)
    if part is None or place is None or months is None:
        return None
    found = part.margins.calendar.entered_in(*months)
    gone, still = found.events[place].sum(axis=-1), float(found.censored[place].sum())
    to = question.destinations(place, part)
    ended = (
        0.0 if question.outcome == "open" else float(gone.sum() if to is None else gone[to].sum())
    )
    return round(ended + (still if question.takes_open else 0.0))


def _months(question: Question, month_of: MonthOf) -> tuple[int, int] | None:
    """The month numbers of a period, from and to; None where it begins or ends within a month."""
    begin, end = question.entered_from, question.entered_before
    first = 0 if begin is None else _month_begun(microseconds(begin), month_of)
    following = 12 * 9999 if end is None else _month_begun(microseconds(end), month_of)
    return None if first is None or following is None else (first, following - 1)


def _month_begun(instant: int, month_of: MonthOf) -> int | None:
    before, month = (int(month_of(np.array([at], np.int64))[0]) for at in (instant - 1, instant))
    return month if before < month else None
