"""Idempotency keys: a POST repeated is answered again, not done again.

The effect and the stored answer are one transaction, so a crash leaves neither. Refusals are not
stored: they had no effect, and the repetition is checked anew.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import etag_of
from core.api.problems import KeyReused, StillRunning
from core.models import IdempotencyKey

HEADER = "Idempotency-Key"
LONGEST = 255


def fingerprint(request: Request) -> str:
    """SHA-256 of method, path with query, and body."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    asked = request._request
    if asked.content_type == "multipart/form-data":
        # Its boundary is another each time; what lies between is what was asked.
        for name, value in sorted(asked.POST.items()):
            digest.update(f"{name}={value}\n".encode())
        files: list[tuple[str, Any]] = sorted(asked.FILES.items())
        for name, file in files:
            digest.update(f"{name}={file.name}\n".encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(asked.body)
    return digest.hexdigest()


def checked_key(text: str) -> str:
    if not text or len(text) > LONGEST or not text.isprintable():
        message = _("Give 1 to 255 printable characters.")
        raise ValidationError({HEADER: [message]})
    return text


def once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """The stored answer to this request, or what ``handler`` answers, stored with its effect.

    Raises KeyReused for another request under the same key, StillRunning where it is under way.
    """
    key, print_ = checked_key(request.headers[HEADER]), fingerprint(request)
    user: Any = request.user
    with transaction.atomic():
        _claim(user.pk, key)
        stored = IdempotencyKey.objects.filter(user=user, key=key).first()
        if stored:
            return _replay(stored, print_)
        response = handler(request, *args, **kwargs)
        IdempotencyKey.objects.create(
            user=user,
            key=key,
            fingerprint=print_,
            status=response.status_code,
            body=JSONRenderer().render(response.data).decode(),
            content_type="application/json",
        )
    return response


def _claim(user_id: int, key: str) -> None:
    """Hold the key until the transaction ends.

    SQLite's transactions queue for the one write lock, so the second finds the first one's answer.
    """
    if connection.vendor != "postgresql":
        return
    digest = hashlib.sha256(f"{user_id}:{key}".encode()).digest()
    lock = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            raise StillRunning


def _replay(stored: IdempotencyKey, print_: str) -> Response:
    if stored.fingerprint != print_:
        raise KeyReused
    if stored.status is None:
        raise StillRunning
    data = json.loads(stored.body) if stored.body else None
    headers = {"Idempotent-Replayed": "true"}
    if isinstance(data, dict) and "id" in data:
        headers["ETag"] = etag_of(data)
    return Response(data, status=stored.status, headers=headers)
