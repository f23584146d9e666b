"""Running backtests of a pipeline and keeping them as model cards."""

import math
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.sentences import KnownError
from core.services import dirty, jobs
from pipeline.among import Among
from pipeline.estimation import months_in
from pipeline.estimation.backtest import backtest
from pipeline.estimation.foresight import law_of_late
from pipeline.histories import EPOCH, microseconds, read_deals
from pipeline.models import Backtest, Estimate, Opportunity, Pipeline
from pipeline.services.backtest_requests import KIND
from pipeline.services.estimates import FAILED, FutureAsOf, Progress

MOST_DEALS = 100_000
"""Of more, one in so many is taken: errors in per cent change little beyond."""

KEPT = 24


def run_backtest(
    pipeline: Pipeline, *, as_of: datetime | None = None, progress: Progress | None = None
) -> Backtest:
    """The model card of ``pipeline`` by what was known before ``as_of`` (now by default).

    Above ``MOST_DEALS`` deals a fair sample is judged. ``progress`` is told the share that is
    done. Raises MissingExchangeRate for an amount that cannot be converted, FutureAsOf for a date
    to come.
    """
    instant = as_of or clock.default_as_of()
    if instant > clock.default_as_of():
        raise FutureAsOf(_("Nobody can judge forecasts as of a date that is still to come."))
    sample = -(-Opportunity.objects.filter(pipeline=pipeline).count() // MOST_DEALS) or 1
    history = read_deals(pipeline, as_of=instant, among=Among(every=sample))
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    found = backtest(
        history.moves,
        history.stages,
        as_of=microseconds(instant),
        month_of=month_of,
        amount_at=history.amount_per_move_at,
        watched_until=history.watched_until,
        law_of=law_of_late(month_of),
        progress=progress,
    )
    first = history.moves.at.min(initial=found.as_of)
    return _keep(
        pipeline=pipeline,
        as_of=instant,
        history_from=EPOCH + timedelta(microseconds=int(first)) if len(history.moves) else None,
        half_life_days=_half_life_of_now(pipeline),
        deals=len(history.subject),
        sample=sample,
        document=_finite(asdict(found)),
    )


def _half_life_of_now(pipeline: Pipeline) -> float | None:
    """That of the rates as they are shown; each date of the past chose its own."""
    latest = Estimate.objects.latest_for(pipeline)
    half_life: float | None = latest.method.get("half_life_days") if latest else None
    return half_life


@transaction.atomic
def _keep(*, pipeline: Pipeline, **fields: Any) -> Backtest:
    card = Backtest.objects.create(pipeline=pipeline, **fields)
    own = Backtest.objects.filter(pipeline=pipeline).order_by("-id")
    outlived = list(own.values_list("pk", flat=True)[KEPT:])
    Backtest.objects.filter(pk__in=outlived).delete()
    return card


def _finite(value: Any) -> Any:
    """JSON knows no infinity, which is the end of a band that says nothing."""
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case float():
            return value if math.isfinite(value) else None
    return value


def run_flagged(flag: str) -> None:
    """Make the card of the pipeline that ``flag`` names until it is clean, if nobody else does."""
    pk = int(flag.partition(":")[2])
    while dirty.run_claimed(flag, lambda: _run_for_jobs(Pipeline.objects.get(pk=pk))):
        pass


def _run_for_jobs(pipeline: Pipeline) -> None:
    waiting = jobs.start(jobs.waiting_jobs(KIND, str(pipeline.pk)))

    def tell(share: float) -> None:
        jobs.progress(waiting, share)
        dirty.keep_alive()

    try:
        card = run_backtest(pipeline, progress=tell)
    except Exception as error:
        # Whatever it was: the flag keeps the error's text, whoever waits gets a sentence to act on.
        jobs.fail(waiting, str(error) if isinstance(error, KnownError) else str(FAILED))
        raise
    jobs.finish(waiting, {"backtest": card.pk})
