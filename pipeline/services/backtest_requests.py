"""Asking for a new model card."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import clock
from core.models import DirtyFlag, Job
from core.services import dirty, jobs
from pipeline.models import Backtest, Estimate, Pipeline

KIND = "backtests"
QUIET = timedelta(seconds=20)
"""A model card waits until the rates that people wait for are done."""

AT_MOST_EVERY = timedelta(hours=1)


def flag_name(pipeline_id: int) -> str:
    return f"{KIND}:{pipeline_id}"


@transaction.atomic
def request_backtest(pipeline: Pipeline, *, by: User | None) -> Job:
    """On demand: a new model card now; the job tells how far it is."""
    job = jobs.request_job(KIND, str(pipeline.pk), by=by)
    dirty.mark(flag_name(pipeline.pk))
    return job


def request_after_estimate(estimate: Estimate) -> None:
    """Rates were computed: the first card, or one for a new month, follows by itself.

    Rates of a past date or of a segment say nothing of now. A card of too little history is made
    again before the month is over, since an import may have brought more.
    """
    is_past = estimate.as_of < clock.now() - AT_MOST_EVERY
    if estimate.segment or is_past or not _is_due(estimate.pipeline):
        return
    name = flag_name(estimate.pipeline_id)
    lately = timezone.now() - AT_MOST_EVERY
    if not DirtyFlag.objects.filter(name=name, first_requested_at__gt=lately).exists():
        dirty.mark(name, quiet=QUIET)


def _is_due(pipeline: Pipeline) -> bool:
    card = Backtest.objects.defer("document").latest_for(pipeline)
    return card is None or is_of_an_earlier_month(card) or not _is_enough(card)


def _is_enough(card: Backtest) -> bool:
    return bool(Backtest.objects.values_list("document__enough", flat=True).get(pk=card.pk))


def is_of_an_earlier_month(card: Backtest) -> bool:
    """Whether months that were over since then are not judged by ``card``."""
    made = card.as_of.astimezone(clock.company_zone()).date()
    return made < clock.today().replace(day=1)
