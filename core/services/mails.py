"""The outbox of letters: written with what causes them, sent by a worker, tried again.

A letter may go out twice only where a worker dies between the server's yes and noting it down;
both then bear the same Message-ID.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
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
    if not Mail.objects.filter(pk=mail.pk).exists():
        return False  # Dropped while the letters before it were being sent.
    try:
        line.open()
        message_of(mail, line).send()
    except Exception as error:
        # Any at all: a letter that cannot even be written (a line break in its subject, an address
        # in a strange script) must not hold up those behind it. What it was stands in its row.
        _hang_up(line)
        _fail(mail, error)
        return False
    # Its text may open an account or turn reminders off; nobody needs it any more.
    gone = {"sent_at": timezone.now(), "last_error": "", "body": "", "headers": {}}
    _note(mail, gone | {"attempts": mail.attempts + 1, "lease_until": None})
    return True


def _note(mail: Mail, changes: dict[str, Any]) -> None:
    """Write down how it went; a letter that was dropped meanwhile stays dropped."""
    for name, value in changes.items():
        setattr(mail, name, value)
    Mail.objects.filter(pk=mail.pk).update(**changes)


def _hang_up(line: BaseEmailBackend) -> None:
    try:
        line.close()
    except OSError:
        # Also what smtplib and ssl raise: the line is broken, which is why it is hung up.
        log.debug("mail_connection_lost")


def message_of(mail: Mail, line: BaseEmailBackend | None = None) -> EmailMessage:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = mail.headers | {"Message-ID": f"<{mail.message_id}@{host}>"}
    return EmailMessage(mail.subject, mail.body, to=[mail.to], headers=headers, connection=line)


def _fail(mail: Mail, error: Exception) -> None:
    """Wait twice as long each time, and in the end give up and tell."""
    attempts, at = mail.attempts + 1, timezone.now()
    changes = {
        "attempts": attempts,
        "not_before": at + min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_WAIT),
        "lease_until": None,
        "last_error": f"{type(error).__name__}: {error}",
        "given_up_at": at if attempts >= MOST_ATTEMPTS else None,
    }
    with transaction.atomic():
        _note(mail, changes)
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
