"""Jobs: the progress of work that somebody waits for."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from core.models import Job


def request_job(kind: str, target: str, *, by: Any) -> Job:
    """A queued job; asking twice for what still waits in the queue gives the same job."""
    waiting = Job.objects.filter(
        kind=kind, target=target, state=Job.State.QUEUED, requested_by=by
    ).first()
    return waiting or Job.objects.create(kind=kind, target=target, requested_by=by)


def waiting_jobs(kind: str, target: str) -> QuerySet[Job]:
    """The jobs that the work now beginning on ``target`` will answer."""
    return Job.objects.unfinished().filter(kind=kind, target=target)


def start(jobs: QuerySet[Job]) -> list[int]:
    """Mark ``jobs`` as running; their ids."""
    ids = list(jobs.values_list("id", flat=True))
    Job.objects.filter(id__in=ids).update(
        state=Job.State.RUNNING, started_at=timezone.now(), progress=0.0
    )
    return ids


def wait_on(ids: list[int]) -> None:
    """Put running jobs back into the queue, where the work will be tried again."""
    Job.objects.filter(id__in=ids).update(state=Job.State.QUEUED, started_at=None, progress=0.0)


def progress(ids: list[int], share: float) -> None:
    Job.objects.filter(id__in=ids).update(progress=share)


def finish(ids: list[int], result: object) -> None:
    Job.objects.filter(id__in=ids).update(
        state=Job.State.DONE, progress=1.0, result=result, finished_at=timezone.now()
    )


def fail(ids: list[int], error: str) -> None:
    Job.objects.filter(id__in=ids).update(
        state=Job.State.FAILED, error=error, finished_at=timezone.now()
    )
