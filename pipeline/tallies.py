"""Deals added up by all that money and chance depend on, in one query of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    F,
    FloatField,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models import ExpressionWrapper as Typed
from django.db.models.functions import Cast, TruncDate

from core.clock import company_zone
from core.db import Microseconds
from pipeline.estimation import DAY
from pipeline.estimation.arrays import Floats, Ints
from pipeline.models import Opportunity, Stage
from pipeline.selectors import WinTable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Tallies:
    """Deals that are alike, one place in each column for all of a kind.

    ``days`` are whole days in the stage, NaN where nobody knows; ``closed_on`` the company's day
    where a rate of exchange depends on it, else None; ``segment`` the value that their chances are
    told by. Of ``deals``, ``with_amount`` have one; these come to ``amount``.
    """

    stage: Ints
    currency: Sequence[str]
    days: Floats
    closed_on: Sequence[date | None]
    segment: Sequence[Any]
    deals: Ints
    with_amount: Ints
    amount: Floats

    def __len__(self) -> int:
        return len(self.stage)


def tallies_of(
    deals: QuerySet[Opportunity], table: WinTable | None, *, at: datetime, currency: str
) -> Tallies:
    """The ``deals`` by stage, currency, age, day of closing (where they are not in ``currency``)
    and what ``table`` tells them by."""
    entered = Microseconds(F("stage_entered_at"))
    by = {
        "age": Typed((Value((at - EPOCH) // MICROSECOND) - entered) / DAY, BigIntegerField()),
        "on": Case(
            When(currency=currency, then=None),
            default=TruncDate("closed_at", tzinfo=company_zone()),
            output_field=DateField(null=True),
        ),
        "told_by": F(table.split_by)
        if table and table.split_by
        else Value(None, BigIntegerField()),
    }
    alike = deals.order_by().annotate(**by).values_list("stage_id", "currency", *by)
    rows = alike.annotate(
        n=Count("pk"), known=Count("amount"), total=Cast(Sum("amount"), FloatField())
    )
    columns = tuple(zip(*rows, strict=True)) or ((),) * 8
    stage, currencies, age, on, told_by, n, known, total = columns
    return Tallies(
        stage=np.array(stage, np.int64),
        currency=currencies,
        days=np.maximum(np.array(age, float), 0.0),
        closed_on=on,
        segment=told_by,
        deals=np.array(n, np.int64),
        with_amount=np.array(known, np.int64),
        amount=np.nan_to_num(np.array(total, float)),
    )


def tally_of(deal: Opportunity, table: WinTable | None, *, at: datetime, currency: str) -> Tallies:
    """The same of one deal that has been read."""
    days = deal.days_in_stage(at=at)
    closed = deal.closed_at if deal.currency != currency else None
    return Tallies(
        stage=np.array([deal.stage_id]),
        currency=[deal.currency],
        days=np.array([np.nan if days is None else float(days)]),
        closed_on=[closed.astimezone(company_zone()).date() if closed else None],
        segment=[getattr(deal, table.split_by) if table and table.split_by else None],
        deals=np.array([1]),
        with_amount=np.array([int(deal.amount is not None)]),
        amount=np.array([float(deal.amount or 0)]),
    )


def chances_of(tallies: Tallies, stages: Mapping[int, Stage], table: WinTable | None) -> Floats:
    """Of each of the deals that are alike as ``chance_of`` tells it; NaN where nobody can know."""
    chances = np.full(len(tallies), np.nan)
    kinds = {value: number for number, value in enumerate(dict.fromkeys(tallies.segment))}
    kind = np.array([kinds[value] for value in tallies.segment], np.int64)
    for pk, stage in stages.items():
        here = tallies.stage == pk
        if not stage.is_open:
            chances[here] = float(stage.is_won)
        elif table is not None:
            for value, number in kinds.items():
                alike = here & (kind == number)
                part = table.of_segment(value, pk)
                chances[alike] = part.probabilities(pk, tallies.days[alike])
    return chances
