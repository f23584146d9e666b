"""Who asks: an integrator by key, or a page of ours by its session."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey, User

USE_RECORDED_EVERY = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer <key>``; a key acts as its user."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = self._find(key.strip())
        if row is None:
            raise AuthenticationFailed(_("This key is not known, revoked or expired."))
        _note_use(row)
        return row.user, row

    def _find(self, key: str) -> ApiKey | None:
        digest = ApiKey.digest_of(key.encode(errors="replace").decode())
        usable = ApiKey.objects.usable().select_related("user__team")
        return usable.filter(digest=digest).first()

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _note_use(row: ApiKey) -> None:
    """Once a minute is enough to see whether a key is in use, and spares a write per request."""
    at = timezone.now()
    due = at - USE_RECORDED_EVERY
    if row.last_used_at is None or row.last_used_at <= due:
        unrecorded = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
        ApiKey.objects.filter(unrecorded, pk=row.pk).update(last_used_at=at)


class PageSessionAuthentication(SessionAuthentication):
    """For the JSON that our own pages fetch; changes need the CSRF token."""

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'
