"""Notices to people."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from core import clock
from core.models import Notice

AT_ONCE = 500


def notify(user: Any, code: str, *, url: str = "", about: str = "", **params: Any) -> Notice:
    """Leave the sentence ``code`` for ``user``; the page fills in ``params`` and translates.

    What it is ``about`` may be settled later.
    """
    return Notice.objects.create(
        user=user, code=code, url=url, about=about, params=params, created_at=clock.now()
    )


def notify_once(users: QuerySet[Any], code: str, *, about: str, url: str = "") -> None:
    """Leave the sentence for those of ``users`` who have none ``about`` the same to read yet."""
    told = Notice.objects.unread().filter(user=OuterRef("pk"), about=about)
    at = clock.now()
    Notice.objects.bulk_create(
        Notice(user=user, code=code, about=about, url=url, created_at=at)
        for user in users.filter(~Exists(told))
    )


def read_all(user: Any) -> list[int]:
    """Mark all notices of ``user`` as read; the ids of those that were not."""
    rows = Notice.objects.of(user).unread()
    ids = list(rows.values_list("pk", flat=True))
    rows.filter(pk__in=ids).update(read_at=clock.now())
    return ids


def mark_read(notice: Notice, *, read: bool = True) -> None:
    """Read, or to be read again; when it was read first is kept."""
    if read == (notice.read_at is not None):
        return
    notice.read_at = clock.now() if read else None
    notice.save(update_fields=["read_at"])


def settle(about: str) -> None:
    """What the notices ``about`` something told of is over: nobody has to read them any more."""
    settle_all([about])


def settle_all(abouts: Iterable[str]) -> None:
    """The same of many things."""
    every = list(abouts)
    for start in range(0, len(every), AT_ONCE):
        rows = Notice.objects.unread().filter(about__in=every[start : start + AT_ONCE])
        rows.update(read_at=clock.now())
