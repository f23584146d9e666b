"""Forms that make something carry a one-time key, so that sending one again makes nothing twice.

A line that breaks after the server has written leaves whoever pressed Save without an answer. The
form, its draft too, still has the key it was sent with, and `once` sees what comes under it again:

- The same once more is answered as it was the first time.
- Something else, as the note was amended before the second Save, is refused with a link to what is
  there. Writing it would make a second record of one call; putting it into the first would change a
  record that its person has not seen, and that others may have changed meanwhile. What was typed
  stays in the form and in its draft. Whoever does want another one opens the form anew: an answer
  was received, so the draft no longer holds the key.

The key is dropped with the keys of the API, after two days.
"""

import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import retarget

from core import toasts
from core.models import IdempotencyKey
from core.services.once import fingerprint, kept_answer

FIELD = "once"
LONGEST = 64
# Of the same request sent again, another one each time.
PASSING = (FIELD, "csrfmiddlewaretoken")

V = TypeVar("V", bound=Callable[..., HttpResponse])


def new_key() -> str:
    return secrets.token_urlsafe(16)


def key_of(request: HttpRequest) -> str:
    """The key under which the form of ``request`` is done once; empty where it has none."""
    key = request.POST.get(FIELD, "")
    return f"form:{key}" if key.isprintable() and 0 < len(key) <= LONGEST else ""


def made(response: HttpResponse, *, at: str) -> HttpResponse:
    """Say where that which ``response`` tells of is looked at, where it leads elsewhere."""
    response.made_at = at  # type: ignore[attr-defined]
    return response


def once(view: V) -> V:
    """Do what a form with a key asks for once; see above for what is answered later.

    ``view`` answers what it has done without a page, by a redirect or an empty answer: that is
    kept, with what it has said. A page is a refusal, which had no effect.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = key_of(request) if request.method == "POST" else ""
        if not key:
            return view(request, *args, **kwargs)
        user: Any = request.user
        print_ = fingerprint(request, without=PASSING)
        with transaction.atomic():
            if kept := kept_answer(user.pk, key, waits=True):
                return _answered(request, kept, print_)
            response = view(request, *args, **kwargs)
            if response.status_code in (204, 302):
                IdempotencyKey.objects.create(
                    user=user, key=key, fingerprint=print_, **_to_keep(request, response)
                )
        return response

    return answer  # type: ignore[return-value]


def _to_keep(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    headers = {
        name: value
        for name, value in response.items()
        if name == "Location" or name.startswith("HX-")
    }
    at = getattr(response, "made_at", headers.get("Location", ""))
    said = toasts.said(request)
    body = json.dumps({"headers": headers, "said": said, "at": at})
    return {"status": response.status_code, "body": body, "content_type": "application/json"}


def _answered(request: HttpRequest, kept: IdempotencyKey, print_: str) -> HttpResponse:
    stored = json.loads(kept.body)
    if kept.fingerprint == print_:
        toasts.say_again(request, stored["said"])
        return HttpResponse(status=kept.status, headers=stored["headers"])
    text = _("This was saved already, without your last changes. Open it to make them there.")
    if not getattr(request, "htmx", False):
        toasts.refused(request, text, to=stored["at"])
        return redirect(request.get_full_path())
    # Into the form as it stands: what lies over the page cannot be pressed beside a dialog.
    told = {"text": text, "at": stored["at"]}
    answer = render(request, "core/_saved_already.html", told)
    answer["HX-Reswap"] = "afterbegin show:top"
    return retarget(answer, "this")
