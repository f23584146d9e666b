from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_dialog(
    request: HttpRequest, part: str, context: dict[str, Any], *, title: str
) -> HttpResponse:
    """A form in the dialog, or on a page of its own where it was opened without htmx."""
    page = part if getattr(request, "htmx", False) else "core/form_page.html"
    return render(request, page, context | {"part": part, "title": title})
