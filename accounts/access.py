"""Pages that only some may open look missing to the others."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse

from accounts.requests import PersonRequest

View = Callable[..., HttpResponse]


def admins_only(view: View) -> View:
    return _only(lambda user: user.is_admin, view)


def managers_only(view: View) -> View:
    return _only(lambda user: user.is_manager, view)


def _only(may: Callable[[Any], bool], view: View) -> View:
    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
