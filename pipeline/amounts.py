"""What each deal is worth in its pipeline's currency, by what was known at an instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from django.db.models import F, FloatField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from core import clock
from core.db import Microseconds
from core.money import RateTable
from pipeline.estimation import NEVER, Moves
from pipeline.estimation.arrays import Floats, Ints
from pipeline.models import AmountChange, Opportunity, Pipeline

Currencies = NDArray[np.object_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Told:
    """Rows about deals: place int[m] of the deal, at int64[m], amount float[m] in currency."""

    place: Ints
    amount: Floats
    currency: Currencies
    at: Ints

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]], subject: Ints) -> "_Told":
        """From (deal, amount, currency, instant); rows of deals not in ``subject`` are left out."""
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        deal = np.array(columns[0], np.int64)
        place = np.searchsorted(subject, deal)
        known = np.isin(deal, subject)
        return cls(
            place[known],
            np.array(columns[1], float)[known],
            np.array(columns[2], object)[known],
            np.array(columns[3], np.int64)[known],
        )


def amounts_of(pipeline: Pipeline, subject: Ints, wins: Moves, *, as_of: datetime) -> Floats:
    """float[n]: worth of each deal of ``subject`` (sorted), NaN where unknown.

    A won deal is worth what was known when it was won, at the rate of that day, or what was told
    first where nothing was known then; any other what is known at ``as_of``, at the rate of that
    day. Deals without an amount are worth their list price. Raises MissingExchangeRate.
    """
    won_at = np.full(len(subject), NEVER)
    won_at[np.searchsorted(subject, wins.subject)] = wins.at
    amount, currency = np.full(len(subject), np.nan), np.empty(len(subject), object)
    for told in (_list_prices(pipeline, subject), _amounts_told(pipeline, subject, as_of)):
        rows = _rows_that_count(told, won_at)
        amount[told.place[rows]] = told.amount[rows]
        currency[told.place[rows]] = told.currency[rows]
    return _converted(pipeline, amount, currency, won_at, as_of=as_of)


def _amounts_told(pipeline: Pipeline, subject: Ints, as_of: datetime) -> _Told:
    changes = AmountChange.objects.known_at(as_of).filter(pipeline=pipeline)
    rows = changes.order_by("opportunity", "at", "pk").values_list(
        "opportunity_id", Cast("amount", FloatField()), "currency", Microseconds(F("at"))
    )
    return _Told.of(rows.iterator(chunk_size=10_000), subject)


def _list_prices(pipeline: Pipeline, subject: Ints) -> _Told:
    priced = Opportunity.objects.filter(pipeline=pipeline, product__price__isnull=False)
    rows = priced.order_by("pk").values_list(
        "pk", Cast("product__price", FloatField()), "product__currency"
    )
    return _Told.of(((*row, 0) for row in rows.iterator(chunk_size=10_000)), subject)


def _rows_that_count(told: _Told, won_at: Ints) -> Ints:
    """The last row up to the win of each deal, or else the first after it."""
    row = np.arange(len(told.place))
    in_time = told.at <= won_at[told.place]
    first = np.full(len(won_at), len(row))
    np.minimum.at(first, told.place, row)
    last = np.full(len(won_at), -1)
    last[told.place[in_time]] = row[in_time]
    chosen = np.where(last < 0, first, last)
    return np.asarray(chosen[chosen < len(row)])


def _converted(
    pipeline: Pipeline, amount: Floats, currency: Currencies, won_at: Ints, *, as_of: datetime
) -> Floats:
    rates, today = RateTable(pipeline.currency), _company_day(as_of)

    @cache
    def rate(base: str, day: date) -> float:
        return float(rates.rate(base, day))

    foreign = ~np.isnan(amount) & (currency != pipeline.currency)
    for place in np.flatnonzero(foreign):
        won = int(won_at[place])
        day = today if won == NEVER else _company_day(EPOCH + timedelta(microseconds=won))
        amount[place] *= rate(currency[place], day)
    return amount


def _company_day(at: datetime) -> date:
    return at.astimezone(clock.company_zone()).date()
