from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.models import IdempotencyKey
from core.services import dirty, imports

IDEMPOTENCY_KEPT = timedelta(days=2)


@shared_task(name="core.tasks.sweep", expires=10)
def sweep() -> None:
    """Re-drive what a lost message left undone."""
    dirty.sweep()


@shared_task(name="core.tasks.tidy")
def tidy() -> None:
    """Drop answers too old to be repeated; end the runs of imports whose process died."""
    imports.fail_unseen()
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - IDEMPOTENCY_KEPT).delete()
