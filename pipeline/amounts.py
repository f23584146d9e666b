"""What each deal is worth in its pipeline's currency, by what was known at an instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property

import numpy as np
from django.db.models import BigIntegerField, F, FloatField, Q, Value
from django.db.models.functions import Cast, Coalesce, Ord, Substr

from core import clock
from core.bulk import read_columns
from core.db import AnyOf, Microseconds
from core.money import RateTable
from crm.models import PriceChange
from pipeline.among import EVERY, Among
from pipeline.estimation import NEVER, Moves
from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.models import AmountChange, Pipeline

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ALWAYS = -NEVER
"""Stands for an instant before all others."""

UNKNOWN = -1.0
"""Stands for NULL on its way out of the database, where no amount is negative."""


@dataclass(frozen=True)
class Worth:
    """amount float[n], one a deal, NaN where unknown; ``currencies`` are those converted from."""

    amount: Floats
    currencies: frozenset[str]


@dataclass(frozen=True)
class Told:
    """What was told, and when, in the order of what it is about (deals or products), instants and
    recording: place int[m] of that, at int64[m], amount float[m] (NaN where it was taken back) in
    currency int64[m], its letters as a number. It was known from ``since`` on and held ``until``
    then, int64[m]."""

    place: Ints
    at: Ints
    since: Ints
    until: Ints
    amount: Floats
    currency: Ints

    def known_at(self, as_of: int) -> "Told":
        """The rows that were held to be true just before ``as_of``."""
        known = (self.at < as_of) & (self.since < as_of) & (self.until >= as_of)
        return self if known.all() else self.at_rows(known)

    def at_rows(self, rows: Bools) -> "Told":
        return Told(*(column[rows] for column in vars(self).values()))

    def rows_that_count(self, place: Ints, until: Ints) -> Ints:
        """int[n]: the row of each ``place`` int[n] that was told last up to ``until`` int64[n], or
        else first; -1 where there is none."""
        instants = np.unique(self.at)
        size = len(instants) + 1
        keys = self.place * size + np.searchsorted(instants, self.at)
        latest = np.searchsorted(instants, until, side="right") - 1
        last = np.searchsorted(keys, place * size + latest, side="right") - 1
        first = np.searchsorted(self.place, place)
        has_any = first < np.searchsorted(self.place, place, side="right")
        return np.where(has_any, np.maximum(last, first), -1)


@dataclass(frozen=True)
class AmountHistory:
    """All that was told of the worth of deals, read once, to say what each was worth by what was
    known at any instant up to that of the reading.

    ``subject`` int64[n] are the deals, sorted, and ``told`` their amounts. Where there are none the
    price of the product holds: ``listed`` are prices, ``product`` int[n] is the place of each
    deal's product among them, -1 for none.
    """

    pipeline: Pipeline
    subject: Ints
    product: Ints
    listed: Told
    told: Told
    rates: RateTable

    def at(self, as_of: int, wins: Moves) -> Worth:
        """Worth of each deal by what was known at ``as_of`` (microseconds), ``wins`` standing then.

        A won deal is worth what was known when it was won, at the rate of that day, or what was
        told first where nothing was known then; any other what was known at ``as_of``, at the
        rate of that day. Raises MissingExchangeRate.
        """
        won_at = np.full(len(self.subject), NEVER)
        won_at[np.searchsorted(self.subject, wins.subject)] = wins.at
        amount = np.full(len(self.subject), np.nan)
        currency = np.full(len(self.subject), currency_number(self.pipeline.currency))
        deals = np.arange(len(self.subject))
        for history, about in ((self.listed, self.product), (self.told, deals)):
            told = history.known_at(as_of)
            rows = told.rows_that_count(about, won_at)
            has_one = rows >= 0
            amount[has_one] = told.amount[rows[has_one]]
            currency[has_one] = told.currency[rows[has_one]]
        return self._converted(amount, currency, np.minimum(won_at, as_of))

    def _converted(self, amount: Floats, currency: Ints, at: Ints) -> Worth:
        """At the rates of the company's days of ``at`` int64[n]."""
        foreign = ~np.isnan(amount) & (currency != currency_number(self.pipeline.currency))
        for place in np.flatnonzero(foreign):
            amount[place] *= self._rate(int(currency[place]), int(at[place]))
        # Whole cents add up without rounding, in whatever order they are added and taken away.
        amount = np.round(amount, 2)
        codes = frozenset(currency_code(int(number)) for number in np.unique(currency[foreign]))
        return Worth(amount, codes)

    @cached_property
    def _rate(self) -> Callable[[int, int], float]:
        """By number of the currency and instant, each looked up once for all dates."""

        @cache
        def rate(currency: int, at: int) -> float:
            return float(self.rates.rate(currency_code(currency), _company_day(at)))

        return rate


