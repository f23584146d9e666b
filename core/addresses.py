from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def safe_address(url: str, request: HttpRequest) -> str:
    """``url`` where it is our own, else the first page: nobody is sent elsewhere by a form."""
    allowed = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if allowed else "/"


def here(request: HttpRequest) -> str:
    """The page on which a button was pressed."""
    exchange: Any = getattr(request, "htmx", None)
    url = (exchange and exchange.current_url) or request.headers.get("Referer") or ""
    return safe_address(url, request)


def stay(request: HttpRequest) -> HttpResponse:
    """The page on which a button was pressed, shown anew where the reader had scrolled to."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(here(request))


def changed_query(request: HttpRequest, **changes: Any) -> str:
    """The page's query string with ``changes``; ``None`` or an empty text takes a key away."""
    params = request.GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}"
