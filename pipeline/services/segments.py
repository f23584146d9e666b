"""Computing the rates of a pipeline by segment, and asking for that."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from accounts.models import User
from core import clock
from core.models import DirtyFlag, Job
from core.sentences import KnownError
from core.services import dirty, jobs
from pipeline.customer_stays import CustomerStays, read_ladder
from pipeline.deal_stays import DealStays, read_stays
from pipeline.estimation import HalfLife, Stays
from pipeline.models import Estimate, Pipeline
from pipeline.publishing import METHOD
from pipeline.segment_publishing import Split, publish_split
from pipeline.segmenting import TOLD_BY, fields_of, splits_customers
from pipeline.services.estimates import FutureAsOf, Progress
from pipeline.splitting import chances_of, find_segments, split_deals, split_ladder, whole_of

KIND = "segments"
FAILED = gettext_lazy("The computation failed. It will be tried again; details are in the log.")
TO_COME = gettext_lazy("Rates cannot be computed as of a date that is still to come.")


def refresh_segment(
    pipeline: Pipeline,
    segment: str,
    *,
    as_of: datetime | None = None,
    half_life: HalfLife | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """The rates of ``pipeline`` by ``segment``, such as "team" or "team,source", kept.

    Of deals, and of the customers on the ladder that leads to them where these have such fields.
    The level is measured with the half-life of the pipeline's newest estimate, unless one is
    given. The same history gives the same row. Raises UnknownField, FutureAsOf and
    MissingExchangeRate.
    """
    chosen, latest = fields_of(segment), clock.default_as_of()
    if as_of is not None and as_of > latest:
        raise FutureAsOf(str(TO_COME))
    instant, tell = as_of or latest, progress or (lambda share: None)
    read = _read(pipeline, chosen, instant)
    tell(0.5)
    found = find_segments(pipeline, chosen, read.deals, read.ladder)
    tell(0.6)
    method = _method(pipeline, instant, half_life)
    whole = whole_of(read.deals.stays, method["half_life_days"])
    split = _split(read, split_deals(read.deals, chosen, found, whole), method["half_life_days"])
    tell(0.8)
    law = chances_of(read.deals, split, whole)
    tell(0.9)
    return _keep(pipeline, segment, instant, read, split, method, law)


@dataclass(frozen=True)
class _Read:
    """``ladder`` is None where customers are not to be split."""

    deals: DealStays
    ladder: CustomerStays | None


def _read(pipeline: Pipeline, fields: tuple[str, ...], as_of: datetime) -> _Read:
    deals = read_stays(pipeline, as_of=as_of)
    splits = splits_customers(fields)
    return _Read(deals, read_ladder(pipeline, deals, as_of=as_of) if splits else None)


def _split(read: _Read, deals: Split, half_life_days: float | None) -> Split:
    if read.ladder is None:
        return deals
    stages = read.deals.stays.stages
    climbed = split_ladder(read.ladder, deals.found, stages=stages, half_life_days=half_life_days)
    return replace(deals, ladder=climbed)


def _method(pipeline: Pipeline, as_of: datetime, half_life: HalfLife | None) -> dict[str, Any]:
    """As of the newest estimate of all deals, so that segments are compared at its level."""
    if half_life is not None:
        return METHOD | {"half_life_days": half_life.days}
    whole = Estimate.objects.latest_for(pipeline, as_of=as_of)
    known = whole.method.get("half_life_days") if whole else None
    return METHOD | {"half_life_days": known}


@transaction.atomic
def _keep(
    pipeline: Pipeline,
    segment: str,
    as_of: datetime,
    read: _Read,
    split: Split,
    method: dict[str, Any],
    law: dict[str, Any],
) -> Estimate:
    estimate, is_new = Estimate.objects.get_or_create(
        pipeline=pipeline,
        segment=segment,
        as_of=as_of,
        inputs_hash=_hash(read, split, method),
        defaults={
            "method": method,
            "subjects": len(read.deals.deal),
            "undated": read.deals.undated,
            "payload": publish_split(split) | {"gain": law.get("gain")},
            "law": law,
        },
    )
    if not is_new:
        estimate.confirmed_at = timezone.now()
        estimate.save(update_fields=["confirmed_at"])
    return estimate


def _hash(read: _Read, split: Split, method: dict[str, Any]) -> str:
    """What the rates were computed from, as one number: stays, amounts, stages and segments."""
    digest = hashlib.sha256(repr(sorted(method.items())).encode())
    digest.update(repr([(row.pk, row.name, row.part) for row in split.rows]).encode())
    digest.update(repr((split.fields, split.found.segments, split.one_in)).encode())
    amount = np.rint(np.nan_to_num(read.deals.amount, nan=-1.0) * 100)
    columns = [*_moves(read.deals.stays), amount, split.found.code]
    if read.ladder is not None:
        rows = [(row.pk, row.name, row.part) for row in read.ladder.rows]
        digest.update(repr((rows, read.ladder.one_in)).encode())
        columns += [*_moves(read.ladder.stays), split.found.climbing]
        columns += [read.ladder.handover.entered, read.ladder.handover.first_win]
    for column in columns:
        digest.update(column.tobytes())
    return digest.hexdigest()


def _moves(stays: Stays) -> list[NDArray[Any]]:
    return [stays.subject, stays.stage, stays.entered, stays.left, stays.destination]


def flag_name(pipeline_id: int, segment: str) -> str:
    return f"{KIND}:{pipeline_id}:{segment}"


@transaction.atomic
def request_segment(pipeline: Pipeline, segment: str, *, by: User | None) -> Job:
    """Ask for the rates by ``segment``; the job tells how far it is. Raises UnknownField."""
    fields_of(segment)
    job = jobs.request_job(KIND, f"{pipeline.pk}:{segment}", by=by)
    dirty.mark(flag_name(pipeline.pk, segment))
    return job


def request_chances(pipeline_id: int) -> None:
    """Ask for the rates by every field that the chance of a deal may be told by, and by team, as
    plans are divided."""
    for field in (*TOLD_BY, "team"):
        dirty.mark(flag_name(pipeline_id, field))


def refresh_flagged(flag: str) -> None:
    """Compute for the dirty ``flag`` of a segment until it is clean, if nobody else does."""
    _kind, pk, segment = flag.split(":", 2)
    pipeline = Pipeline.objects.filter(pk=pk).first()
    if pipeline is None:
        DirtyFlag.objects.filter(name=flag).delete()
        return
    while dirty.run_claimed(flag, lambda: _refresh_for_jobs(_as_it_is(pipeline), segment)):
        pass


def _as_it_is(pipeline: Pipeline) -> Pipeline:
    """Its rules may have changed during the last computation."""
    return Pipeline.objects.get(pk=pipeline.pk)


def _refresh_for_jobs(pipeline: Pipeline, segment: str) -> None:
    waiting = jobs.start(jobs.waiting_jobs(KIND, f"{pipeline.pk}:{segment}"))

    def tell(share: float) -> None:
        jobs.progress(waiting, share)
        dirty.keep_alive()

    try:
        estimate = refresh_segment(pipeline, segment, progress=tell)
    except Exception as error:
        # Whatever it was, and it goes on up: nobody may wait for a job that has ended.
        jobs.fail(waiting, str(error) if isinstance(error, KnownError) else str(FAILED))
        raise
    jobs.finish(waiting, {"estimate": estimate.pk})
