"""Keeping measured hours by stage up with history."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from core import clock
from core.services import dirty
from pipeline.models import Pipeline
from planning.measured_hours import Document, Row, measured_by_role, speaks_for_ladder
from planning.models import JobRole, StageEffort
from planning.services.efforts import forget_read_efforts, new_effort, row_of

KIND = "hours"
QUIET = timedelta(seconds=30)
"""Time is logged all day; a year's hours do not hurry."""


def flag_name(pipeline_id: int) -> str:
    return f"{KIND}:{pipeline_id}"


def request_hours(pipeline_id: int) -> None:
    """After a change: measure soon, once for many changes."""
    dirty.mark(flag_name(pipeline_id), quiet=QUIET)


def request_hours_of_all() -> None:
    for pk in Pipeline.objects.filter(is_active=True).values_list("pk", flat=True):
        request_hours(pk)


def measure_flagged(flag: str) -> None:
    """Measure for the dirty ``flag`` of a pipeline until it is clean, if nobody else does."""
    pk = int(flag.partition(":")[2])
    while dirty.run_claimed(flag, lambda: measure(Pipeline.objects.get(pk=pk))):
        pass


def measure(pipeline: Pipeline, *, as_of: datetime | None = None) -> None:
    """Write what the roles' hours in the stages of ``pipeline`` and its ladder are.

    The same history gives the same rows, however often this runs. Raises MissingExchangeRate.
    """
    found = measured_by_role(pipeline, as_of=as_of or clock.default_as_of())
    for role_id, documents in found.items():
        _keep(role_id, documents, pipeline)


@transaction.atomic
def _keep(role_id: int, documents: dict[Row, Document], pipeline: Pipeline) -> None:
    role = JobRole.objects.select_for_update().filter(pk=role_id).first()
    if role is None:
        # It was deleted meanwhile.
        return
    known = {row_of(effort): effort for effort in role.efforts.all()}
    new: list[StageEffort] = []
    changed: list[StageEffort] = []
    gone: list[int] = []
    is_first = speaks_for_ladder(pipeline)
    for row, document in documents.items():
        effort = known.get(row) or new_effort(role, row)
        before = effort.measured, dict(effort.measured_by_pipeline)
        _measure(effort, document if document["activities"] else None, pipeline, is_first)
        if not effort.measured and not effort.measured_by_pipeline:
            gone.append(effort.pk)
        elif before != (effort.measured, effort.measured_by_pipeline):
            (changed if effort.pk else new).append(effort)
    StageEffort.objects.bulk_create(new)
    StageEffort.objects.bulk_update(changed, ["measured", "measured_by_pipeline"])
    _forget(role.efforts.filter(pk__in=[pk for pk in gone if pk]))
    forget_read_efforts(role)


def _measure(
    effort: StageEffort, document: Document | None, pipeline: Pipeline, is_first: bool
) -> None:
    """A deal's stage is of one pipeline; a customer's of all that its ladder leads to."""
    if effort.pipeline_stage_id is not None or is_first:
        effort.measured = document
    if effort.lifecycle_stage_id is not None:
        others = {k: v for k, v in effort.measured_by_pipeline.items() if k != str(pipeline.pk)}
        own = {} if document is None else {str(pipeline.pk): document}
        effort.measured_by_pipeline = others | own


def _forget(efforts: "QuerySet[StageEffort]") -> None:
    """Nothing is measured any more; rows that were there for nothing else go."""
    efforts.update(measured=None, measured_by_pipeline={})
    efforts.filter(is_measured=False, per_entry=0, per_month=0).delete()
