"""What an import does to one deal, decided before anything of it is written. Writes nothing."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.models import Opportunity
from pipeline.services.importing.amounts import AmountCorrection, KnownAmount, Told, correct_amount
from pipeline.services.importing.moves import Correction, History, KnownMove, Move, correct, settle
from pipeline.services.importing.references import References
from pipeline.services.importing.rows import DealRow, decimal_of
from pipeline.services.importing.stages import Target
from pipeline.services.importing.staging import StagedMove
from pipeline.services.importing.values import instant_of


@dataclass(frozen=True)
class Known:
    """What the database holds of a deal."""

    deal: Opportunity | None
    moves: Sequence[KnownMove] = ()
    amounts: Sequence[KnownAmount] = ()


@dataclass(frozen=True)
class Plan:
    """``values`` are the attributes of the deal that differ from what is known."""

    row: DealRow
    deal: Opportunity | None
    values: dict[str, Any]
    moves: Correction
    amounts: AmountCorrection
    undated: bool

    @property
    def changes_something(self) -> bool:
        history = self.moves.added or self.moves.voided or self.amounts.added
        return bool(self.values or history or self.amounts.voided)


@dataclass(frozen=True)
class Planner:
    """Decides deal by deal; the same for every deal of a run."""

    target: Target
    refs: References
    log_batches: Set[int]
    amount_known_from: str
    now: datetime

    def plan(self, row: DealRow, log: Sequence[StagedMove], known: Known) -> Plan:
        reason = self.refs.lost_reasons.pk(row.lost_reason)
        told_before = {(m.at, m.stage): m for m in known.moves if not m.by_hand}

        def move(at: int, place: int, order: int, by: str = "") -> Move:
            when, stage = instant_of(at), self.target.stages[place]
            before = told_before.get((when, stage))
            who, why = self.refs.people.pk(by), reason if stage == self.target.lost else None
            if before:  # An empty cell says nothing and leaves what is known.
                who, why = who or before.by, why or before.reason
            return Move(when, stage, order, who, why)

        history = settle(
            [move(staged.at, staged.stage, staged.line, staged.by) for staged in log],
            [move(at, place, 0) for at, place in row.moves],
            known.moves,
            rules=self.target.rules,
            log_batches=self.log_batches,
        )
        correction = correct(history.steps, known.moves)
        position = self._position(row, history, known.deal)
        withdrawn = {voided.at for voided, _place, _by in correction.voided}
        amounts = correct_amount(
            self._told_amount(row, position), known.amounts, withdrawn=withdrawn, now=self._now(row)
        )
        values = position | self._attributes(row, known.deal) | self._amount(row, known, amounts)
        return Plan(
            row,
            known.deal,
            _changed(values, known.deal),
            correction,
            amounts,
            undated=position["stage_entered_at"] is None,
        )

    def _position(self, row: DealRow, history: History, deal: Opportunity | None) -> dict[str, Any]:
        """Where the deal stands: the end of its history, unless its columns know better."""
        last = history.steps[-1].move if history.steps else None
        stage = last.stage if last else self.target.stages[0]
        if row.stage is not None and not history.from_log:
            stage = self.target.stages[row.stage]
        dated = last is not None and last.stage == stage
        is_over = stage in self.target.rules.outcomes
        entered = last.at if last and dated else None
        return {
            "stage_id": stage,
            "stage_entered_at": entered,
            "closed_at": entered if is_over else None,
            "lost_reason_id": self._lost_reason(row, stage, last if dated else None, deal),
            "created_at": self._created(row, history, deal),
        }

    def _lost_reason(
        self, row: DealRow, stage: int, last: Move | None, deal: Opportunity | None
    ) -> int | None:
        if stage != self.target.lost:
            return None
        if last is not None:
            return last.reason
        return self.refs.lost_reasons.pk(row.lost_reason) or (deal.lost_reason_id if deal else None)

    @staticmethod
    def _created(row: DealRow, history: History, deal: Opportunity | None) -> datetime | None:
        dates = [] if row.created is None else [instant_of(row.created)]
        # A hand move out of a stage that nobody dated does not tell when the deal began.
        if history.steps and history.steps[0].before is None:
            dates.append(history.steps[0].move.at)
        return min(dates, default=deal.created_at if deal else None)

    def _told_amount(self, row: DealRow, position: dict[str, Any]) -> Told | None:
        amount = decimal_of(row.amount)
        if amount is None:
            return None
        from_start = self.amount_known_from == "created"
        return Told(position["created_at" if from_start else "closed_at"], amount, row.currency)

    def _now(self, row: DealRow) -> datetime:
        """A pinned clock may stand before the deal: its amount is not known before it began."""
        return self.now if row.first_at is None else max(self.now, instant_of(row.first_at))

    @staticmethod
    def _amount(row: DealRow, known: Known, amounts: AmountCorrection) -> dict[str, Any]:
        if amounts.holds is None:
            return {} if known.deal else {"amount": None, "currency": row.currency}
        amount, currency = amounts.holds
        return {"amount": amount, "currency": currency}

    def _attributes(self, row: DealRow, deal: Opportunity | None) -> dict[str, Any]:
        """What the columns tell besides; an empty cell says nothing and leaves what is known."""
        refs = self.refs
        told = {
            "name": row.name if row.name or deal else default_name(row),
            "region": row.region,
            "customer_id": refs.customers.pk(row.customer),
            "owner_id": refs.people.pk(row.owner),
            "source_id": refs.sources.pk(row.source),
            "product_id": refs.products.pk(row.product),
        }
        return {key: value for key, value in told.items() if value not in (None, "")}


def default_name(row: DealRow) -> str:
    """The name of a deal whose file gives none: whom and what it is about, else its id."""
    return " · ".join(filter(None, (row.customer, row.product)))[:200] or row.external_id


def _changed(values: dict[str, Any], deal: Opportunity | None) -> dict[str, Any]:
    if deal is None:
        return values
    return {key: value for key, value in values.items() if getattr(deal, key) != value}
