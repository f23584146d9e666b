from typing import Any

from django.http import HttpRequest
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
