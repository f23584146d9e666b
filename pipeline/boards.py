"""The board: what stands in each stage, what it is worth and what of it is likely.

A fixed number of queries whatever the size: the stages, one light row per deal (money and chances
need every deal), the rates, and the cards that are shown.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.models import User
from core.clock import company_zone, day_start
from core.money import MissingExchangeRate, RateTable
from pipeline.models import Opportunity, Pipeline, Stage, standing_probability
from pipeline.outlooks import Outlook, outlook_of
from pipeline.rotting import limit_of, rotting
from pipeline.selectors import WinTable, chance_of, win_tables

CENT = Decimal("0.01")
LIGHT = (
    *("id", "pipeline", "stage", "stage_entered_at", "closed_at", "amount", "currency"),
    # What the chance of a deal may be told by.
    *("owner", "source", "region", "product"),
)
CARD = ("customer", "owner", "product", "source", "stage", "pipeline", "lost_reason")


@dataclass(frozen=True)
class MissingRate:
    """Amounts that are in no total because nobody gave the rate of their day."""

    base: str
    quote: str
    on: date
    deals: int


@dataclass
class Column:
    """A stage with its deals: money in the pipeline's currency.

    ``weighted`` is None where deals have amounts and no chance of any is known yet; ``rotting`` are
    those that stay too long. ``cards`` are the first deals, newest in the stage first (where only
    those that rot are asked for, the oldest), each with ``outlook`` and ``own_probability`` set.
    """

    stage: Stage
    count: int = 0
    rotting: int = 0
    total: Decimal = Decimal(0)
    weighted: Decimal | None = Decimal(0)
    cards: list[Opportunity] = field(default_factory=list)
    missing_rates: list[MissingRate] = field(default_factory=list)

    @property
    def has_more(self) -> bool:
        return self.count > len(self.cards)


def month_start(at: datetime) -> datetime:
    """The first instant of the company's month that ``at`` lies in."""
    return day_start(at.astimezone(company_zone()).date().replace(day=1))


def board_deals(
    pipeline: Pipeline, user: User, *, filters: Mapping[str, Any], at: datetime
) -> QuerySet[Opportunity]:
    """The visible deals of a pipeline that match ``filters``, archived ones left out."""
    deals = Opportunity.objects.visible_to(user).current().filter(pipeline=pipeline)
    return matching(deals, filters, pipeline=pipeline, at=at)


def matching(
    deals: QuerySet[Opportunity], filters: Mapping[str, Any], *, pipeline: Pipeline, at: datetime
) -> QuerySet[Opportunity]:
    """The ``deals`` that satisfy all ``filters``; unknown names and empty values are no filter.

    Filters: owner, team, source, product (ids), amount_min, amount_max (in the deal's currency),
    q (text in the deal's or the customer's name), rotting (those that stay too long, or others).
    """
    columns = {
        "owner": "owner_id",
        "team": "owner__team_id",
        "source": "source_id",
        "product": "product_id",
        "amount_min": "amount__gte",
        "amount_max": "amount__lte",
    }
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    deals = deals.filter(**{columns[name]: given[name] for name in columns if name in given})
    if text := given.get("q"):
        deals = deals.filter(Q(name__icontains=text) | Q(customer__name__icontains=text))
    if "rotting" in given:
        found = rotting(at=at, pipeline=pipeline)
        deals = deals.filter(found) if given["rotting"] else deals.exclude(found)
    return deals


def cards_order(filters: Mapping[str, Any]) -> str:
    """What the cards of a column are ordered by, as an ordering of the list of deals."""
    return "stage_entered_at" if filters.get("rotting") else "-stage_entered_at"


def _in_order(deals: QuerySet[Opportunity], filters: Mapping[str, Any]) -> QuerySet[Opportunity]:
    if filters.get("rotting"):
        return deals.order_by("stage_entered_at", "id")
    return deals.order_by(F("stage_entered_at").desc(nulls_last=True), "-id")


