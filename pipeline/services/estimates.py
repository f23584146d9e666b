"""Computing the rates of a pipeline and keeping them as an immutable estimate."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.sentences import KnownError
from core.services import dirty, jobs
from pipeline.counting import DealCounts, counts_of_history
from pipeline.cubes import ChangedWhileRead, counts_of_cube
from pipeline.estimation import HalfLife, Margins, months_in
from pipeline.estimation.climb import ClimbMargins
from pipeline.funnels import FunnelEstimate, estimate_funnel
from pipeline.histories import EPOCH, UnknownStageError
from pipeline.models import Estimate, Pipeline
from pipeline.publishing import METHOD, publish_law, publish_method, publish_rates
from pipeline.services.cube import bring_up_to_date
from pipeline.services.rebuild import OvertakenError
from pipeline.services.requests import KIND
from pipeline.services.tuning import tune, tuning_of
from pipeline.signals import estimate_written

Progress = Callable[[float], None]
FAILED = gettext_lazy("The computation failed. It will be tried again; details are in the log.")


class FutureAsOf(ValueError):
    """Nobody knows what will have happened by a date to come."""


def refresh(
    pipeline: Pipeline,
    *,
    as_of: datetime | None = None,
    half_life: HalfLife | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """The estimate of ``pipeline`` by what was known before ``as_of`` (now by default).

    The half-life of its levels is chosen by what it would have foretold; with one that is given
    (see ``given_half_life``) the estimate answers a question and is not kept. Now, it is made from
    the kept counts, and costs what changed; a past date is answered from the history itself. The
    same history gives the same row, however often this runs. ``progress`` is told the share that
    is done. Raises MissingExchangeRate for an amount that cannot be converted, FutureAsOf for a
    date to come.
    """
    tell = progress or (lambda share: None)
    latest = clock.default_as_of()
    if as_of is not None and as_of > latest:
        raise FutureAsOf(_("Rates cannot be computed as of a date that is still to come."))
    instant = as_of or latest
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    if as_of is None:
        pipeline = Pipeline.objects.select_related("ladder").get(pk=pipeline.pk)
        cube = bring_up_to_date(pipeline, as_of=instant, progress=lambda share: tell(0.6 * share))
        deals = counts_of_cube(cube, as_of=instant, month_of=month_of)
        tuning = tuning_of(cube, as_of=instant, half_life=half_life)
    else:
        deals = counts_of_history(pipeline, as_of=instant, month_of=month_of)
        tuning = tune(pipeline, deals=deals.deals, as_of=instant, half_life=half_life)
    tell(0.7)
    funnel = estimate_funnel(deals, tuning=tuning)
    tell(0.9)
    estimate = _estimate(pipeline, instant, deals, funnel)
    return _keep(estimate) if half_life is None else estimate


def refresh_flagged(flag: str) -> None:
    """Compute for the dirty ``flag`` of a pipeline until it is clean, if nobody else does."""
    pk = int(flag.partition(":")[2])
    while dirty.run_claimed(flag, lambda: _refresh_for_jobs(pk)):
        pass


def _refresh_for_jobs(pk: int) -> None:
    # Read anew each time: its rules may have changed during the last one.
    pipeline = Pipeline.objects.get(pk=pk)
    waiting = jobs.start(jobs.waiting_jobs(KIND, str(pipeline.pk)))

    def tell(share: float) -> None:
        jobs.progress(waiting, share)
        dirty.keep_alive()

    try:
        estimate = refresh(pipeline, progress=tell)
    except (OvertakenError, UnknownStageError, ChangedWhileRead):
        # Nothing is wrong: the flag stays up, and whoever waits is answered by the next attempt.
        jobs.wait_on(waiting)
        raise
    except Exception as error:
        # Whatever it was: the flag keeps the error's text, whoever waits gets a sentence to act on.
        jobs.fail(waiting, str(error) if isinstance(error, KnownError) else str(FAILED))
        raise
    jobs.finish(waiting, {"estimate": estimate.pk})


def _estimate(
    pipeline: Pipeline, as_of: datetime, deals: DealCounts, funnel: FunnelEstimate
) -> Estimate:
    method = publish_method(funnel.tuning)
    return Estimate(
        pipeline=pipeline,
        as_of=as_of,
        computed_at=timezone.now(),
        inputs_hash=inputs_hash(deals, method["half_life_days"]),
        method=method,
        window_from=_instant(deals.margins.first),
        subjects=funnel.subjects,
        undated=deals.undated,
        payload=publish_rates(funnel, deals),
        law=publish_law(funnel, deals),
    )


@transaction.atomic
def _keep(estimate: Estimate) -> Estimate:
    """The row of these inputs, which may be there already."""
    same = Estimate.objects.filter(
        pipeline=estimate.pipeline,
        segment=estimate.segment,
        as_of=estimate.as_of,
        inputs_hash=estimate.inputs_hash,
    )
    with suppress(IntegrityError), transaction.atomic():
        if not same.exists():
            estimate.save(force_insert=True)
            estimate_written.send(Estimate, estimate=estimate)
            return estimate
    found = same.get()
    found.confirmed_at = timezone.now()
    found.save(update_fields=["confirmed_at"])
    return found


def given_half_life(days: float | None) -> HalfLife:
    """A half-life that nobody chose by its merits, None for all of history alike."""
    return HalfLife(days, (), 0)


def inputs_hash(deals: DealCounts, half_life_days: float | None) -> str:
    """What the estimate was computed from, as one number: counts, amounts and stages."""
    digest = hashlib.sha256(repr([*sorted(METHOD.items()), half_life_days]).encode())
    digest.update(repr([(row.pk, row.name, row.part) for row in deals.rows]).encode())
    counts: list[Margins | ClimbMargins] = [deals.margins]
    if deals.climb is not None:
        rows = deals.climb.rows
        digest.update(repr([(row.pk, row.name, row.part) for row in rows]).encode())
        counts.append(deals.climb.margins)
    for margins in counts:
        _digest_margins(digest.update, margins)
    return digest.hexdigest()


def _digest_margins(update: Callable[[bytes], None], margins: Margins | ClimbMargins) -> None:
    for cells in (margins.kept_by_month, margins.kept_by_bucket):
        # Squares of amounts, unlike amounts, are rounded by the order they were added in.
        update(cells.keys.tobytes() + np.rint(cells.sums[:, :3] * 100).tobytes())
    for column in vars(margins.recent).values():
        update(column.tobytes())


def _instant(at: int | None) -> datetime | None:
    return None if at is None else EPOCH + timedelta(microseconds=at)
