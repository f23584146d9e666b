from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from core import toasts
from core.once import made


def render_dialog(
    request: HttpRequest, part: str, context: dict[str, Any], *, title: str
) -> HttpResponse:
    """A form in the dialog, or on a page of its own where it was opened without htmx."""
    page = part if getattr(request, "htmx", False) else "core/form_page.html"
    return render(request, page, context | {"part": part, "title": title})


def leave_dialog(request: HttpRequest, text: str, *, to: str) -> HttpResponse:
    """Say what was made, and go to it; who has typed into the page beneath stays there."""
    if getattr(request, "htmx", False) and "X-Form-In-Hand" in request.headers:
        toasts.done(request, text, to=to)
        return made(trigger_client_event(HttpResponse(status=204), "closeDialog"), at=to)
    toasts.done(request, text)
    return redirect(to)
