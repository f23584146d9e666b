from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_dialog(request: HttpRequest, part: str, context: dict[str, Any]) -> HttpResponse:
    """A form in the dialog, or on a page of its own where it was opened without htmx.

    A form that comes back from a POST was refused: 422, which htmx swaps all the same.
    """
    page = part if getattr(request, "htmx", False) else "core/form_page.html"
    status = 422 if request.method == "POST" else 200
    return render(request, page, context | {"part": part}, status=status)
