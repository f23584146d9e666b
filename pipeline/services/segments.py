"""Computing the rates of a pipeline by segment, and asking for that."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import clock
from core.models import DirtyFlag, Job
from core.sentences import KnownError
from core.services import dirty, jobs
from pipeline.deal_stays import DealStays, read_stays
from pipeline.estimation import HalfLife, Rates, Stays, margins_of, months_in
from pipeline.estimation.arrays import Floats
from pipeline.estimation.estimate import rates_of_margins, recency_of
from pipeline.estimation.segment_chances import chances_by_segment, gain_by_segment
from pipeline.estimation.segments import rates_by_segment
from pipeline.models import Estimate, Pipeline
from pipeline.publishing import METHOD
from pipeline.segment_publishing import Split, publish_chances, publish_split
from pipeline.segmenting import TOLD_BY, Segmentation, fields_of, segment_deals
from pipeline.services.estimates import FutureAsOf, Progress

KIND = "segments"
MOST_TABLES = 100
"""Segments whose chances are kept: each is a table of its own, by stage and age."""

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

    Of deals alone: the ladder that leads to them is not split. The level is measured with the
    half-life of the pipeline's newest estimate, unless one is given. The same history gives the
    same row. Raises UnknownField, FutureAsOf and MissingExchangeRate.
    """
    chosen, latest = fields_of(segment), clock.default_as_of()
    if as_of is not None and as_of > latest:
        raise FutureAsOf(str(TO_COME))
    instant, tell = as_of or latest, progress or (lambda share: None)
    read = read_stays(pipeline, as_of=instant)
    tell(0.5)
    found = segment_deals(pipeline, chosen, deal=read.deal, amount=read.amount, among=read.among)
    tell(0.6)
    method = _method(pipeline, instant, half_life)
    whole = _whole(read.stays, method["half_life_days"])
    split = _split(read, chosen, found, whole)
    tell(0.8)
    law = _law(read, split, whole)
    tell(0.9)
    return _keep(pipeline, segment, instant, read, split, method, law)


def _method(pipeline: Pipeline, as_of: datetime, half_life: HalfLife | None) -> dict[str, Any]:
    """As of the newest estimate of all deals, so that segments are compared at its level."""
    if half_life is not None:
        return METHOD | {"half_life_days": half_life.days}
    whole = Estimate.objects.latest_for(pipeline, as_of=as_of)
    known = whole.method.get("half_life_days") if whole else None
    return METHOD | {"half_life_days": known}


@dataclass(frozen=True)
class _Whole:
    """Rates of all deals ``now``, at the level ``theta`` float[S, K] that they are at, and their
    ``shape``, at that of all history."""

    shape: Rates
    now: Rates
    theta: Floats | None


def _whole(stays: Stays, half_life_days: float | None) -> _Whole:
    margins = margins_of(stays, months_in(settings.COMPANY_TIME_ZONE))
    shape, recency = rates_of_margins(margins), recency_of(margins, half_life_days)
    if recency is None:
        return _Whole(shape, shape, None)
    now = rates_of_margins(margins, half_life_days=half_life_days)
    return _Whole(shape, now, recency.levels(shape.estimate).theta)


def _split(read: DealStays, chosen: tuple[str, ...], found: Segmentation, whole: _Whole) -> Split:
    refused = whole.now.value_refused if "amount_band" in chosen else None
    if refused:
        found = Segmentation((), np.full(len(read.deal), -1))
    rates = rates_by_segment(
        read.stays,
        read.segment_of(found),
        segments=len(found.segments),
        whole=whole.now,
        theta=whole.theta,
    )
    return Split(chosen, read.rows, found, rates, read.one_in, refused and str(refused))


def _law(read: DealStays, split: Split, whole: _Whole) -> dict[str, Any]:
    """The chances of open deals by segment, where they have been better than those of all."""
    segments, fields = split.found.segments, split.fields
    if len(fields) > 1 or fields[0] not in TOLD_BY or not 1 < len(segments) <= MOST_TABLES:
        return {}
    code, count = read.segment_of(split.found), len(segments)
    gain = gain_by_segment(read.stays, code, segments=count)
    published = {"gain": asdict(gain) | {"used": gain.is_real}}
    if not gain.is_real:
        return published
    table = chances_by_segment(read.stays, code, segments=count, shape=whole.shape, now=whole.now)
    return published | {"nats": gain.nats} | publish_chances(split, table)


@transaction.atomic
def _keep(
    pipeline: Pipeline,
    segment: str,
    as_of: datetime,
    read: DealStays,
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
            "subjects": len(read.deal),
            "undated": read.undated,
            "payload": publish_split(split) | {"gain": law.get("gain")},
            "law": law,
        },
    )
    if not is_new:
        estimate.confirmed_at = timezone.now()
        estimate.save(update_fields=["confirmed_at"])
    return estimate


def _hash(read: DealStays, split: Split, method: dict[str, Any]) -> str:
    """What the rates were computed from, as one number: stays, amounts, stages and segments."""
    digest = hashlib.sha256(repr(sorted(method.items())).encode())
    digest.update(repr([(row.pk, row.name, row.part) for row in read.rows]).encode())
    digest.update(repr((split.fields, split.found.segments, split.one_in)).encode())
    stays = read.stays
    amount = np.rint(np.nan_to_num(read.amount, nan=-1.0) * 100)
    moves = (stays.subject, stays.stage, stays.entered, stays.left, stays.destination)
    for column in (*moves, amount, split.found.code):
        digest.update(column.tobytes())
    return digest.hexdigest()


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
    """Ask for the rates by every field that the chance of a deal may be told by."""
    for field in TOLD_BY:
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
        jobs.fail(waiting, str(error) if isinstance(error, KnownError) else str(FAILED))
        raise
    jobs.finish(waiting, {"estimate": estimate.pk})
