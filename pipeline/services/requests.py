"""Asking for the rates to be computed anew."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import User
from core.models import Job
from core.services import dirty, jobs
from pipeline.models import Pipeline

KIND = "estimates"


def flag_name(pipeline_id: int) -> str:
    return f"{KIND}:{pipeline_id}"


def request_refresh(pipeline_id: int) -> None:
    """After a change: recompute soon, once for many changes."""
    dirty.mark(flag_name(pipeline_id), quiet=_quiet())


def _quiet() -> timedelta:
    return timedelta(seconds=settings.ESTIMATE_QUIET_SECONDS)


@transaction.atomic
def request_estimate(pipeline: Pipeline, *, by: User | None) -> Job:
    """On demand: recompute now; the job tells how far it is."""
    job = jobs.request_job(KIND, str(pipeline.pk), by=by)
    dirty.mark(flag_name(pipeline.pk))
    return job
