"""What each deal is worth in its pipeline's currency, by what was known at an instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
from django.db.models import BigIntegerField, F, FloatField, Value
from django.db.models.functions import Cast, Coalesce, Ord, Substr

from core import clock
from core.bulk import read_columns
from core.db import Microseconds
from core.money import RateTable
from pipeline.among import EVERY, Among
from pipeline.estimation import NEVER, Moves
from pipeline.estimation.arrays import Floats, Ints
from pipeline.models import AmountChange, Pipeline

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

UNKNOWN = -1.0
"""Stands for NULL on its way out of the database, where no amount is negative."""


@dataclass(frozen=True)
class Worth:
    """amount float[n], one a deal, NaN where unknown; ``currencies`` are those converted from."""

    amount: Floats
    currencies: frozenset[str]


@dataclass(frozen=True)
class Told:
    """Rows about deals: place int[m] of the deal, at int64[m], amount float[m] (NaN where the
    amount was taken back) in currency int64[m], its letters as a number."""

    place: Ints
    at: Ints
    amount: Floats
    currency: Ints

    @classmethod
    def of(cls, deal: Ints, at: Ints, amount: Floats, currency: Ints, subject: Ints) -> "Told":
        """Rows of deals not in ``subject`` are left out."""
        known = np.isin(deal, subject)
        amount = np.where(amount == UNKNOWN, np.nan, amount)
        place = np.searchsorted(subject, deal[known])
        return cls(place, at[known], amount[known], currency[known])


def amounts_of(
    pipeline: Pipeline,
    subject: Ints,
    wins: Moves,
    listed: Told,
    *,
    as_of: datetime,
    among: Among = EVERY,
) -> Worth:
    """Worth of each deal of ``subject`` (sorted), which are all ``among`` those looked at.

    A won deal is worth what was known when it was won, at the rate of that day, or what was told
    first where nothing was known then; any other what is known at ``as_of``, at the rate of that
    day. Deals without an amount are worth the price of their product, as ``listed``. Raises
    MissingExchangeRate.
    """
    won_at = np.full(len(subject), NEVER)
    won_at[np.searchsorted(subject, wins.subject)] = wins.at
    amount = np.full(len(subject), np.nan)
    currency = np.full(len(subject), currency_number(pipeline.currency))
    for told in (listed, _amounts_told(pipeline, subject, as_of, among)):
        rows = _rows_that_count(told, won_at)
        amount[told.place[rows]] = told.amount[rows]
        currency[told.place[rows]] = told.currency[rows]
    return _converted(pipeline, amount, currency, won_at, as_of=as_of)


def currency_number(code: str) -> int:
    """The three letters as one number, as the database can give them among numbers."""
    first, second, third = (ord(letter) for letter in code)
    return (first << 16) + (second << 8) + third


def currency_code(number: int) -> str:
    return chr(number >> 16) + chr(number >> 8 & 255) + chr(number & 255)


def _amounts_told(pipeline: Pipeline, subject: Ints, as_of: datetime, among: Among) -> Told:
    changes = AmountChange.objects.known_at(as_of).filter(
        among.by("opportunity"), pipeline=pipeline
    )
    rows = changes.order_by("opportunity", "at", "pk").values_list(
        "opportunity_id", Microseconds(F("at")), money("amount"), currency_letters("currency")
    )
    deal, at, amount, currency = read_columns(rows, "iifi")
    return Told.of(deal, at, amount, currency, subject)


def money(field: str) -> Coalesce:
    return Coalesce(Cast(field, FloatField()), Value(UNKNOWN))


def currency_letters(field: str) -> Coalesce:
    letters = [Ord(Substr(field, place, 1)) * 256 ** (3 - place) for place in (1, 2, 3)]
    return Coalesce(Cast(letters[0] + letters[1] + letters[2], BigIntegerField()), 0)


def _rows_that_count(told: Told, won_at: Ints) -> Ints:
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
    pipeline: Pipeline, amount: Floats, currency: Ints, won_at: Ints, *, as_of: datetime
) -> Worth:
    rates, today = RateTable(pipeline.currency), _company_day(as_of)

    @cache
    def rate(base: str, day: date) -> float:
        return float(rates.rate(base, day))

    foreign = ~np.isnan(amount) & (currency != currency_number(pipeline.currency))
    for place in np.flatnonzero(foreign):
        won = int(won_at[place])
        day = today if won == NEVER else _company_day(EPOCH + timedelta(microseconds=won))
        amount[place] *= rate(currency_code(int(currency[place])), day)
    # Whole cents add up without rounding, in whatever order they are added and taken away.
    amount = np.round(amount, 2)
    codes = frozenset(currency_code(int(number)) for number in np.unique(currency[foreign]))
    return Worth(amount, codes)


def _company_day(at: datetime) -> date:
    return at.astimezone(clock.company_zone()).date()
