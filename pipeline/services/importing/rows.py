"""One row of a file as a deal or as a move, or the reason why it is none."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.refusals import RowRefused
from pipeline.services.importing.values import NO_LIMIT, Formats, currency, text

LIMITS = {"external_id": 100, "owner": 100, "source": 100, "region": 100, "lost_reason": 100}


class DealRow(NamedTuple):
    """A row of DEALS. Instants are microseconds since 1970, stages their place in the mapping."""

    line: int
    external_id: str
    name: str
    customer: str
    owner: str
    source: str
    product: str
    region: str
    lost_reason: str
    amount: str | None
    currency: str
    created: int | None
    stage: int | None
    moves: list[tuple[int, int]]

    @property
    def first_at(self) -> int | None:
        dates = [at for at, _stage in self.moves]
        return min([*dates, self.created] if self.created is not None else dates, default=None)


class MoveRow(NamedTuple):
    """A row of HISTORY."""

    line: int
    external_id: str
    at: int
    stage: int
    by: str


class DealParser:
    """Cells of the mapping's deal columns to a DealRow; raises RowRefused."""

    def __init__(
        self, mapping: ImportMapping, formats: Formats, known_products: frozenset[str] | None
    ) -> None:
        self.columns = [*mapping.deals.values(), *mapping.entered.values()]
        self._mapping, self._formats = mapping, formats
        self._fields = [*mapping.deals, *mapping.entered]
        self._stage = stage_reader(mapping)
        self._aliases = {field: mapping.aliases(field) for field in mapping.deals}
        self._products = known_products
        self._outcomes = (mapping.place["won"], mapping.place["lost"])
        self._first_outcome_ends = bool(mapping.data["first_outcome_ends"])

    def __call__(self, line: int, picked: tuple[Any, ...]) -> DealRow:
        cells = dict(zip(self._fields, picked, strict=True))
        stage = self._stage(cells.get("stage"))
        amount = self._formats.amount(cells.get("amount"), "amount")
        created = self._formats.instant(cells.get("created"), "created")
        row = DealRow(
            line=line,
            external_id=required_id(cells["external_id"]),
            **{field: self._text(cells, field) for field in ("name", "customer", "owner")},
            **{field: self._text(cells, field) for field in ("source", "product", "region")},
            lost_reason=self._text(cells, "lost_reason"),
            amount=None if amount is None else str(amount),
            currency=currency(cells.get("currency"), default=self._mapping.currency),
            created=created,
            stage=stage,
            moves=self._moves(cells, created, stage),
        )
        self._check_product(row.product)
        return row

    def _text(self, cells: Mapping[Any, Any], field: str) -> str:
        value = text(cells.get(field), limit=LIMITS.get(field, 200), field=field)
        return self._aliases[field].get(value, value) if value else ""

    def _moves(
        self, cells: Mapping[Any, Any], created: int | None, stage: int | None
    ) -> list[tuple[int, int]]:
        """(instant, stage) that the columns date: what holds where there is no history."""
        entered = {
            place: at
            for place in self._mapping.entered
            if (at := self._formats.instant(cells[place], self._mapping.entered[place])) is not None
        }
        closed = self._closed(cells.get("closed"), stage)
        self._check_order(created, entered, closed, is_open=not self._may_be_over(stage))
        if closed is not None and stage in self._outcomes:
            entered.setdefault(stage, closed)
        if created is not None and created <= min(entered.values(), default=created):
            entered.setdefault(0, created)
        return sorted((at, place) for place, at in entered.items())

    def _closed(self, cell: Any, stage: int | None) -> int | None:
        """When the deal closed. Of an open deal many programs write when they expect it to."""
        if self._may_be_over(stage):
            return self._formats.instant(cell, "closed")
        return replace(self._formats, latest=NO_LIMIT).instant(cell, "closed")

    def _may_be_over(self, stage: int | None) -> bool:
        return stage is None or stage in self._outcomes

    def _check_order(
        self, created: int | None, entered: dict[int, int], closed: int | None, *, is_open: bool
    ) -> None:
        if closed is None:
            return
        if created is not None and closed < created:
            raise RowRefused("closed_before_created", _("The deal closes before it is created."))
        if is_open or self._first_outcome_ends:  # No end, or what follows it is passed over.
            return
        if closed < max(entered.values(), default=closed):
            message = _("The deal enters a stage after it is closed.")
            raise RowRefused("entered_after_closed", message)

    def _check_product(self, product: str) -> None:
        if product and self._products is not None and product.casefold() not in self._products:
            message = _("%(product)s is not in the table of products.")
            raise RowRefused("unknown_product", message % {"product": product})


class MoveParser:
    """Cells of the mapping's history columns to a MoveRow; None for a stage to pass over."""

    def __init__(self, mapping: ImportMapping, formats: Formats) -> None:
        columns = mapping.history or {}
        self._fields = [key for key in ("external_id", "stage", "at", "by") if key in columns]
        self.columns = [columns[key] for key in self._fields]
        self._formats = formats
        self._stage = stage_reader(mapping)
        self._aliases = mapping.aliases("owner") | mapping.aliases("by")

    def __call__(self, line: int, picked: tuple[Any, ...]) -> MoveRow | None:
        external_id, named, written, *by = picked
        external_id = required_id(external_id)
        stage = self._stage(named)
        if stage is None:
            if not text(named, field="stage"):
                raise RowRefused("missing_stage", _("This move names no stage."))
            return None
        at = self._formats.instant(written, "at")
        if at is None:
            raise RowRefused("missing_date", _("This move has no date."))
        who = text(by[0], limit=LIMITS["owner"], field="by") if by else ""
        return MoveRow(line, external_id, at, stage, self._aliases.get(who, who))


def required_id(cell: Any) -> str:
    found = text(cell, limit=LIMITS["external_id"], field="external_id")
    if not found:
        raise RowRefused("missing_id", _("This row has no external id."))
    return found


def stage_reader(mapping: ImportMapping) -> Callable[[Any], int | None]:
    """From a cell to a stage's place; None for an empty cell and for stages to pass over."""
    places: dict[str, int | None] = {"": None, **mapping.stage_map}

    def read(cell: Any) -> int | None:
        value = text(cell, field="stage")
        if value not in places:
            if not mapping.ignores(value):
                message = _("The stage %(stage)s is not in the mapping.")
                raise RowRefused("unknown_stage", message % {"stage": value})
            places[value] = None
        return places[value]

    return read


def decimal_of(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)
