from collections.abc import Mapping, Sequence, Set
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.models import AuditEntry
from core.services import audit
from core.services.records import Kept, delete_record
from crm.models import Ladder, LifecycleStage, PlanPart
from pipeline.models import Estimate, Opportunity, Pipeline, Stage, StageChange
from pipeline.models.pipelines import DEFAULT_MISCLICK
from pipeline.services.standing import Standing, standing_of

CHUNK = 500
MOVED = ("stage", "stage_entered_at", "version", "updated_at")


@transaction.atomic
def create_pipeline(
    name: str,
    *,
    currency: str,
    stages: Sequence[str],
    ladder: Ladder | None = None,
    misclick_minutes: int = DEFAULT_MISCLICK,
    won: str = "Won",
    lost: str = "Lost",
) -> Pipeline:
    """A pipeline with its open ``stages`` in order; won and lost are always there.

    The last open stage is closing, those before it are tracking.
    """
    pipeline = Pipeline.objects.create(
        name=name, currency=currency, ladder=ladder, misclick_minutes=misclick_minutes
    )
    rows = [
        Stage(
            pipeline=pipeline,
            name=stage,
            order=order,
            part=PlanPart.CLOSING if order == len(stages) else PlanPart.TRACKING,
        )
        for order, stage in enumerate(stages, start=1)
    ]
    end, part = len(stages) + 1, PlanPart.CLOSING
    rows.append(Stage(pipeline=pipeline, name=won, order=end, part=part, is_won=True))
    rows.append(Stage(pipeline=pipeline, name=lost, order=end + 1, part=part, is_lost=True))
    Stage.objects.bulk_create(rows)
    return pipeline


@transaction.atomic
def delete_pipeline(pipeline: Pipeline, *, by: User | None) -> None:
    """Delete a pipeline that no deal and no plan ever used, with its stages and its empty rates.

    Raises ProtectedError for any other, and nothing is deleted then.
    """
    pipeline.estimates.all().delete()
    pipeline.stages.all().delete()
    delete_record(pipeline, by=by)


def refuse_deletion_of_estimated(stage: Stage) -> None:
    """Raises Kept where an estimate names ``stage``: plans are solved from estimates."""
    if _is_named(Estimate.objects.filter(pipeline=stage.pipeline_id), "opportunity", stage.pk):
        raise Kept(_("Rates have been computed with this stage; retire it instead."))


def refuse_deletion_of_estimated_step(stage: LifecycleStage) -> None:
    """Raises Kept likewise, whichever pipelines the ladder leads to by now."""
    if _is_named(Estimate.objects.all(), "customer", stage.pk):
        raise Kept(_("Rates have been computed with this stage; rename it, but do not delete it."))


def _is_named(estimates: QuerySet[Estimate], kind: str, stage: int) -> bool:
    named = estimates.order_by().values_list("payload__stages", flat=True)
    return any(
        (row["kind"], row["stage"]) == (kind, stage)
        for rows in named.iterator(chunk_size=100)
        for row in rows
    )


@transaction.atomic
def merge_stages(stage: Stage, *, into: Stage, by: User | None) -> Stage:
    """Let ``stage`` and all that ever happened in it count for ``into``; returns ``stage``.

    It goes out of use, and the deals in it stand in ``into``, since they entered the first of the
    two. What was merged into ``stage`` before follows it. No history is rewritten: what was told
    of a merged stage is read as told of the other. Raises ValidationError beside ``into``.
    """
    stage, into = _locked(stage, into)
    check_merge(stage, into)
    deals = _locked_deals(stage, into)
    stage.merged.update(merged_into=into)
    stage.merged_into, stage.retired_at = into, stage.retired_at or clock.now()
    stage.save(update_fields=["merged_into", "retired_at"])
    audit.record("merge", stage, by=by, changes={"merged_into": [None, into.name]})
    _settle(deals, into.pipeline, by=by)
    return stage


