from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import save_versioned, update_versioned
from crm.known_fields import check_known
from crm.models import LifecycleChange, LifecycleStage
from crm.services.lifecycle import advance_customer, undo_last_move
from pipeline.models import AmountChange, LostReason, Opportunity, Pipeline, Stage, StageChange
from pipeline.services.requests import request_refresh
from pipeline.services.standing import standing_of
from pipeline.signals import opportunity_moved

MOVED = ("stage", "stage_entered_at", "closed_at", "lost_reason")


@transaction.atomic
def create_opportunity(
    *, pipeline: Pipeline, by: User | None, stage: Stage | None = None, **fields: Any
) -> Opportunity:
    """A new deal in ``stage``, or in the first of the pipeline.

    Raises ValidationError beside the field that is wrong or that the stage asks for.
    """
    at = fields.pop("created_at", None) or clock.now()
    stage = stage or pipeline.stages.open().current().order_by("order").first()
    if stage is None:
        raise ValidationError({"pipeline": _("This pipeline has no stage yet.")})
    fields.setdefault("currency", pipeline.currency)
    fields.setdefault("owner", by)
    deal = Opportunity(pipeline=pipeline, stage=stage, created_at=at, stage_entered_at=at, **fields)
    deal.closed_at = None if stage.is_open else at
    _check_stage(deal, stage, deal.lost_reason)
    check_known(deal, stage)
    _check_future(at)
    deal.full_clean()
    deal.save(force_insert=True)
    change = _record_change(deal, before=None, at=at, by=by)
    if deal.amount is not None:
        _record_amount(deal, at=at, by=by)
    audit.record("create", deal, by=by, changes={"name": [None, deal.name]}, at=at)
    advance_customer_of(deal, LifecycleStage.ReachedBy.DEAL_OPENED, by=by, at=at)
    _announce(change)
    return deal


@transaction.atomic
def update_opportunity(deal: Opportunity, *, by: User | None, **fields: Any) -> Opportunity:
    """Change what is known of a deal; its stage changes by ``move_opportunity`` alone."""
    changes = update_versioned(deal, fields)
    if not changes:
        return deal
    if {"amount", "currency"} & set(changes):
        _record_amount(deal, at=clock.now(), by=by)
    audit.record("update", deal, by=by, changes=changes)
    request_refresh(deal.pipeline_id)
    return deal


@transaction.atomic
def move_opportunity(
    deal: Opportunity,
    *,
    to: Stage,
    by: User | None,
    at: datetime | None = None,
    lost_reason: LostReason | None = None,
) -> StageChange | None:
    """Move a deal to a stage of its pipeline; ``None`` where it stands there already.

    Raises ValidationError for a stage of another pipeline, a loss without its reason, or an
    instant before the last move or in the future; MissingFields where the stage asks for more than
    is known of the deal; StaleVersion where somebody moved it meanwhile.
    """
    at = at or clock.now()
    if to.pk == deal.stage_id:
        return None
    _check_stage(deal, to, lost_reason)
    check_known(deal, to)
    _check_instant(deal, at)
    before = deal.stage
    deal.stage, deal.stage_entered_at = to, at
    deal.closed_at = None if to.is_open else at
    deal.lost_reason = lost_reason if to.is_lost else None
    save_versioned(deal, fields=MOVED)
    change = _record_change(deal, before=before, at=at, by=by)
    audit.record("move", deal, by=by, changes={"stage": [before.name, to.name]}, at=at)
    if to.is_won:
        advance_customer_of(deal, LifecycleStage.ReachedBy.DEAL_WON, by=by, at=at)
    _announce(change)
    return change


