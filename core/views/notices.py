import json
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core import toasts
from core.addresses import stay
from core.models import Notice
from core.sentences import sentence_of
from core.services.notices import mark_read, read_all

IN_BELL, ON_PAGE = 8, 30
# What htmx takes as: do not ask again.
STOP_POLLING = 286


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """All notices of a person, a page at a time; in the bell the latest."""
    rows = Notice.objects.of(request.user)
    if is_in_bell(request):
        return bell(request)
    if request.GET.get("show") == "unread":
        rows = rows.unread()
    page = Paginator(rows, ON_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "shown": _shown(page), "unread_only": request.GET.get("show")}
    return render(request, "core/notices.html", context)


def is_in_bell(request: HttpRequest) -> bool:
    return bool(request.htmx.target == "notices")  # type: ignore[attr-defined]


def bell(request: HttpRequest) -> HttpResponse:
    """The latest notices as they are now, and the number on the bell with them."""
    rows = Notice.objects.of(request.user)[:IN_BELL]
    response = render(request, "core/_notices.html", {"shown": _shown(rows)})
    response["HX-Trigger"] = json.dumps({"noticesChanged": True})
    return response


def _shown(rows: Any) -> list[dict[str, Any]]:
    return [{"notice": row, "text": sentence_of(row)} for row in rows]


@require_GET
def unread(request: HttpRequest) -> HttpResponse:
    """The number on the bell, asked for now and then. A session that is over leads nowhere: the
    page may hold something that is typed and not saved."""
    if not request.user.is_authenticated:
        return HttpResponse(status=STOP_POLLING)
    return render(request, "core/_unread.html")


@require_GET
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where a notice leads; that is reading it."""
    notice = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    mark_read(notice)
    return redirect(notice.url or "core:notices")


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read, or with ``unread`` as one to be read again."""
    notice = get_object_or_404(Notice.objects.of(request.user), pk=pk)
    mark_read(notice, read="unread" not in request.POST)
    return bell(request) if is_in_bell(request) else stay(request)


@require_POST
def read_every(request: HttpRequest) -> HttpResponse:
    number = len(read_all(request.user))
    if number:
        text = ngettext("%(n)s notice is read.", "%(n)s notices are read.", number)
        toasts.done(request, text % {"n": number})
    else:
        toasts.done(request, _("There was nothing unread."))
    return bell(request) if is_in_bell(request) else stay(request)
