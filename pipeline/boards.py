"""The board: what stands in each stage, what it is worth and what of it is likely.

A fixed number of queries whatever the size: the stages, the rates, one that adds up all deals, for
each stage one that finds which cards are shown, and one that reads these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.models import User
from core.clock import company_zone, day_start
from core.finding import matching as having_words
from core.money import RateTable
from pipeline.board_totals import CENT, Keeper, Sums, Totals, add_up, sums_of
from pipeline.models import Opportunity, Pipeline, Stage, standing_probability
from pipeline.outlooks import Outlook, outlook_of
from pipeline.rotting import rotting
from pipeline.selectors import WinTable, win_table_of
from pipeline.tallies import tally_of


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
    ``summed_at`` tells of when the sums are that others may have changed since.
    """

    stage: Stage
    count: int = 0
    rotting: int = 0
    total: Decimal = Decimal(0)
    weighted: Decimal | None = Decimal(0)
    cards: list[Opportunity] = field(default_factory=list)
    missing_rates: list[MissingRate] = field(default_factory=list)
    summed_at: datetime | None = None

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
    expected_from, expected_to (days of the expected close), q (text in the deal's or the
    customer's name), rotting (those that stay too long, or others).
    """
    columns = {
        "owner": "owner_id",
        "team": "owner__team_id",
        "source": "source_id",
        "product": "product_id",
        "amount_min": "amount__gte",
        "amount_max": "amount__lte",
        "expected_from": "expected_close__gte",
        "expected_to": "expected_close__lte",
    }
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    deals = deals.filter(**{columns[name]: given[name] for name in columns if name in given})
    if text := given.get("q"):
        deals = deals.filter(having_words(text) | having_words(text, "customer__"))
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


@dataclass(frozen=True)
class Board:
    """The deals of a pipeline that ``user`` sees at an instant and that match ``filters``.

    Won and lost show what was closed since ``closed_since``: by default this month's.
    """

    pipeline: Pipeline
    user: User
    filters: Mapping[str, Any]
    at: datetime
    closed_since: datetime | None = None

    @cached_property
    def stages(self) -> dict[int, Stage]:
        """Those in use, in order."""
        stages = list(self.pipeline.stages.current().order_by("order", "id"))
        for stage in stages:
            stage.pipeline = self.pipeline
        return {stage.pk: stage for stage in stages}

    def columns(self, page_size: int = 20) -> list[Column]:
        """One for each stage, with its first cards."""
        columns = [self._column(stage, self._totals) for stage in self.stages.values()]
        found = {column.stage.pk: self._found(column.stage, 0, page_size) for column in columns}
        cards = self._read(found)
        for column in columns:
            column.cards = cards[column.stage.pk]
        return columns

    def cards(self, stage: Stage, *, offset: int = 0, page_size: int = 20) -> list[Opportunity]:
        """Of one stage, newest in it first; where only those that rot are asked for, the oldest."""
        return self._read({stage.pk: self._found(stage, offset, page_size)})[stage.pk]

    def _found(self, stage: Stage, offset: int, page_size: int) -> list[int]:
        """Which deals are shown: from an index, without the joins that a card takes."""
        found = _in_order(self._shown_in(stage), self.filters).values_list("pk", flat=True)
        return list(found[offset : offset + page_size])

    def _read(self, found: Mapping[int, list[int]]) -> dict[int, list[Opportunity]]:
        """The cards found in stages, without those that somebody has moved away meanwhile."""
        ids = [pk for shown in found.values() for pk in shown]
        found_rows = Opportunity.objects.filter(pk__in=ids).with_names("lost_reason")
        rows = found_rows.annotate(own_probability=standing_probability()).in_bulk()
        for card in rows.values():
            if card.stage_id in self.stages:
                card.stage, card.pipeline = self.stages[card.stage_id], self.pipeline
            card.outlook = self.outlook(card)  # type: ignore[attr-defined]
        return {
            stage: [rows[pk] for pk in shown if pk in rows and rows[pk].stage_id == stage]
            for stage, shown in found.items()
        }

    def outlook(self, deal: Opportunity) -> Outlook:
        return outlook_of(deal, self._table, at=self.at)

    def sums_of(self, deal: Opportunity) -> Sums:
        """What one visible deal adds to the sums of its stage; nothing where it is not shown, or
        where sums are not kept and hence need not be told."""
        return self._adds(deal) if self._keeper.shown else {}

    def _adds(self, deal: Opportunity) -> Sums:
        if not self._shows(deal):
            return {}
        tally = tally_of(deal, self._table, at=self.at, currency=self._rates.quote)
        return sums_of([deal.stage], tally, self._table, self._rates, at=self.at)

    def columns_after(self, deal: Opportunity, before: Stage, was: Sums) -> list[Column]:
        """Without cards, of the stages between which a deal was moved; ``was`` is what it added
        to the sums before."""
        touched = {stage.pk: stage for stage in (before, deal.stage) if stage.retired_at is None}
        if shown := self._keeper.shown:
            totals = self._keeper.moved(shown, was, self._adds(deal))
        else:
            totals = Totals(self._add_up(self._shown.filter(stage__in=touched)), self.at)
        for stage in touched.values():
            stage.pipeline = self.pipeline
        return [self._column(stage, totals) for stage in touched.values()]

    def _shows(self, deal: Opportunity) -> bool:
        """Whether a deal that ``user`` may see is among the cards or would be, further down."""
        since = deal.stage_entered_at
        is_late = since is not None and since >= self._since
        if deal.archived_at or not (deal.stage.is_open or is_late):
            return False
        if not self.filters:
            return True
        row = Opportunity.objects.filter(pk=deal.pk)
        return matching(row, self.filters, pipeline=self.pipeline, at=self.at).exists()

    @cached_property
    def _totals(self) -> Totals:
        return self._keeper.ask(lambda: self._add_up(self._shown), at=self.at)

    @cached_property
    def _keeper(self) -> Keeper:
        asked = {**self.filters, "closed_since": self._since}
        return Keeper.of(self.user, self.pipeline, asked)

    @property
    def _since(self) -> datetime:
        return self.closed_since or month_start(self.at)

    @cached_property
    def _deals(self) -> QuerySet[Opportunity]:
        return board_deals(self.pipeline, self.user, filters=self.filters, at=self.at)

    @cached_property
    def _shown(self) -> QuerySet[Opportunity]:
        ended = [stage.pk for stage in self.stages.values() if not stage.is_open]
        pursued = [stage.pk for stage in self.stages.values() if stage.is_open]
        lately = Q(stage__in=ended, stage_entered_at__gte=self._since)
        return self._deals.filter(Q(stage__in=pursued) | lately)

    def _shown_in(self, stage: Stage) -> QuerySet[Opportunity]:
        deals = self._deals.filter(stage=stage)
        # A deal was closed when it entered the stage that closed it, and that is in the index.
        return deals if stage.is_open else deals.filter(stage_entered_at__gte=self._since)

    @cached_property
    def _table(self) -> WinTable | None:
        return win_table_of(self.pipeline.pk)

    @cached_property
    def _rates(self) -> RateTable:
        return RateTable(self.pipeline.currency)

    def _add_up(self, deals: QuerySet[Opportunity]) -> Sums:
        return add_up(self.stages.values(), deals, self._table, self._rates, at=self.at)

    def _column(self, stage: Stage, totals: Totals) -> Column:
        added = totals.of(stage)
        return Column(
            stage,
            count=added.count,
            rotting=added.rotting,
            total=added.total.quantize(CENT),
            weighted=added.weighted,
            missing_rates=[
                MissingRate(base, self.pipeline.currency, on, deals)
                for (base, on), deals in added.missing.items()
            ],
            summed_at=totals.at if totals.is_kept else None,
        )


def known_outlooks(cards: Iterable[Opportunity]) -> dict[int, Outlook]:
    """What the board has read already of the deals on its ``cards``, by deal."""
    return {card.pk: card.outlook for card in cards}  # type: ignore[attr-defined]
