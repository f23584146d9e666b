"""Deals added up by all that money and chance depend on, in one query of the database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncDate

from core.clock import company_zone
from pipeline.models import Opportunity, Stage
from pipeline.selectors import WinTable

ONE_DAY = timedelta(days=1)
AN_INSTANT = timedelta(microseconds=1)
NOTHING = Decimal(0)


class Tally(NamedTuple):
    """How many deals are alike, and how many of them have amounts, which come to ``amount``.

    ``days`` are whole days in the stage, ``None`` where nobody knows; ``closed_on`` the company's
    day, ``None`` for open deals; ``segment`` the value that their chances are told by.
    """

    stage: int
    currency: str
    days: int | None
    closed_on: date | None
    segment: Any
    deals: int
    with_amount: int
    amount: Decimal

    def is_past(self, limit: int | None) -> bool:
        """Whether they have stayed longer than ``limit`` days."""
        return limit is not None and self.days is not None and self.days > limit


def tallies_of(
    deals: QuerySet[Opportunity], table: WinTable | None, *, at: datetime
) -> Iterator[Tally]:
    """The ``deals`` by stage, currency, age, day of closing and what ``table`` tells them by."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    # Days begin at the time of day of ``at``, so that each day holds one age in whole days.
    shift = at - midnight + AN_INSTANT
    segment = [table.split_by] if table and table.split_by else []
    keys = {
        "day": TruncDate(F("stage_entered_at") - shift, tzinfo=UTC),
        "on": TruncDate("closed_at", tzinfo=company_zone()),
    }
    rows = deals.order_by().annotate(**keys).values_list("stage_id", "currency", *keys, *segment)
    yesterday = midnight.date() - ONE_DAY
    for stage, currency, day, on, *value, count, known, total in rows.annotate(
        deals=Count("pk"), known=Count("amount"), total=Sum("amount")
    ):
        yield Tally(
            stage=stage,
            currency=currency,
            days=None if day is None else max((yesterday - day).days, 0),
            closed_on=on,
            segment=value[0] if value else None,
            deals=count,
            with_amount=known,
            amount=total or NOTHING,
        )


def chance_of_tally(tally: Tally, stage: Stage, table: WinTable | None) -> float | None:
    """As ``chance_of`` for each of the deals."""
    if not stage.is_open:
        return float(stage.is_won)
    if table is None or tally.days is None:
        return None
    return table.of_segment(tally.segment, stage.pk).probability(stage.pk, tally.days)
