"""Idempotency keys: a POST repeated is answered again, not done again.

The effect and the stored answer are one transaction, so a crash leaves neither. Refusals are not
stored: they had no effect, and the repetition is checked anew.
"""

import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import etag_of
from core.api.problems import KeyReused, StillRunning
from core.models import IdempotencyKey
from core.services.once import UnderWay, fingerprint, kept_answer

HEADER = "Idempotency-Key"
LONGEST = 255


def checked_key(text: str) -> str:
    if not text or len(text) > LONGEST or not text.isprintable():
        message = _("Give 1 to 255 printable characters.")
        raise ValidationError({HEADER: [message]})
    return text


def once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """The stored answer to this request, or what ``handler`` answers, stored with its effect.

    Raises KeyReused for another request under the same key, StillRunning where it is under way.
    """
    key, print_ = checked_key(request.headers[HEADER]), fingerprint(request._request)
    user: Any = request.user
    with transaction.atomic():
        try:
            stored = kept_answer(user.pk, key, waits=False)
        except UnderWay as held:
            raise StillRunning from held
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
