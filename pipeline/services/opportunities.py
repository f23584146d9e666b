from collections.abc import Sequence
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
from pipeline.models import AmountChange, LostReason, Opportunity, Pipeline, Stage, StageChange
from pipeline.services.advances import advance_by, restore_advance, withdraw_advance
from pipeline.services.requests import request_refresh
from pipeline.services.standing import standing_of
from pipeline.signals import opportunity_moved

MOVED = ("stage", "stage_entered_at", "closed_at", "lost_reason")


def first_stage(pipeline: Pipeline) -> Stage | None:
    """Where a new deal stands, unless somebody says otherwise."""
    return pipeline.stages.open().current().order_by("order").first()


@transaction.atomic
def create_opportunity(
    *, pipeline: Pipeline, by: User | None, stage: Stage | None = None, **fields: Any
) -> Opportunity:
    """A new deal in ``stage``, or in the first of the pipeline.

    Raises ValidationError beside the field that is wrong or that the stage asks for.
    """
    at = fields.pop("created_at", None) or clock.now()
    stage = stage or first_stage(pipeline)
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
    advance_by([change])
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
    advance_by([change])
    _announce(change)
    return change


@transaction.atomic
def undo_move(deal: Opportunity, *, by: User | None) -> StageChange:
    """Withdraw the last move of a deal, and the customer's move that it caused.

    Returns the move that is undone. The first stage of a deal cannot be undone.
    """
    changes = _live_moves(deal)
    if standing_of((change.to_stage, change.at) for change in changes[:-1]) is None:
        raise ValidationError(_("There is no move to undo."))
    undone, at = changes.pop(), clock.now()
    _stand(deal, changes)
    undone.voided_by, undone.voided_at = undone, at
    undone.save(update_fields=["voided_by", "voided_at"])
    withdraw_advance(undone, by=by, at=at)
    _tell_way_back("undo_move", deal, undone.to_stage, by=by)
    _announce(undone)
    return undone


@transaction.atomic
def redo_move(deal: Opportunity, undone: StageChange, *, by: User | None) -> StageChange:
    """Let a move that was undone hold again, with its own instant, person and reason, and the
    customer's move that it had caused.

    Raises ValidationError where the deal does not stand where the move began, or where its stage
    is no longer in use; StaleVersion where somebody changed the deal meanwhile.
    """
    changes = _live_moves(deal)
    last, withdrawn = changes[-1], undone.voided_at
    is_where_it_was = last.to_stage_id == undone.from_stage_id and last.at <= undone.at
    if undone.opportunity_id != deal.pk or withdrawn is None or not is_where_it_was:
        raise ValidationError(_("The deal was moved meanwhile, so this move stays undone."))
    _check_in_use(undone.to_stage)
    before = deal.stage
    again = StageChange(
        opportunity=deal,
        pipeline_id=deal.pipeline_id,
        from_stage=undone.from_stage,
        to_stage=undone.to_stage,
        at=undone.at,
        known_from=clock.told_late(undone.at),
        by=undone.by,
        lost_reason=undone.lost_reason,
        import_batch_id=undone.import_batch_id,
    )
    _stand(deal, [*changes, again])
    again.save(force_insert=True)
    restore_advance(undone, by=by, withdrawn=withdrawn)
    _tell_way_back("redo_move", deal, before, by=by)
    _announce(again)
    return again


def archive_opportunity(deal: Opportunity, *, by: User | None) -> Opportunity:
    """Take a deal out of lists and boards; what it taught about the rates stays.

    One that is out already stays as it is, with the instant and the customer it went with.
    """
    if deal.archived_at is not None:
        return deal
    return update_opportunity(deal, by=by, archived_at=clock.now())


def restore_opportunity(deal: Opportunity, *, by: User | None) -> Opportunity:
    """Take an archived deal back; raises ValidationError where its stage was retired meanwhile."""
    if deal.stage.retired_at is not None:
        raise ValidationError({"stage": _("This stage is no longer in use.")})
    return update_opportunity(deal, by=by, archived_at=None, went_along=None)


def _live_moves(deal: Opportunity) -> list[StageChange]:
    live = deal.stage_changes.live().select_related("to_stage__merged_into")
    return list(live.order_by("at", "id"))


def _stand(deal: Opportunity, changes: Sequence[StageChange]) -> None:
    """Write where the deal stands after ``changes``, of which there is at least one."""
    standing, last = standing_of((change.to_stage, change.at) for change in changes), changes[-1]
    assert standing is not None
    deal.stage, deal.stage_entered_at = standing
    deal.closed_at = None if deal.stage.is_open else last.at
    deal.lost_reason = last.lost_reason
    save_versioned(deal, fields=MOVED)


def _tell_way_back(action: str, deal: Opportunity, before: Stage, *, by: User | None) -> None:
    audit.record(action, deal, by=by, changes={"stage": [before.name, deal.stage.name]})


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


def _announce(change: StageChange) -> None:
    request_refresh(change.pipeline_id)
    opportunity_moved.send(StageChange, change=change)


def _check_stage(deal: Opportunity, to: Stage, lost_reason: LostReason | None) -> None:
    if to.pipeline_id != deal.pipeline_id:
        raise ValidationError({"stage": _("This stage belongs to another pipeline.")})
    _check_in_use(to)
    reasons = LostReason.objects.filter(is_active=True)
    if to.is_lost and lost_reason is None and reasons.exists():
        raise ValidationError({"lost_reason": _("Say why the deal was lost.")})


def _check_in_use(stage: Stage) -> None:
    # Locked until the move is written, so that nobody retires or merges the stage meanwhile.
    in_use = Stage.objects.select_for_update(no_key=True).current().filter(pk=stage.pk).order_by()
    if not in_use.values_list("pk"):
        raise ValidationError({"stage": _("This stage is no longer in use.")})


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
