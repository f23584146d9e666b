"""A ladder's history told again where an event that moved the customer turns out not to have been.

Rows are never changed (docs/decisions/0001): a move that no longer holds is voided, one that begins
elsewhere by now is told anew, and moves made by hand since stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from crm.models import Customer, LadderPosition, LifecycleChange, LifecycleStage
from crm.services.lifecycle import is_up, lock_on_ladders
from crm.signals import customer_moved

EVENTS = (LifecycleChange.Cause.DEAL_OPENED, LifecycleChange.Cause.DEAL_WON)


@dataclass(frozen=True)
class Event:
    """What happened with a deal and leads its customer up, if it stands lower.

    ``cause`` is one of EVENTS, ``at`` business time, ``told`` the real instant of recording.
    """

    cause: str
    at: datetime
    told: datetime
    by_id: int | None


@transaction.atomic
def withdraw_event(
    customer: Customer,
    ladder: int,
    event: Event,
    *,
    others: Iterable[Event],
    by: User | None,
    at: datetime,
) -> None:
    """Take back, at the instant ``at``, the move that ``event`` caused on the ladder.

    ``others`` are the events that still hold, read once nobody else can move the customer. Those
    that moved nobody because ``event`` had already do it now, each at its own instant; a move that
    they would make just as it is stays.
    """
    lock_on_ladders(customer.pk)
    holding = list(others)
    rows = _history(customer.pk, ladder)
    move = _move_of(event, rows, holding)
    if move is None:
        return
    place = rows.index(move)
    before, later = rows[:place], rows[place + 1 :]
    missed = [each for each in holding if _was_missed(each, event, move, before[-1:])]
    instead = _climb(move, before[-1:], missed, end=later[:1])
    if [_told(row) for row in instead] == [_told(move)]:
        return
    LifecycleChange.objects.bulk_create(instead)
    successor = instead[-1] if instead else move
    LifecycleChange.objects.filter(pk=move.pk).update(voided_by=successor, voided_at=at)
    _follow([*before, *instead], later, because=move, at=at)
    audit.record("undo_move", customer, by=by)
    customer_moved.send(LifecycleChange, change=move)


@transaction.atomic
def restore_event(
    customer: Customer, ladder: int, event: Event, *, by: User | None, withdrawn: datetime
) -> None:
    """Let the move that ``event`` had caused, until it was ``withdrawn``, hold again in its place.

    Had it caused none, it does now where the customer stood lower at its instant. Moves that had
    led back and went with it come back too.
    """
    lock_on_ladders(customer.pk)
    gone = (
        LifecycleChange.objects.filter(customer=customer, ladder=ladder, cause=event.cause)
        .filter(at__gte=event.at, voided_at=withdrawn)
        .order_by("at", "-pk")
        .first()
    )
    to = gone.to_stage if gone else _reached(ladder).get(event.cause)
    at = gone.at if gone else event.at
    rows = _history(customer.pk, ladder)
    # What had been told by then comes first, whatever its instant: the ladder keeps that order.
    since = [row for row in rows if gone and row.pk > gone.pk and row.cause in EVENTS]
    before = [
        row for row in rows if row.recorded_at <= event.told or (row.at < at and row not in since)
    ]
    at = max([at, *(row.at for row in before)])
    if to is None or (before and not is_up(before[-1].to_stage, to)):
        return
    again = LifecycleChange(customer=customer, ladder_id=ladder, to_stage=to, at=at)
    again.by_id, again.cause = event.by_id, event.cause
    _write_after(before[-1:], again, known_from=clock.told_late(at))
    later = [row for row in rows if row not in before]
    if gone:
        with_it = LifecycleChange.objects.filter(voided_by=gone, voided_at=withdrawn)
        later += with_it.exclude(pk=gone.pk).select_related("to_stage")
    later.sort(key=lambda row: (row.at, row.pk))
    _follow([*before, again], later, because=again, at=clock.now())
    audit.record("restore_move", customer, by=by)
    customer_moved.send(LifecycleChange, change=again)


def _reached(ladder: int) -> dict[str, LifecycleStage]:
    stages = LifecycleStage.objects.filter(ladder=ladder, reached_by__in=EVENTS)
    return {stage.reached_by: stage for stage in stages}


def _history(customer: int, ladder: int) -> list[LifecycleChange]:
    live = LifecycleChange.objects.live().filter(customer=customer, ladder=ladder)
    return list(live.select_related("to_stage").order_by("at", "pk"))


def _move_of(
    event: Event, rows: Sequence[LifecycleChange], others: Sequence[Event]
) -> LifecycleChange | None:
    """What ``event`` caused: a move at its instant, or at that of the move before, where it was
    told late; the first one told since, unless the event itself was told anew."""
    befores = [None, *rows]
    found = [
        row
        for before, row in zip(befores, rows, strict=False)
        if row.cause == event.cause
        and (row.at == event.at or (before is not None and _is_late(event, row, before)))
        and not any(_is_nearer(other, event, row) for other in others)
    ]
    since = [row for row in found if row.recorded_at >= event.told]
    return next(iter(since or reversed(found)), None)


def _is_late(event: Event, row: LifecycleChange, before: LifecycleChange) -> bool:
    return event.at < row.at == before.at and event.told <= row.recorded_at


def _is_nearer(other: Event, event: Event, row: LifecycleChange) -> bool:
    """Whether ``other`` was the last of its kind to be told before the move ``row``."""
    is_between = event.told < other.told <= row.recorded_at
    could_be = other.at == row.at or event.at < row.at >= other.at
    return other.cause == event.cause and is_between and could_be


def _told(row: LifecycleChange) -> tuple[int, datetime, int | None]:
    return row.to_stage_id, row.at, row.by_id


def _was_missed(
    other: Event, event: Event, move: LifecycleChange, before: Sequence[LifecycleChange]
) -> bool:
    """Whether ``other`` came when the customer stood where ``move`` had led it."""
    if other.told > event.told or other.at > move.at:
        return True
    # Where the clock stands still: what was told before the last move was overruled by that.
    return other.at == move.at and all(other.told > row.recorded_at for row in before)


def _climb(
    move: LifecycleChange,
    before: Sequence[LifecycleChange],
    events: Iterable[Event],
    *,
    end: Sequence[LifecycleChange],
) -> list[LifecycleChange]:
    """The moves, not yet written, that ``events`` make after ``before`` and before ``end``."""
    reached = _reached(move.ladder_id)
    here = before[0].to_stage if before else None
    found = []
    for event in sorted(events, key=lambda each: (each.at, each.told)):
        to = reached.get(event.cause)
        at = max([event.at, *(row.at for row in before)])
        if to is None or (here and not is_up(here, to)):
            continue
        if any(at > row.at or event.told > row.recorded_at for row in end):
            continue
        found.append(
            LifecycleChange(
                customer_id=move.customer_id,
                ladder_id=move.ladder_id,
                from_stage=here,
                to_stage=to,
                at=at,
                known_from=clock.told_late(at),
                by_id=event.by_id,
                cause=event.cause,
            )
        )
        here = to
    return found


def _follow(
    before: Sequence[LifecycleChange],
    later: Sequence[LifecycleChange],
    *,
    because: LifecycleChange,
    at: datetime,
) -> None:
    """Let each of the ``later`` moves begin where the one before it ends, and the customer stand
    at the end. What leads nowhere by now is voided with ``because``, or stays so."""
    end = before[-1] if before else None
    for row in later:
        is_void = row.voided_by_id is not None
        if not is_void and _fits(end, row):
            end = row
        elif end and _leads_nowhere(end.to_stage, row):
            if not is_void:
                LifecycleChange.objects.filter(pk=row.pk).update(voided_by=because, voided_at=at)
        else:
            known_from = clock.told_late(row.at) if is_void else row.known_from
            again = _copy(row)
            _write_after([end] if end else [], again, known_from=known_from)
            if not is_void:
                # As if it had never held: what is told of it now was true all the time.
                LifecycleChange.objects.filter(pk=row.pk).update(voided_by=again)
            end = again
    _stand(because, end)


def _fits(end: LifecycleChange | None, row: LifecycleChange) -> bool:
    """Whether ``row`` begins where ``end`` led, and is read after it."""
    if end is None:
        return row.from_stage_id is None
    return row.from_stage_id == end.to_stage_id and (end.at, end.pk) < (row.at, row.pk)


def _leads_nowhere(here: LifecycleStage, row: LifecycleChange) -> bool:
    is_missed = row.cause in EVENTS and not is_up(here, row.to_stage)
    return row.to_stage_id == here.pk or is_missed


def _copy(row: LifecycleChange) -> LifecycleChange:
    return LifecycleChange(
        customer_id=row.customer_id,
        ladder_id=row.ladder_id,
        to_stage=row.to_stage,
        at=row.at,
        by_id=row.by_id,
        cause=row.cause,
        import_batch_id=row.import_batch_id,
    )


def _write_after(
    before: Sequence[LifecycleChange], row: LifecycleChange, *, known_from: datetime | None
) -> None:
    row.from_stage = before[-1].to_stage if before else None
    row.known_from = known_from
    row.save(force_insert=True)


def _stand(of: LifecycleChange, end: LifecycleChange | None) -> None:
    if end is None:
        # It came on this ladder by the event alone.
        LadderPosition.objects.filter(customer=of.customer_id, ladder=of.ladder_id).delete()
        return
    LadderPosition.objects.update_or_create(
        customer_id=of.customer_id,
        ladder_id=of.ladder_id,
        defaults={"stage_id": end.to_stage_id, "since": end.at},
    )
