"""The pipeline that an import fills, and its stages by their place in the mapping."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from crm.models import PlanPart
from pipeline.models import Pipeline, Stage
from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.moves import Rules
from pipeline.services.importing.refusals import ImportRefused
from pipeline.services.pipelines import create_pipeline


@dataclass(frozen=True)
class Target:
    """``stages`` are primary keys by the stage's place in the mapping: open ones, won, lost.

    ``merged`` gives for a merged stage the one it was merged into.
    """

    pipeline_id: int | None
    stages: list[int]
    rules: Rules
    merged: Mapping[int, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        return self.stages[-1]


def check_pipeline(mapping: ImportMapping) -> None:
    """Raises ImportRefused where an open stage of the mapping is an end of the pipeline."""
    ends = Stage.objects.filter(pipeline__name=mapping.pipeline).exclude(
        is_won=False, is_lost=False
    )
    for name in ends.values_list("name", flat=True):
        if name in mapping.stages:
            message = _("%(stage)s is no open stage of the pipeline %(pipeline)s.")
            raise ImportRefused(message % {"stage": name, "pipeline": mapping.pipeline})


@transaction.atomic
def prepare_pipeline(mapping: ImportMapping) -> Target:
    """The mapping's pipeline, made or given the stages it lacks."""
    pipeline = Pipeline.objects.select_for_update().filter(name=mapping.pipeline).first()
    if pipeline is None:
        pipeline = create_pipeline(
            mapping.pipeline, currency=mapping.currency, stages=mapping.stages
        )
    else:
        _add_missing_stages(pipeline, mapping.stages)
    return target_of(pipeline, mapping)


def find_target(mapping: ImportMapping) -> Target:
    """For a dry run: the target as it would be; what is not made yet has negative keys."""
    pipeline = Pipeline.objects.filter(name=mapping.pipeline).first()
    return target_of(pipeline, mapping)


def target_of(pipeline: Pipeline | None, mapping: ImportMapping) -> Target:
    stages = [] if pipeline is None else sorted(pipeline.stages.all(), key=_place)
    merged = {stage.pk: stage.merged_into_id for stage in stages if stage.merged_into_id}
    by_name = {stage.name: merged.get(stage.pk, stage.pk) for stage in stages if stage.is_open}
    ends = {stage.status: stage.pk for stage in stages}
    unmade = {name: -place for place, name in enumerate([*mapping.stages, "won", "lost"], start=1)}
    keys = [by_name.get(name, unmade[name]) for name in mapping.stages]
    keys += [ends.get(status, unmade[status]) for status in ("won", "lost")]
    rank = {stage.pk: place for place, stage in enumerate(stages)}
    for place, key in enumerate(keys):
        rank.setdefault(key, place)
    rules = Rules(rank, frozenset(keys[-2:]), mapping.data["first_outcome_ends"])
    return Target(pipeline.pk if pipeline else None, keys, rules, merged)


def _place(stage: Stage) -> tuple[bool, bool, int, int]:
    return stage.is_lost, stage.is_won, stage.order, stage.pk


def _add_missing_stages(pipeline: Pipeline, wanted: list[str]) -> None:
    """Each missing stage after the one that precedes it in the mapping, all before won and lost."""
    stages = sorted(pipeline.stages.all(), key=_place)
    known = {stage.name for stage in stages}
    missing = [name for name in wanted if name not in known]
    for name in missing:
        before = wanted[: wanted.index(name)]
        place = max((i + 1 for i, stage in enumerate(stages) if stage.name in before), default=0)
        stages.insert(place, Stage(pipeline=pipeline, name=name, part=PlanPart.TRACKING))
    if not missing:
        return
    for order, stage in enumerate(stages, start=1):
        stage.order = order
    Stage.objects.bulk_update([stage for stage in stages if stage.pk], ["order"])
    Stage.objects.bulk_create([stage for stage in stages if not stage.pk])
