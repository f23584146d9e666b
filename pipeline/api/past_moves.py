"""Reading what ``stage-changes/bulk/`` is given: deals, stages and reasons found in bulk."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.models import User
from pipeline.models import LostReason, Opportunity, Pipeline, Stage
from pipeline.services.past_moves import PastMove

Row = dict[str, Any]
Key = int | str


def find_moves(rows: list[Row], user: User) -> list[PastMove]:
    """The moves that ``rows`` tell of, in a fixed number of queries.

    Raises ValidationError of every row that names something unknown or out of sight.
    """
    pipelines = _by_key(Pipeline.objects.all())
    deal_of = _deals(rows, pipelines, user)
    stages: dict[int, dict[Key, Stage]] = {}
    for stage in Stage.objects.select_related("merged_into"):
        stages.setdefault(stage.pipeline_id, {}).update(_stage_keys(stage))
    reasons = _by_key(LostReason.objects.all())
    moves: list[PastMove] = []
    errors: dict[str, dict[str, list[str]]] = {}
    for place, row in enumerate(rows):
        deal = deal_of(row)
        stage_found = stages.get(deal.pipeline_id, {}).get(row["stage"]) if deal else None
        reason = reasons.get(row.get("lost_reason") or 0)
        if deal is None:
            name = "opportunity" if "opportunity" in row else "external_id"
            errors[str(place)] = {name: [_("There is no such deal.")]}
        elif stage_found is None:
            errors[str(place)] = {"stage": [_("The deal's pipeline has no such stage.")]}
        elif row.get("lost_reason") and reason is None:
            errors[str(place)] = {"lost_reason": [_("There is none with this id or name.")]}
        else:
            moves.append(PastMove(place, deal, stage_found, row["at"], reason))
    if errors:
        raise ValidationError(errors)
    return moves


def _by_key(rows: Iterable[Any]) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for row in rows:
        found[row.name] = found[row.pk] = row
    return found


def _stage_keys(stage: Stage) -> dict[Key, Stage]:
    ends: dict[Key, Stage] = {} if stage.is_open else {stage.status: stage}
    return ends | {stage.pk: stage.read_as, stage.name: stage.read_as}


def _deals(
    rows: list[Row], pipelines: dict[Key, Pipeline], user: User
) -> Callable[[Row], Opportunity | None]:
    ids = {row["opportunity"] for row in rows if "opportunity" in row}
    external = {row["external_id"] for row in rows if "external_id" in row}
    named = Q(pk__in=ids) | Q(external_id__in=external)
    found = list(Opportunity.objects.visible_to(user).filter(named))
    by_id = {deal.pk: deal for deal in found}
    by_external = {(deal.pipeline_id, deal.external_id): deal for deal in found}

    def deal_of(row: Row) -> Opportunity | None:
        if "opportunity" in row:
            return by_id.get(row["opportunity"])
        pipeline = pipelines.get(row["pipeline"])
        return by_external.get((pipeline.pk, row["external_id"])) if pipeline else None

    return deal_of
