"""The outbox of letters: written with what causes them, sent by a worker, tried again.

A letter may go out twice only where a worker dies between the server's yes and noting it down;
both then bear the same Message-ID.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.utils import timezone

from core.models import Mail
from core.services import waking
from core.signals import mail_given_up

log = structlog.get_logger(__name__)

TASK = "core.tasks.send_mails"
BATCH = 20
# Longer than a batch can take: each letter waits for the server at most EMAIL_TIMEOUT.
LEASE = timedelta(minutes=5)
# 1, 2, 4 … minutes, at most four hours: given up after about a day.
MOST_ATTEMPTS = 12
LONGEST_WAIT = timedelta(hours=4)


def queue_mails(mails: Iterable[Mail]) -> None:
    """Write letters to be sent, in the caller's transaction, and wake a worker."""
    at = timezone.now()
    rows = list(mails)
    for row in rows:
        row.message_id, row.created_at, row.not_before = uuid.uuid4(), at, at
    Mail.objects.bulk_create(rows)
    if rows:
        waking.wake(TASK)


def send_due(*, at: datetime | None = None) -> int:
    """Send what is due; how many went out."""
    sent = 0
    while rows := _claim(at=at or timezone.now()):
        sent += sum(_attempt(rows))
    return sent


@transaction.atomic
def _claim(*, at: datetime) -> list[Mail]:
    """The right to send some letters, for the time of a lease."""
    skip = connection.features.has_select_for_update_skip_locked
    due = Mail.objects.due(at=at).select_for_update(skip_locked=skip)
    rows = list(due.order_by("not_before", "pk")[:BATCH])
    held = Mail.objects.filter(pk__in=[row.pk for row in rows])
    held.update(lease_until=timezone.now() + LEASE)
    return rows


def _attempt(rows: list[Mail]) -> list[bool]:
    """Over one connection, opened by the first letter and again after a failure."""
    line = get_connection()
    try:
        return [_send(row, line) for row in rows]
    finally:
        _hang_up(line)


def _send(mail: Mail, line: BaseEmailBackend) -> bool:
    try:
        line.open()
        message_of(mail, line).send()
    except Exception as error:
        _hang_up(line)
        _fail(mail, error)
        return False
    mail.sent_at, mail.lease_until, mail.last_error = timezone.now(), None, ""
    mail.attempts += 1
    mail.save(update_fields=["sent_at", "lease_until", "last_error", "attempts"])
    return True


def _hang_up(line: BaseEmailBackend) -> None:
    try:
        line.close()
    except Exception:
        log.debug("mail_connection_lost")


def message_of(mail: Mail, line: BaseEmailBackend | None = None) -> EmailMessage:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = mail.headers | {"Message-ID": f"<{mail.message_id}@{host}>"}
    return EmailMessage(mail.subject, mail.body, to=[mail.to], headers=headers, connection=line)


def _fail(mail: Mail, error: Exception) -> None:
    """Wait twice as long each time, and in the end give up and tell."""
    mail.attempts += 1
    wait = min(timedelta(minutes=2 ** (mail.attempts - 1)), LONGEST_WAIT)
    mail.not_before, mail.lease_until = timezone.now() + wait, None
    mail.last_error = f"{type(error).__name__}: {error}"
    mail.given_up_at = timezone.now() if mail.attempts >= MOST_ATTEMPTS else None
    fields = ["attempts", "not_before", "lease_until", "last_error", "given_up_at"]
    with transaction.atomic():
        mail.save(update_fields=fields)
        if mail.given_up_at:
            mail_given_up.send(Mail, mail=mail)
    log.warning("mail_not_sent", mail=mail.pk, attempts=mail.attempts, error=mail.last_error)


def try_again(mails: "Iterable[Mail]") -> int:
    """Send once more what failed or was given up; how many."""
    ids = [mail.pk for mail in mails]
    rows = Mail.objects.filter(pk__in=ids, sent_at__isnull=True)
    number = rows.update(attempts=0, given_up_at=None, not_before=timezone.now())
    waking.wake(TASK)
    return number


def drop_unsent(user: object, kind: str) -> None:
    """Take back what is not sent yet: its reader wants none of it."""
    Mail.objects.filter(user=user, kind=kind, sent_at__isnull=True).delete()  # type: ignore[misc]
