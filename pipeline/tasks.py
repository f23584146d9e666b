from celery import shared_task

from pipeline.models import Pipeline
from pipeline.services.pruning import prune_estimates
from pipeline.services.requests import request_refresh
from pipeline.services.segments import request_chances


@shared_task(name="pipeline.tasks.refresh_estimates")
def refresh_estimates(flag: str) -> None:
    """Compute the rates of the pipeline that ``flag`` names, if that is due and nobody does."""
    from pipeline.services.estimates import refresh_flagged

    refresh_flagged(flag)


@shared_task(name="pipeline.tasks.run_backtests")
def run_backtests(flag: str) -> None:
    """Make the model card of the pipeline that ``flag`` names, if that is due and nobody does."""
    from pipeline.services.backtests import run_flagged

    run_flagged(flag)


@shared_task(name="pipeline.tasks.refresh_segment")
def refresh_segment(flag: str) -> None:
    """Compute the rates by segment that ``flag`` names, if that is due and nobody does."""
    from pipeline.services.segments import refresh_flagged

    refresh_flagged(flag)


@shared_task(name="pipeline.tasks.request_all_estimates")
def request_all_estimates() -> None:
    """Nightly: time passing alone changes what is open and how old it is."""
    prune_estimates()
    for pk in Pipeline.objects.filter(is_active=True).values_list("pk", flat=True):
        request_refresh(pk)
        request_chances(pk)
