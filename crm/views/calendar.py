"""A person's calendar for other programs, opened by its secret address alone."""

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from rest_framework.throttling import BaseThrottle

from accounts.models import CalendarAddress
from core import clock
from crm.calendar import feed

EARLIEST = datetime.min.replace(tzinfo=UTC)


class Guesses:
    """Addresses that we never made, asked for by one caller: after so many in a minute, none are
    looked at. An old address of ours is no guess, as a calendar program asks for it for years."""

    most, seconds = 20, 60

    def __init__(self, request: Any) -> None:
        self.key = f"calendar_guesses_{BaseThrottle().get_ident(request)}"

    def are_too_many(self) -> bool:
        return bool(cache.get(self.key, 0) >= self.most)

    def count(self) -> None:
        cache.add(self.key, 0, self.seconds)
        with suppress(ValueError):  # It ended between the two.
            cache.incr(self.key)


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The feed; 304 where the reader has it already, 404 for an address that was revoked."""
    guesses = Guesses(request)
    if guesses.are_too_many():
        return HttpResponse(status=429, headers={"Retry-After": str(guesses.seconds)})
    key = CalendarAddress.key_of(token)
    if key is None:
        guesses.count()
        raise Http404
    found = CalendarAddress.objects.select_related("user").filter(key=key, user__is_active=True)
    address = found.first()
    if address is None:
        raise Http404
    body = feed(address.user, at=clock.now())
    return _answer(request, body, _seen(address, body))


@transaction.atomic
def _seen(address: CalendarAddress, body: bytes) -> CalendarAddress:
    """When the feed last became what it is now, also where something went out of it."""
    digest = hashlib.sha256(body).hexdigest()
    if address.digest != digest:
        # A date knows whole seconds: two states never share one.
        after = address.changed_at and address.changed_at + timedelta(seconds=1)
        address.digest, address.changed_at = digest, max(timezone.now(), after or EARLIEST)
        held = CalendarAddress.objects.filter(pk=address.pk, key=address.key)
        held.update(digest=digest, changed_at=address.changed_at)
    return address


def _answer(request: HttpRequest, body: bytes, address: CalendarAddress) -> HttpResponse:
    assert address.changed_at is not None
    whole = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    whole["Content-Disposition"] = 'inline; filename="stepwise.ics"'
    etag, changed = f'"{address.digest}"', int(address.changed_at.timestamp())
    response = get_conditional_response(request, etag, changed, whole) or whole
    response["ETag"], response["Last-Modified"] = etag, http_date(changed)
    response["Cache-Control"] = "private, max-age=300"
    return response
