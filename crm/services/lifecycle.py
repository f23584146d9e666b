from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from crm.known_fields import check_known
from crm.models import Customer, LadderPosition, LifecycleChange, LifecycleStage
from crm.signals import customer_moved


@transaction.atomic
def move_customer(
    customer: Customer,
    *,
    to: LifecycleStage,
    by: User | None,
    at: datetime | None = None,
    cause: str = LifecycleChange.Cause.HAND,
) -> LifecycleChange | None:
    """Move ``customer`` to a stage of a ladder; ``None`` where it stands there already.

    Raises ValidationError for an instant before the last move or in the future, MissingFields
    where the stage asks for more than is known of the customer.
    """
    survivor = lock_on_ladders(customer.pk)
    if survivor != customer.pk:
        raise ValidationError(_("This customer was merged into another one meanwhile."))
    position = _position(customer, to)
    if position and position.stage_id == to.pk:
        return None
    check_known(customer, to)
    at = at or clock.now()
    _check_instant(at, position)
    return _move(customer, position, to=to, by=by, at=at, cause=cause)


@transaction.atomic
def enter_ladder(customer: Customer, *, to: LifecycleStage, by: User | None, at: datetime) -> None:
    """Put a new customer on the first step of a ladder, whatever is known of it."""
    _check_instant(at, None)
    _move(customer, None, to=to, by=by, at=at, cause=LifecycleChange.Cause.HAND)


@transaction.atomic
def advance_customer(
    customer: Customer, *, to: LifecycleStage, by: User | None, at: datetime, cause: str
) -> LifecycleChange | None:
    """Move a customer up to ``to``, never down from a later stage.

    Who was merged into another meanwhile is that one, whose the deal is by now.
    """
    survivor = lock_on_ladders(customer.pk)
    if survivor != customer.pk:
        customer = Customer.objects.get(pk=survivor)
        lock_on_ladders(survivor)
    position = _position(customer, to)
    if position and not is_up(position.stage, to):
        return None
    # An event may be told late, by an import or another clock; the ladder keeps its own order.
    at = max(at, position.since) if position else at
    _check_instant(at, position)
    return _move(customer, position, to=to, by=by, at=at, cause=cause)


def _move(
    customer: Customer,
    position: LadderPosition | None,
    *,
    to: LifecycleStage,
    by: User | None,
    at: datetime,
    cause: str,
) -> LifecycleChange:
    change = LifecycleChange(customer=customer, to_stage=to, at=at, by=by, cause=cause)
    _tell(change, position)
    before = position.stage.name if position else None
    audit.record("move", customer, by=by, changes={"stage": [before, to.name]}, at=at)
    return change


def _tell(change: LifecycleChange, position: LadderPosition | None) -> None:
    """Write a move as the end of the history, from ``position`` on; it is known from now on."""
    to = change.to_stage
    change.ladder_id = to.ladder_id
    change.from_stage = position.stage if position else None
    change.known_from = clock.told_late(change.at)
    change.save(force_insert=True)
    LadderPosition.objects.update_or_create(
        customer=change.customer,
        ladder_id=to.ladder_id,
        defaults={"stage": to, "since": change.at},
    )
    customer_moved.send(LifecycleChange, change=change)


@transaction.atomic
def undo_last_move(change: LifecycleChange, *, by: User | None) -> None:
    """Withdraw the last move on a ladder: the customer stands where it stood before.

    Raises ValidationError for any other move, and for the first one: a customer that has come on
    a ladder stands somewhere on it.
    """
    lock_on_ladders(change.customer_id)
    history = LifecycleChange.objects.live().filter(
        customer=change.customer_id, ladder=change.ladder_id
    )
    before = list(history.order_by("-at", "-id")[:2])
    if not before or before[0].pk != change.pk:
        raise ValidationError(_("Only the last move can be undone."))
    if len(before) == 1:
        raise ValidationError(_("A customer's first stage cannot be undone. Move it instead."))
    LifecycleChange.objects.filter(pk=change.pk).update(voided_by=change, voided_at=clock.now())
    LadderPosition.objects.filter(customer=change.customer_id, ladder=change.ladder_id).update(
        stage=before[1].to_stage_id, since=before[1].at
    )
    audit.record("undo_move", change.customer, by=by)
    customer_moved.send(LifecycleChange, change=change)


@transaction.atomic
def restore_move(change: LifecycleChange, *, by: User | None) -> LifecycleChange:
    """Let a move that was undone hold again, with its own instant, cause and person.

    The customer must stand where it stood when the move was undone; raises ValidationError where
    it was moved meanwhile. What was held to be true in between stays known: the move is told anew.
    """
    survivor = lock_on_ladders(change.customer_id)
    position = _position(change.customer, change.to_stage)
    is_undone = LifecycleChange.objects.filter(pk=change.pk, voided_at__isnull=False).exists()
    is_where_it_was = (
        position is not None
        and position.stage_id == change.from_stage_id
        and position.since <= change.at
    )
    if survivor != change.customer_id or not is_undone or not is_where_it_was:
        raise ValidationError(_("The customer was moved meanwhile, so this move stays undone."))
    again = LifecycleChange(
        customer=change.customer,
        to_stage=change.to_stage,
        at=change.at,
        by=change.by,
        cause=change.cause,
        import_batch_id=change.import_batch_id,
    )
    _tell(again, position)
    audit.record("restore_move", change.customer, by=by)
    return again


def is_up(here: LifecycleStage, to: LifecycleStage) -> bool:
    """Whether an event that leads to ``to`` moves a customer who stands ``here``: never down."""
    return here.is_lost or here.order < to.order


def lock_on_ladders(customer_id: int) -> int:
    """Let nobody else move the customer until the transaction ends; who it is by now.

    The position cannot be locked: it may not be there yet. The key is left to others, for every
    deal that is added meanwhile holds it, and two of them would wait for each other for ever.
    """
    customers = Customer.objects.order_by().select_for_update(no_key=True)
    merged_into = customers.values_list("merged_into", flat=True).get(pk=customer_id)
    return merged_into or customer_id


def _position(customer: Customer, to: LifecycleStage) -> LadderPosition | None:
    """Where the customer stands on the ladder of ``to``."""
    positions = LadderPosition.objects.select_related("stage")
    return positions.filter(customer=customer, ladder=to.ladder_id).first()


def _check_instant(at: datetime, position: LadderPosition | None) -> None:
    if position and at < position.since:
        message = _("This is before the last move, which was on %(date)s.")
        raise ValidationError({"at": message % {"date": f"{position.since:%Y-%m-%d %H:%M}"}})
    if at > clock.now():
        raise ValidationError({"at": _("A move cannot lie in the future.")})
