"""Runs of imports that ended without saying so."""

from datetime import timedelta

from django.utils import timezone

from core.models import ImportBatch

# Far more than a chunk takes, even one that waits for other writers.
UNSEEN = timedelta(minutes=5)


def seen(batch: ImportBatch) -> None:
    """The run is alive; told with every chunk."""
    ImportBatch.objects.filter(pk=batch.pk).update(seen_at=timezone.now())


def fail_unseen() -> int:
    """Mark running imports as failed that gave no sign of life lately; the number of them."""
    at = timezone.now()
    unseen = ImportBatch.objects.filter(state=ImportBatch.State.RUNNING, seen_at__lt=at - UNSEEN)
    return unseen.update(
        state=ImportBatch.State.FAILED,
        error="The process that ran this import ended before it was done.",
        finished_at=at,
    )