@transaction.atomic
def unmerge_stage(stage: Stage, *, by: User | None) -> Stage:
    """Take a merged stage out again and back into use; returns it.

    Deals whose last move was into it stand in it again. Those that nobody dated stay where they
    are, as nothing tells from which stage they came. Raises ValidationError for a stage that was
    not merged.
    """
    (stage,) = _locked(stage)
    into = stage.merged_into
    if into is None:
        raise ValidationError(_("This stage was not merged into another."))
    deals = _locked_deals(into)
    stage.merged_into = stage.retired_at = None
    stage.save(update_fields=["merged_into", "retired_at"])
    audit.record("unmerge", stage, by=by, changes={"merged_into": [into.name, None]})
    _settle(deals, into.pipeline, by=by)
    return stage


def check_merge(stage: Stage, into: Stage) -> None:
    """Raises ValidationError beside ``into``."""
    for is_wrong, message in (
        (stage == into, _("A stage cannot be merged into itself.")),
        (stage.pipeline_id != into.pipeline_id, _("This stage belongs to another pipeline.")),
        (not (stage.is_open and into.is_open), _("Won and lost cannot be merged.")),
        (stage.merged_into_id is not None, _("This stage was merged into another already.")),
        (into.retired_at is not None, _("This stage is no longer in use.")),
    ):
        if is_wrong:
            raise ValidationError({"into": message})


# Whoever locks takes stages first, then deals, then flags: a move and a merge never wait for
# each other in a ring.


def _locked(*stages: Stage) -> list[Stage]:
    """The stages as they are stored."""
    rows = Stage.objects.select_for_update(of=("self",), no_key=True).select_related("merged_into")
    found = rows.order_by("pk").in_bulk([stage.pk for stage in stages])
    return [found[stage.pk] for stage in stages]


def _locked_deals(*stages: Stage) -> list[Opportunity]:
    deals = Opportunity.objects.select_for_update(of=("self",)).filter(stage__in=stages)
    return list(deals.order_by("pk"))


def _settle(deals: Sequence[Opportunity], pipeline: Pipeline, *, by: User | None) -> None:
    """Let ``deals`` stand where their history, as it is read now, has led them."""
    rows = {row.pk: row for row in pipeline.stages.select_related("merged_into")}
    history = _standing({deal.stage_id for deal in deals}, rows)
    changes = {deal: _stand(deal, rows, history.get(deal.pk)) for deal in deals}
    changed = [deal for deal in deals if changes[deal]]
    Opportunity.objects.bulk_update(changed, MOVED, CHUNK)
    at, label = clock.now(), Opportunity._meta.label_lower
    entries: list[Any] = [
        AuditEntry(
            actor=by,
            action="merge_stage",
            object_type=label,
            object_id=deal.pk,
            changes=changes[deal],
            at=at,
        )
        for deal in changed
    ]
    AuditEntry.objects.bulk_create(entries, CHUNK)


def _standing(stages: Set[int], rows: Mapping[int, Stage]) -> dict[int, Standing]:
    """Where each deal in ``stages`` stands by its live moves, if it has any."""
    live = StageChange.objects.live().filter(opportunity__stage__in=stages)
    moves = live.order_by("opportunity", "at", "pk").values_list(
        "opportunity_id", "to_stage_id", "at"
    )
    found = {}
    for deal, history in groupby(moves.iterator(), lambda move: move[0]):
        found[deal] = standing_of((rows[to], at) for _deal, to, at in history)
    return {deal: standing for deal, standing in found.items() if standing}


def _stand(deal: Opportunity, rows: Mapping[int, Stage], last: Standing | None) -> dict[str, Any]:
    """Set where a deal stands, and give what that changed. One that nobody dated has no moves
    that would tell: it goes where its stage goes."""
    before = rows[deal.stage_id].name, deal.stage_entered_at
    if last is None or deal.stage_entered_at is None:
        last = Standing(rows[deal.stage_id].read_as, deal.stage_entered_at)
    deal.stage, deal.stage_entered_at = last
    after = deal.stage.name, deal.stage_entered_at
    if before == after:
        return {}
    deal.version += 1
    deal.updated_at = timezone.now()
    pairs = zip(("stage", "stage_entered_at"), before, after, strict=True)
    return {name: [str(old), str(new)] for name, old, new in pairs if old != new}
