"""Short messages that appear over the page and can take back what was done."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

OPEN = "open:"


def done(request: HttpRequest, text: str, *, undo: str = "", to: str = "") -> None:
    """Say what was done; ``undo`` is the address whose POST takes it back, ``to`` the page of what
    was made, where the person stays elsewhere."""
    _say(request, messages.SUCCESS, text, " ".join(filter(None, [undo, _open(to)])))


def refused(request: HttpRequest, text: str, *, to: str = "") -> None:
    """Say why nothing was done; ``to`` is the page of what stands in the way."""
    _say(request, messages.ERROR, text, _open(to))


def said(request: HttpRequest) -> list[tuple[int, str, str]]:
    """What this request has said, in a form that `say_again` takes."""
    return getattr(request, "said", [])


def say_again(request: HttpRequest, what: Iterable[Any]) -> None:
    for level, text, tags in what:
        _say(request, level, text, tags)


def wait(response: HttpResponse) -> HttpResponse:
    """Leave what was said to the page that comes next: this answer is a dialog over the old one."""
    response.toasts_wait = True  # type: ignore[attr-defined]
    return response


def _open(address: str) -> str:
    return address and f"{OPEN}{address}"


def _say(request: HttpRequest, level: int, text: str, tags: str) -> None:
    messages.add_message(request, level, text, extra_tags=tags)
    request.said = [*said(request), (level, str(text), tags)]  # type: ignore[attr-defined]
