from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.models import IdempotencyKey, Mail
from core.services import dirty, imports, mails

IDEMPOTENCY_KEPT = timedelta(days=2)
MAILS_KEPT = timedelta(days=30)


@shared_task(name="core.tasks.sweep", expires=10)
def sweep() -> None:
    """Re-drive what a lost message left undone."""
    dirty.sweep()


@shared_task(name="core.tasks.tidy")
def tidy() -> None:
    """Drop answers too old to be repeated, and letters sent long ago; end the runs of imports whose
    process died."""
    imports.fail_unseen()
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - IDEMPOTENCY_KEPT).delete()
    Mail.objects.filter(sent_at__lt=timezone.now() - MAILS_KEPT).delete()


@shared_task(name="core.tasks.send_mails", expires=50)
def send_mails() -> None:
    """Send what waits in the outbox."""
    mails.send_due()
