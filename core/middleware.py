import json
from collections.abc import Callable

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from core import clock
from core.toasts import OPEN

GetResponse = Callable[[HttpRequest], HttpResponse]


class ClockMiddleware:
    """One business time for all of a request, read once."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with clock.read_once():
            return self.get_response(request)


class PageExchangeMiddleware:
    """Lets a view answer a page and an htmx exchange alike.

    A redirect becomes a navigation of the whole page instead of a page inside a fragment, and
    messages become toasts of the page that is already there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # One address gives two answers; a browser must not show the fragment on "back".
        patch_vary_headers(response, ["HX-Request"])
        if not getattr(request, "htmx", False):
            return response
        if response.status_code in (301, 302, 303):
            return _navigation(response)
        if not _is_followed(response) and response.status_code < 500:
            _add_toasts(request, response)
        return response


def toast_of(message: Message) -> dict[str, str]:
    """What the page needs to show a message; ``undo`` is the address that takes it back, ``open``
    that of what it is about."""
    told = {"text": str(message.message), "level": message.level_tag, "undo": "", "open": ""}
    for address in (message.extra_tags or "").split():
        leads = address.startswith(OPEN)
        told["open" if leads else "undo"] = address.removeprefix(OPEN)
    return told


def _is_followed(response: HttpResponse) -> bool:
    """Whether another page comes, which shows the messages."""
    by_header = "HX-Redirect" in response or "HX-Refresh" in response
    return by_header or getattr(response, "toasts_wait", False)


def _navigation(response: HttpResponse) -> HttpResponse:
    followed = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
    followed.cookies = response.cookies
    return followed


def _add_toasts(request: HttpRequest, response: HttpResponse) -> None:
    toasts = [toast_of(message) for message in get_messages(request)]
    if toasts:
        events = json.loads(response.get("HX-Trigger", "{}"))
        response["HX-Trigger"] = json.dumps(events | {"toast": {"toasts": toasts}})
