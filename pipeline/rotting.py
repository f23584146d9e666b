"""Which open deals stay too long in their stage, as a condition of the database."""

from datetime import datetime, timedelta

from django.db.models import Q

from pipeline.models import Pipeline, Stage
from pipeline.selectors import WinTable, win_table_of


def rotting(*, at: datetime, pipeline: Pipeline | None = None) -> Q:
    """Deals of which ``is_rotting`` says so; of ``pipeline``, or of all.

    One query for the stages, and one a pipeline for its rates.
    """
    stages = Stage.objects.current().open()
    if pipeline is not None:
        stages = stages.filter(pipeline=pipeline)
    found, tables = Q(pk__in=[]), dict[int, WinTable | None]()
    for stage in stages:
        if stage.pipeline_id not in tables:
            tables[stage.pipeline_id] = win_table_of(stage.pipeline_id)
        limit = limit_of(stage, tables[stage.pipeline_id])
        if limit is not None:
            # Whole days count: past a limit of 30 days is whoever has been there for 31.
            found |= Q(stage=stage.pk, stage_entered_at__lte=at - timedelta(days=limit + 1))
    return found


def limit_of(stage: Stage, table: WinTable | None) -> int | None:
    """Days that a deal may stay: what was set, else by when nine of ten have left."""
    if stage.rotting_days is not None:
        return stage.rotting_days
    usual = table.usual.get(stage.pk) if table else None
    return usual.nine_of_ten if usual else None