def board_columns(
    pipeline: Pipeline,
    user: User,
    *,
    filters: Mapping[str, Any],
    page_size: int = 20,
    at: datetime,
    closed_since: datetime | None = None,
) -> list[Column]:
    """A column for each stage in use, in order.

    Won and lost show what was closed since ``closed_since``: by default this month's.
    """
    since = closed_since or month_start(at)
    stages = {stage.pk: stage for stage in pipeline.stages.current().order_by("order", "id")}
    shown = Q(stage__is_won=False, stage__is_lost=False) | Q(closed_at__gte=since)
    matching = board_deals(pipeline, user, filters=filters, at=at).filter(shown, stage__in=stages)
    deals = list(_in_order(matching, filters).only(*LIGHT))
    for deal in deals:
        deal.stage, deal.pipeline = stages[deal.stage_id], pipeline
    table, rates = win_tables(deals).get(pipeline.pk), RateTable(pipeline.currency)
    chances = {deal.pk: chance_of(deal, table, at=at) for deal in deals}
    columns = {pk: Column(stage) for pk, stage in stages.items()}
    first: list[int] = []
    for pk, column in columns.items():
        inside = [deal for deal in deals if deal.stage_id == pk]
        column.count = len(inside)
        column.rotting = _count_rotting(column.stage, inside, table, at)
        _add_money(column, inside, chances, rates, at)
        first += [deal.pk for deal in inside[:page_size]]
    _lay_cards(columns, first, table, at)
    return list(columns.values())


def stage_cards(
    pipeline: Pipeline,
    user: User,
    stage: Stage,
    *,
    filters: Mapping[str, Any],
    offset: int,
    page_size: int = 20,
    at: datetime,
    closed_since: datetime | None = None,
) -> list[Opportunity]:
    """The next cards of one column, as ``board_columns`` lays them."""
    deals = board_deals(pipeline, user, filters=filters, at=at).filter(stage=stage)
    if not stage.is_open:
        deals = deals.filter(closed_at__gte=closed_since or month_start(at))
    cards = list(_card_rows(_in_order(deals, filters))[offset : offset + page_size])
    _set_outlooks(cards, win_tables(cards).get(pipeline.pk), at)
    return cards


def _count_rotting(
    stage: Stage, deals: list[Opportunity], table: WinTable | None, at: datetime
) -> int:
    limit = limit_of(stage, table)
    return sum(deal.is_rotting(at=at, usual=limit) for deal in deals)


def _add_money(
    column: Column,
    deals: list[Opportunity],
    chances: Mapping[int, float | None],
    rates: RateTable,
    at: datetime,
) -> None:
    """Open deals at today's rate, closed ones at the rate of the day they were closed."""
    missing: Counter[tuple[str, date]] = Counter()
    likely: list[Decimal | None] = []
    for deal in deals:
        if deal.amount is None:
            continue
        on, chance = _day_of(deal, at), chances[deal.pk]
        try:
            worth = deal.amount * rates.rate(deal.currency, on)
        except MissingExchangeRate:
            missing[deal.currency, on] += 1
            continue
        column.total += worth
        likely.append(None if chance is None else worth * Decimal(chance))
    known = [part for part in likely if part is not None]
    column.total = column.total.quantize(CENT)
    column.weighted = sum(known, Decimal(0)).quantize(CENT) if known or not likely else None
    column.missing_rates = [
        MissingRate(base, rates.quote, on, count) for (base, on), count in missing.items()
    ]


def _day_of(deal: Opportunity, at: datetime) -> date:
    return (deal.closed_at or at).astimezone(company_zone()).date()


def _lay_cards(
    columns: Mapping[int, Column], ids: list[int], table: WinTable | None, at: datetime
) -> None:
    found = _card_rows(Opportunity.objects.all()).in_bulk(ids)
    for pk in ids:
        # A deal may have been moved on between the two reads; it then shows where it is now.
        if (card := found.get(pk)) and card.stage_id in columns:
            columns[card.stage_id].cards.append(card)
    _set_outlooks(found.values(), table, at)


def _card_rows(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    return deals.select_related(*CARD).annotate(own_probability=standing_probability())


def _set_outlooks(cards: Iterable[Opportunity], table: WinTable | None, at: datetime) -> None:
    for card in cards:
        card.outlook = outlook_of(card, table, at=at)  # type: ignore[attr-defined]


def known_outlooks(cards: Iterable[Opportunity]) -> dict[int, Outlook]:
    """What the board has read already of the deals on its ``cards``, by deal."""
    return {card.pk: card.outlook for card in cards}  # type: ignore[attr-defined]
