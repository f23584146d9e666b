"""What the columns of the board come to.

Adding up takes as long as there are deals. Where there are many, the sums are kept for a hundred
times as long as adding them up has taken, a minute at least; the board says of which minute they
are. A move is added to what such a board showed, so that it costs the same however many deals
there are.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from math import fsum
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import QuerySet

from accounts.models import User
from core.clock import company_zone
from core.money import MissingExchangeRate, RateTable
from pipeline.estimation.arrays import Floats
from pipeline.models import Opportunity, Pipeline, Stage
from pipeline.rotting import limit_of
from pipeline.selectors import WinTable
from pipeline.tallies import Tallies, chances_of, tallies_of

CENT = Decimal("0.01")
FINE = Decimal("0.0001")
MANY = 1_000
"""Deals that are added up anew for every request."""
KEPT_TIMES = 100
# The board says of which minute they are.
SHORTEST, LONGEST = 60.0, 600.0
OPEN = 3_600.0
"""Seconds that a page may stand open before a move adds up its two columns anew."""


@dataclass(frozen=True)
class StageSum:
    """Of the deals in a stage; money in the pipeline's currency.

    ``total`` is that of the deals ``with_amount``; ``likely`` adds up the amounts of those of them
    whose chance is known (``with_chance``), each times its chance; ``missing`` counts deals that
    are in no total for want of a rate, by currency and day.
    """

    count: int = 0
    rotting: int = 0
    total: Decimal = Decimal(0)
    likely: Decimal = Decimal(0)
    with_amount: int = 0
    with_chance: int = 0
    missing: Mapping[tuple[str, date], int] = field(default_factory=dict)

    @property
    def weighted(self) -> Decimal | None:
        """None where there are amounts and no chance of any is known."""
        return None if self.with_amount and not self.with_chance else self.likely.quantize(CENT)

    def plus(self, other: "StageSum", sign: int = 1) -> "StageSum":
        if self.count + sign * other.count <= 0:
            # Nothing, even if others changed meanwhile what the last deal is worth.
            return StageSum()
        missing = Counter(self.missing)
        missing.update({key: sign * count for key, count in other.missing.items()})
        return StageSum(
            self.count + sign * other.count,
            self.rotting + sign * other.rotting,
            self.total + sign * other.total,
            self.likely + sign * other.likely,
            self.with_amount + sign * other.with_amount,
            self.with_chance + sign * other.with_chance,
            {key: count for key, count in missing.items() if count > 0},
        )


Sums = dict[int, StageSum]
"""By stage id."""


@dataclass(frozen=True)
class Totals:
    """Sums as they were at ``at``, business time; kept ``until`` (seconds of the epoch)."""

    sums: Sums
    at: datetime
    until: float = 0.0

    @property
    def is_kept(self) -> bool:
        """Whether others may have moved deals since."""
        return self.until > 0

    def of(self, stage: Stage) -> StageSum:
        return self.sums.get(stage.pk, StageSum())


def add_up(
    stages: Iterable[Stage],
    deals: QuerySet[Opportunity],
    table: WinTable | None,
    rates: RateTable,
    *,
    at: datetime,
) -> Sums:
    """The ``deals`` of ``stages``, with one query for all."""
    known = list(stages)
    of_stages = deals.filter(stage__in=[stage.pk for stage in known])
    tallies = tallies_of(of_stages, table, at=at, currency=rates.quote)
    return sums_of(known, tallies, table, rates, at=at)


def sums_of(
    stages: Iterable[Stage],
    tallies: Tallies,
    table: WinTable | None,
    rates: RateTable,
    *,
    at: datetime,
) -> Sums:
    """What the ``tallies`` come to in each of ``stages``."""
    known = {stage.pk: stage for stage in stages}
    today = at.astimezone(company_zone()).date()
    worth, missing = _worths(tallies, rates, today)
    chance = chances_of(tallies, known, table)
    return {
        pk: _sum(stage, tallies, tallies.stage == pk, worth, chance, missing, table)
        for pk, stage in known.items()
    }


def _worths(
    tallies: Tallies, rates: RateTable, today: date
) -> tuple[Floats, dict[int, tuple[str, date]]]:
    """What each of the ``tallies`` comes to in the currency of ``rates``, NaN for nothing: open
    deals at today's rate, closed ones at that of the day they were closed. And by place, of which
    currency and day the rate is missing."""
    factors: dict[tuple[str, date], float | None] = {}
    each, missing = [], {}
    for place, (currency, closed_on) in enumerate(
        zip(tallies.currency, tallies.closed_on, strict=True)
    ):
        key = (currency, closed_on or today)
        if key not in factors:
            factors[key] = _factor(rates, *key)
        factor = factors[key]
        if factor is None:
            missing[place] = key
        each.append(np.nan if factor is None else factor)
    has_amount = tallies.with_amount > 0
    return np.where(has_amount, tallies.amount * np.array(each, float), np.nan), missing


def _factor(rates: RateTable, currency: str, on: date) -> float | None:
    try:
        return float(rates.rate(currency, on))
    except MissingExchangeRate:
        return None


def _sum(
    stage: Stage,
    tallies: Tallies,
    here: Any,
    worth: Floats,
    chance: Floats,
    missing: dict[int, tuple[str, date]],
    table: WinTable | None,
) -> StageSum:
    limit = limit_of(stage, table) if stage.is_open else None
    known = here & ~np.isnan(worth)
    likely = known & ~np.isnan(chance)
    without: Counter[tuple[str, date]] = Counter()
    for place, key in missing.items():
        if here[place]:
            without[key] += int(tallies.with_amount[place])
    past = here & (tallies.days > (np.inf if limit is None else limit))
    return StageSum(
        count=int(tallies.deals[here].sum()),
        rotting=int(tallies.deals[past].sum()),
        total=_money(worth[known]),
        likely=_money(worth[likely] * chance[likely]),
        with_amount=int(tallies.with_amount[known].sum()),
        with_chance=int(tallies.with_amount[likely].sum()),
        missing=+without,
    )


def _money(parts: Floats) -> Decimal:
    """Their sum; to the cent below 10¹³, as far as the digits of a float reach."""
    return Decimal(fsum(parts.tolist())).quantize(FINE)


@dataclass(frozen=True)
class Keeper:
    """Where the sums are kept that a person sees of a board with some filters."""

    key: str

    @classmethod
    def of(cls, user: User, pipeline: Pipeline, asked: Mapping[str, Any]) -> "Keeper":
        text = json.dumps([user.pk, pipeline.pk, dict(asked)], sort_keys=True, default=str)
        return cls("board-" + hashlib.sha256(text.encode()).hexdigest())

    @property
    def shown(self) -> Totals | None:
        """What a board of many deals showed last, however long ago, and what the person moved
        since; None where there are few, of which others' changes show with every move."""
        found: Totals | None = cache.get(self.key)
        return found

    def ask(self, added: Callable[[], Sums], *, at: datetime) -> Totals:
        """What is kept; else what ``added`` comes to, kept where it was much to add up."""
        if (found := self.shown) and found.until > time.time():
            return found
        begun = time.monotonic()
        totals = Totals(added(), at)
        if sum(part.count for part in totals.sums.values()) >= MANY:
            wanted = KEPT_TIMES * (time.monotonic() - begun)
            lasting = min(max(wanted, SHORTEST), LONGEST)
            totals = replace(totals, until=time.time() + lasting)
            cache.set(self.key, totals, OPEN)
        elif found:
            cache.delete(self.key)
        return totals

    def moved(self, totals: Totals, was: Sums, now: Sums) -> Totals:
        """``totals`` with what moved by the hand of the person who asks."""
        sums = dict(totals.sums)
        for part, sign in ((was, -1), (now, 1)):
            for stage, moved in part.items():
                sums[stage] = sums.get(stage, StageSum()).plus(moved, sign)
        moved_on = replace(totals, sums=sums)
        cache.set(self.key, moved_on, OPEN)
        return moved_on
