"""Short messages that appear over the page and can take back what was done."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

OPEN = "open:"


def done(request: HttpRequest, text: str, *, undo: str = "", to: str = "") -> None:
    """Say what was done; ``undo`` is the address whose POST takes it back, ``to`` the page of what
    was made, where the person stays elsewhere."""
    messages.success(request, text, extra_tags=undo or (to and f"{OPEN}{to}"))


def refused(request: HttpRequest, text: str) -> None:
    """Say why nothing was done."""
    messages.error(request, text)


def wait(response: HttpResponse) -> HttpResponse:
    """Leave what was said to the page that comes next: this answer is a dialog over the old one."""
    response.toasts_wait = True  # type: ignore[attr-defined]
    return response
