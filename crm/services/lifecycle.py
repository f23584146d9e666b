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
    survivor = _lock(customer.pk)
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
    survivor = _lock(customer.pk)
    if survivor != customer.pk:
        customer = Customer.objects.get(pk=survivor)
        _lock(survivor)
    position = _position(customer, to)
    if position and not position.stage.is_lost and position.stage.order >= to.order:
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
    change = LifecycleChange.objects.create(
        customer=customer,
        ladder_id=to.ladder_id,
        from_stage=position.stage if position else None,
        to_stage=to,
        at=at,
        known_from=clock.told_late(at),
        by=by,
        cause=cause,
    )
    LadderPosition.objects.update_or_create(
        customer=customer, ladder_id=to.ladder_id, defaults={"stage": to, "since": at}
    )
    before = position.stage.name if position else None
    audit.record("move", customer, by=by, changes={"stage": [before, to.name]}, at=at)
    customer_moved.send(LifecycleChange, change=change)
    return change


@transaction.atomic
def undo_last_move(change: LifecycleChange, *, by: User | None) -> None:
    """Withdraw the last move on a ladder: the customer stands where it stood before."""
    _lock(change.customer_id)
    history = LifecycleChange.objects.live().filter(
        customer=change.customer_id, ladder=change.ladder_id
    )
    before = list(history.order_by("-at", "-id")[:2])
    if not before or before[0].pk != change.pk:
        raise ValidationError(_("Only the last move can be undone."))
    LifecycleChange.objects.filter(pk=change.pk).update(voided_by=change, voided_at=clock.now())
    if len(before) == 2:
        LadderPosition.objects.filter(customer=change.customer_id, ladder=change.ladder_id).update(
            stage=before[1].to_stage_id, since=before[1].at
        )
    else:
        LadderPosition.objects.filter(customer=change.customer_id, ladder=change.ladder_id).delete()
    audit.record("undo_move", change.customer, by=by)
    customer_moved.send(LifecycleChange, change=change)


def _lock(customer_id: int) -> int:
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