def read_amounts(
    pipeline: Pipeline, subject: Ints, product: Ints, *, as_of: datetime, among: Among = EVERY
) -> AmountHistory:
    """What was told before ``as_of`` of the deals of ``subject`` (sorted), which are all ``among``
    those looked at, and of the prices of their products, as ``product`` int64[n] has them (0 for
    none)."""
    products = np.unique(product[product > 0])
    return AmountHistory(
        pipeline,
        subject,
        np.where(product > 0, np.searchsorted(products, product), -1),
        _prices_told(products, as_of),
        _amounts_told(pipeline, subject, as_of, among),
        RateTable(pipeline.currency),
    )


def _amounts_told(pipeline: Pipeline, subject: Ints, as_of: datetime, among: Among) -> Told:
    changes = AmountChange.objects.told_before(as_of).filter(
        among.by("opportunity"), pipeline=pipeline
    )
    rows = changes.order_by("opportunity_id", "at", "pk").values_list(
        "opportunity_id",
        Microseconds(F("at")),
        Coalesce(Microseconds(F("known_from")), Microseconds(F("at"))),
        Coalesce(Microseconds(F("voided_at")), Value(NEVER, BigIntegerField())),
        money("amount"),
        currency_letters("currency"),
    )
    return _told_of(subject, *read_columns(rows, "iiiifi"))


def _prices_told(products: Ints, as_of: datetime) -> Told:
    changes = PriceChange.objects.known_at(as_of).filter(Q(AnyOf(F("product"), products)))
    since = Coalesce(Microseconds(F("at")), Value(ALWAYS, BigIntegerField()))
    rows = changes.order_by("product_id", since, "pk").values_list(
        "product_id", since, money("price"), currency_letters("currency")
    )
    product, at, price, currency = read_columns(rows, "iifi")
    return _told_of(products, product, at, at, np.full(len(at), NEVER), price, currency)


def _told_of(
    subject: Ints, about: Ints, at: Ints, since: Ints, until: Ints, amount: Floats, currency: Ints
) -> Told:
    """Rows ``about`` what is not in ``subject`` are left out."""
    amount = np.where(amount == UNKNOWN, np.nan, amount)
    told = Told(np.searchsorted(subject, about), at, since, until, amount, currency)
    return told.at_rows(np.isin(about, subject))


def currency_number(code: str) -> int:
    """The three letters as one number, as the database can give them among numbers."""
    first, second, third = (ord(letter) for letter in code)
    return (first << 16) + (second << 8) + third


def currency_code(number: int) -> str:
    return chr(number >> 16) + chr(number >> 8 & 255) + chr(number & 255)


def money(field: str) -> Coalesce:
    return Coalesce(Cast(field, FloatField()), Value(UNKNOWN))


def currency_letters(field: str) -> Coalesce:
    letters = [Ord(Substr(field, place, 1)) * 256 ** (3 - place) for place in (1, 2, 3)]
    return Coalesce(Cast(letters[0] + letters[1] + letters[2], BigIntegerField()), 0)


def _company_day(at: int) -> date:
    return (EPOCH + timedelta(microseconds=at)).astimezone(clock.company_zone()).date()
