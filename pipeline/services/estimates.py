"""Computing the rates of a pipeline and keeping them as an immutable estimate."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.sentences import KnownError
from core.services import dirty, jobs
from pipeline.estimation import months_in
from pipeline.funnels import FunnelEstimate, estimate_funnel
from pipeline.histories import CustomerHistory, DealHistory, read_customers, read_deals
from pipeline.models import Estimate, Pipeline
from pipeline.publishing import METHOD, publish_law, publish_rates
from pipeline.services.requests import KIND
from pipeline.signals import estimate_written

Progress = Callable[[float], None]
FAILED = gettext_lazy("The computation failed. It will be tried again; details are in the log.")


class FutureAsOf(ValueError):
    """Nobody knows what will have happened by a date to come."""


def refresh(
    pipeline: Pipeline, *, as_of: datetime | None = None, progress: Progress | None = None
) -> Estimate:
    """The estimate of ``pipeline`` by what was known before ``as_of`` (now by default).

    The same history gives the same row, however often this runs. ``progress`` is told the share
    that is done. Raises MissingExchangeRate for an amount that cannot be converted, FutureAsOf for
    a date to come.
    """
    tell = progress or (lambda share: None)
    latest = clock.default_as_of()
    as_of = as_of or latest
    if as_of > latest:
        raise FutureAsOf(_("Rates cannot be computed as of a date that is still to come."))
    deals = read_deals(pipeline, as_of=as_of)
    customers = _read_customers(pipeline, as_of)
    tell(0.4)
    funnel = estimate_funnel(
        deals, customers, as_of=as_of, month_of=months_in(settings.COMPANY_TIME_ZONE)
    )
    tell(0.9)
    return _keep(pipeline, as_of, deals, customers, funnel)


def _read_customers(pipeline: Pipeline, as_of: datetime) -> CustomerHistory | None:
    if pipeline.ladder is None:
        return None
    return read_customers(pipeline.ladder, as_of=as_of, misclick=pipeline.misclick_window)


def refresh_flagged(flag: str) -> None:
    """Compute for the dirty ``flag`` of a pipeline until it is clean, if nobody else does."""
    pipeline = Pipeline.objects.get(pk=flag.partition(":")[2])
    while dirty.run_claimed(flag, lambda: _refresh_for_jobs(pipeline)):
        pass


def _refresh_for_jobs(pipeline: Pipeline) -> None:
    waiting = jobs.start(jobs.waiting_jobs(KIND, str(pipeline.pk)))
    try:
        estimate = refresh(pipeline, progress=lambda share: jobs.progress(waiting, share))
    except Exception as error:
        # The flag keeps the text of the error; whoever waits gets a sentence to act on.
        jobs.fail(waiting, str(error) if isinstance(error, KnownError) else str(FAILED))
        raise
    jobs.finish(waiting, {"estimate": estimate.pk})


@transaction.atomic
def _keep(
    pipeline: Pipeline,
    as_of: datetime,
    deals: DealHistory,
    customers: CustomerHistory | None,
    funnel: FunnelEstimate,
) -> Estimate:
    estimate, is_new = Estimate.objects.get_or_create(
        pipeline=pipeline,
        segment="",
        as_of=as_of,
        inputs_hash=inputs_hash(deals, customers),
        defaults={
            "method": METHOD,
            "window_from": _first_instant(deals),
            "subjects": funnel.subjects,
            "undated": deals.undated,
            "payload": publish_rates(funnel, deals, customers),
            "law": publish_law(funnel, deals, customers),
        },
    )
    if is_new:
        estimate_written.send(Estimate, estimate=estimate)
    else:
        estimate.confirmed_at = timezone.now()
        estimate.save(update_fields=["confirmed_at"])
    return estimate


def inputs_hash(deals: DealHistory, customers: CustomerHistory | None) -> str:
    """What the estimate was computed from, as one number: moves, amounts and stages."""
    digest = hashlib.sha256(repr(sorted(METHOD.items())).encode())
    for history in (deals, customers):
        if history is None:
            continue
        digest.update(repr([(row.pk, row.name, row.part) for row in history.rows]).encode())
        for array in (history.moves.subject, history.moves.stage, history.moves.at):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(history.archive.subject.tobytes() + history.archive.at.tobytes())
    digest.update(deals.amount.tobytes())
    digest.update(deals.customer.tobytes())
    return digest.hexdigest()


def _first_instant(deals: DealHistory) -> datetime | None:
    if not len(deals.moves):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(deals.moves.at.min()))
