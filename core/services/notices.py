"""Notices to people."""

from typing import Any

from core.models import Notice


def notify(user: Any, code: str, *, url: str = "", **params: Any) -> Notice:
    """Leave the sentence ``code`` for ``user``; the page fills in ``params`` and translates."""
    return Notice.objects.create(user=user, code=code, url=url, params=params)
