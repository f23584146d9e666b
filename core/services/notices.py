"""Notices to people."""

from typing import Any

from django.utils import timezone

from core.models import Notice


def notify(user: Any, code: str, *, url: str = "", **params: Any) -> Notice:
    """Leave the sentence ``code`` for ``user``; the page fills in ``params`` and translates."""
    return Notice.objects.create(user=user, code=code, url=url, params=params)


def read_all(user: Any) -> list[int]:
    """Mark all notices of ``user`` as read; the ids of those that were not."""
    rows = Notice.objects.of(user).unread()
    ids = list(rows.values_list("pk", flat=True))
    rows.filter(pk__in=ids).update(read_at=timezone.now())
    return ids


def mark_read(notice: Notice, *, read: bool = True) -> None:
    """Read, or to be read again; when it was read first is kept."""
    if read == (notice.read_at is not None):
        return
    notice.read_at = timezone.now() if read else None
    notice.save(update_fields=["read_at"])


def settle(about: str) -> None:
    """What the notices ``about`` something told of is over: nobody has to read them any more."""
    Notice.objects.unread().filter(about=about).update(read_at=timezone.now())
