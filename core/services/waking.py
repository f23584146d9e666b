"""Messages that wake workers. A lost one is no harm: a schedule sends it again."""

from datetime import timedelta

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake(task: str, *args: str) -> None:
    """Wake a worker for ``task`` once this transaction is committed."""
    transaction.on_commit(lambda: send(task, *args), robust=True)


def send(task: str, *args: str, delay: timedelta = timedelta(0)) -> None:
    countdown = delay.total_seconds() or None
    try:
        current_app.send_task(task, args=list(args), countdown=countdown, retry=False)
    except (OperationalError, OSError):
        log.warning("broker_unreachable", task=task, args=args)
