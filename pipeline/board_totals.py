"""What the columns of the board come to.

Adding up takes as long as there are deals. Where there are many, the sums are kept for a hundred
times as long as adding them up has taken, and what the asking person moves meanwhile is added to
them; the board says of which minute they are.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet

from accounts.models import User
from core.clock import company_zone
from core.money import MissingExchangeRate, RateTable
from pipeline.models import Opportunity, Pipeline, Stage
from pipeline.rotting import limit_of
from pipeline.selectors import WinTable
from pipeline.tallies import Tally, chance_of_tally, tallies_of

CENT = Decimal("0.01")
MANY = 5_000
"""Deals that are added up anew for every request."""
KEPT_TIMES = 100
LONGEST = 600.0


@dataclass(frozen=True)
class StageSum:
    """Of the deals in a stage; money in the pipeline's currency.

    ``likely`` adds up the amounts of the ``with_chance`` groups of deals whose chance is known,
    each times its chance; ``missing`` counts deals that are in no total for want of a rate, by
    currency and day.
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
        missing = Counter(self.missing)
        missing.update({key: sign * count for key, count in other.missing.items()})
        return StageSum(
            self.count + sign * other.count,
            self.rotting + sign * other.rotting,
            self.total + sign * other.total,
            self.likely + sign * other.likely,
            self.with_amount + sign * other.with_amount,
            self.with_chance + sign * other.with_chance,
            {key: count for key, count in missing.items() if count},
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
    known = {stage.pk: stage for stage in stages}
    parts: dict[int, list[Tally]] = {pk: [] for pk in known}
    for tally in tallies_of(deals.filter(stage__in=known), table, at=at):
        parts[tally.stage].append(tally)
    return {pk: _sum(known[pk], alike, table, rates, at) for pk, alike in parts.items()}


def _sum(
    stage: Stage, parts: list[Tally], table: WinTable | None, rates: RateTable, at: datetime
) -> StageSum:
    """Open deals at today's rate, closed ones at the rate of the day they were closed."""
    limit = limit_of(stage, table) if stage.is_open else None
    today = at.astimezone(company_zone()).date()
    missing: Counter[tuple[str, date]] = Counter()
    worths, likely = [], []
    for tally in parts:
        if not tally.with_amount:
            continue
        on = tally.closed_on or today
        try:
            worth = tally.amount * rates.rate(tally.currency, on)
        except MissingExchangeRate:
            missing[tally.currency, on] += tally.with_amount
            continue
        worths.append(worth)
        if (chance := chance_of_tally(tally, stage, table)) is not None:
            likely.append(worth * Decimal(chance))
    return StageSum(
        count=sum(tally.deals for tally in parts),
        rotting=sum(tally.deals for tally in parts if tally.is_past(limit)),
        total=sum(worths, Decimal(0)),
        likely=sum(likely, Decimal(0)),
        with_amount=len(worths),
        with_chance=len(likely),
        missing=missing,
    )


@dataclass(frozen=True)
class Keeper:
    """Where the sums are kept that a person sees of a board with some filters."""

    key: str

    @classmethod
    def of(cls, user: User, pipeline: Pipeline, asked: Mapping[str, Any]) -> "Keeper":
        text = json.dumps([user.pk, pipeline.pk, dict(asked)], sort_keys=True, default=str)
        return cls("board-" + hashlib.sha256(text.encode()).hexdigest())

    @property
    def known(self) -> Totals | None:
        found: Totals | None = cache.get(self.key)
        return found

    def ask(self, added: Callable[[], Sums], *, at: datetime) -> Totals:
        """What is kept; else what ``added`` comes to, kept where it was much to add up."""
        if found := self.known:
            return found
        begun = time.monotonic()
        totals = Totals(added(), at)
        if sum(part.count for part in totals.sums.values()) >= MANY:
            lasting = min(KEPT_TIMES * (time.monotonic() - begun), LONGEST)
            cache.set(self.key, replace(totals, until=time.time() + lasting), lasting)
        return totals

    def moved(self, totals: Totals, was: Sums, now: Sums) -> Totals:
        """``totals`` with what moved by the hand of the person who asks; kept for the rest of
        their time."""
        sums = dict(totals.sums)
        for part, sign in ((was, -1), (now, 1)):
            for stage, moved in part.items():
                sums[stage] = sums.get(stage, StageSum()).plus(moved, sign)
        moved_on = replace(totals, sums=sums)
        if (left := totals.until - time.time()) > 0:
            cache.set(self.key, moved_on, left)
        return moved_on