@transaction.atomic
def undo_move(deal: Opportunity, *, by: User | None) -> StageChange:
    """Withdraw the last move of a deal, and the customer's move that it caused.

    Returns the change that holds again. The first stage of a deal cannot be undone.
    """
    live = deal.stage_changes.live().select_related("to_stage__merged_into")
    changes = list(live.order_by("at", "id"))
    standing = standing_of((change.to_stage, change.at) for change in changes[:-1])
    if standing is None:
        raise ValidationError(_("There is no move to undo."))
    holds, undone = changes[-2:]
    deal.stage, deal.stage_entered_at = standing
    deal.closed_at = None if deal.stage.is_open else holds.at
    deal.lost_reason = holds.lost_reason
    save_versioned(deal, fields=MOVED)
    StageChange.objects.filter(pk=undone.pk).update(voided_by=undone, voided_at=clock.now())
    _undo_advance(deal, undone, by=by)
    audit.record(
        "undo_move", deal, by=by, changes={"stage": [undone.to_stage.name, deal.stage.name]}
    )
    _announce(undone)
    return holds


def archive_opportunity(deal: Opportunity, *, by: User | None) -> Opportunity:
    """Take a deal out of lists and boards; what it taught about the rates stays."""
    return update_opportunity(deal, by=by, archived_at=clock.now())


def restore_opportunity(deal: Opportunity, *, by: User | None) -> Opportunity:
    """Take an archived deal back; raises ValidationError where its stage was retired meanwhile."""
    if deal.stage.retired_at is not None:
        raise ValidationError({"stage": _("This stage is no longer in use.")})
    return update_opportunity(deal, by=by, archived_at=None)


def _record_change(
    deal: Opportunity, *, before: Stage | None, at: datetime, by: User | None
) -> StageChange:
    return StageChange.objects.create(
        opportunity=deal,
        pipeline_id=deal.pipeline_id,
        from_stage=before,
        to_stage=deal.stage,
        at=at,
        known_from=clock.told_late(at),
        by=by,
        lost_reason=deal.lost_reason,
    )


def _record_amount(deal: Opportunity, *, at: datetime, by: User | None) -> None:
    AmountChange.objects.create(
        opportunity=deal,
        pipeline_id=deal.pipeline_id,
        amount=deal.amount,
        currency=deal.currency,
        at=at,
        known_from=clock.told_late(at),
        by=by,
    )


def advance_customer_of(deal: Opportunity, event: str, *, by: User | None, at: datetime) -> None:
    """Move the customer to the ladder stage that says it is reached by ``event``."""
    if deal.customer is None or deal.pipeline.ladder_id is None:
        return
    stage = LifecycleStage.objects.filter(ladder=deal.pipeline.ladder_id, reached_by=event).first()
    if stage:
        advance_customer(deal.customer, to=stage, by=by, at=at, cause=event)


def _undo_advance(deal: Opportunity, undone: StageChange, *, by: User | None) -> None:
    if not undone.to_stage.is_won or deal.customer is None:
        return
    caused = LifecycleChange.objects.live().filter(
        customer=deal.customer, cause=LifecycleChange.Cause.DEAL_WON, at=undone.at
    )
    for change in caused:
        undo_last_move(change, by=by)


def _announce(change: StageChange) -> None:
    request_refresh(change.pipeline_id)
    opportunity_moved.send(StageChange, change=change)


def _check_stage(deal: Opportunity, to: Stage, lost_reason: LostReason | None) -> None:
    if to.pipeline_id != deal.pipeline_id:
        raise ValidationError({"stage": _("This stage belongs to another pipeline.")})
    # Locked until the move is written, so that nobody retires or merges the stage meanwhile.
    if Stage.objects.select_for_update(no_key=True).current().filter(pk=to.pk).first() is None:
        raise ValidationError({"stage": _("This stage is no longer in use.")})
    reasons = LostReason.objects.filter(is_active=True)
    if to.is_lost and lost_reason is None and reasons.exists():
        raise ValidationError({"lost_reason": _("Say why the deal was lost.")})


def _check_instant(deal: Opportunity, at: datetime) -> None:
    # Within a stay the last move may be later than its entry: between stages merged since.
    moved = deal.stage_changes.live().aggregate(last=Max("at"))["last"] or deal.stage_entered_at
    if moved and at < moved:
        message = _("This is before the last move, which was on %(date)s.")
        date = f"{moved:%Y-%m-%d %H:%M}"
        raise ValidationError({"at": message % {"date": date}})
    _check_future(at)


def _check_future(at: datetime) -> None:
    if at > clock.now():
        raise ValidationError({"at": _("A move cannot lie in the future.")})
