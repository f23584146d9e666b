"""How the deals of a customer move it on its ladder, and what becomes of that when they did not."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from accounts.models import User
from crm.models import LifecycleChange, LifecycleStage
from crm.services.lifecycle import advance_customer, lock_on_ladders
from crm.services.retelling import Event, restore_event, withdraw_event
from pipeline.models import Opportunity, StageChange

ReachedBy = LifecycleStage.ReachedBy


def advance_by(changes: Iterable[StageChange]) -> None:
    """Move customers up by what happened with their deals, in the order of ``changes``."""
    for change in changes:
        for event in _events(change):
            _advance(change.opportunity, event, by=change.by, at=change.at)


def withdraw_advance(win: StageChange, *, by: User | None, at: datetime) -> None:
    """Take back, at the instant ``at``, the customer's move that a win had caused.

    Another win of the customer that holds carries it from its own instant on.
    """
    customer = win.opportunity.customer
    if customer is None or not win.to_stage.is_won:
        return
    # Before anything is read: another win may be undone at this moment.
    lock_on_ladders(customer.pk)
    moves = LifecycleChange.objects.live().filter(customer=customer, at__gte=win.at)
    ladders = moves.filter(cause=ReachedBy.DEAL_WON).order_by("ladder").values_list("ladder")
    for (ladder,) in ladders.distinct():
        others = StageChange.objects.live().filter(
            opportunity__customer=customer, opportunity__pipeline__ladder=ladder
        )
        told = _told(others.select_related("to_stage").order_by("at", "pk"))
        withdraw_event(customer, ladder, _win(win), others=told, by=by, at=at)


def restore_advance(win: StageChange, *, by: User | None, withdrawn: datetime) -> None:
    """Let the customer's move that a win had caused, until it was ``withdrawn``, hold again."""
    deal = win.opportunity
    if deal.customer is None or deal.pipeline.ladder_id is None or not win.to_stage.is_won:
        return
    restore_event(deal.customer, deal.pipeline.ladder_id, _win(win), by=by, withdrawn=withdrawn)


def _advance(deal: Opportunity, event: str, *, by: User | None, at: datetime) -> None:
    if deal.customer is None or deal.pipeline.ladder_id is None:
        return
    stage = LifecycleStage.objects.filter(ladder=deal.pipeline.ladder_id, reached_by=event).first()
    if stage:
        advance_customer(deal.customer, to=stage, by=by, at=at, cause=event)


def _win(change: StageChange) -> Event:
    return Event(ReachedBy.DEAL_WON, change.at, change.recorded_at, change.by_id)


def _told(changes: Iterable[StageChange]) -> Iterator[Event]:
    for change in changes:
        for cause in _events(change):
            yield Event(cause, change.at, change.recorded_at, change.by_id)


def _events(change: StageChange) -> Iterator[str]:
    if change.from_stage_id is None:
        yield ReachedBy.DEAL_OPENED
    if change.to_stage.is_won:
        yield ReachedBy.DEAL_WON
