"""What a stage asks for before a deal enters it, in a dialog over the board or the deal's page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from core import toasts
from core.dialogs import render_dialog
from core.services.versions import StaleVersion
from pipeline.entry_forms import Entry
from pipeline.forms import MoveForm
from pipeline.models import Opportunity, Stage
from pipeline.services.entries import enter_stage
from pipeline.views.moving import Standing, answer_move, moved_sentence, undo_address
from pipeline.views.requests import PageRequest, add_errors, first_error, visible_deal


def enter(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for what a stage wants to be known, and move the deal there once it is typed."""
    deal = visible_deal(request, pk)
    move = MoveForm(request.POST or request.GET, deal=deal)
    if not move.is_valid():
        return answer_move(request, deal, refused=first_error(move.errors))
    stage = move.cleaned_data["stage"]
    entry = Entry(request.POST or None, deal=deal, stage=stage)
    if hindrance := entry.hindrance(request.user):
        return _dialog(
            request, "pipeline/_cannot_enter.html", stage, {"hindrance": hindrance, "deal": deal}
        )
    before = Standing.of(request, deal)
    if request.method == "POST" and entry.is_valid() and _entered(request, entry, move):
        toasts.done(request, moved_sentence(deal), undo=undo_address(request, deal))
        if _is_page_of_its_own(request):
            return redirect(_page_beneath(request, deal))
        moved = visible_deal(request, pk)
        answer = answer_move(request, moved, before=before, is_moved_by_page=False)
        return trigger_client_event(answer, "closeDialog", after="swap")
    context = {"entry": entry, "move": move, "deal": entry.deal}
    return _dialog(request, "pipeline/_enter_stage.html", stage, context)


def _is_page_of_its_own(request: PageRequest) -> bool:
    """Whoever had to sign in anew has the form alone before them, without a page to update."""
    return not request.htmx or request.htmx.current_url_abs_path == request.get_full_path()


def _page_beneath(request: PageRequest, deal: Opportunity) -> str:
    """The board as it was filtered, or the deal's page."""
    query = request.GET.copy()
    if query.pop("on", None) != ["board"]:
        return deal.get_absolute_url()
    for name in ("stage", "lost_reason", "version"):
        query.pop(name, None)
    return f"{reverse('pipeline:board')}?{query.urlencode()}".rstrip("?")


def _dialog(request: PageRequest, part: str, stage: Stage, context: dict[str, Any]) -> HttpResponse:
    title = _("Before it enters “%(stage)s”") % {"stage": stage.label}
    answer = render_dialog(request, part, context, title=title)
    answer.status_code = 422 if request.method == "POST" else 200
    return answer


def _entered(request: PageRequest, entry: Entry, move: MoveForm) -> bool:
    """Write what was typed and move the deal, all or nothing; errors go to the forms."""
    deal, data, of_customer = entry.deal, move.cleaned_data, None
    deal.version = data["version"]
    if deal.customer and entry.of_customer:
        deal.customer.version = entry.of_customer.cleaned_data["version"]
        of_customer = entry.of_customer.values()
    try:
        enter_stage(
            deal,
            to=data["stage"],
            by=request.user,
            lost_reason=data["lost_reason"],
            of_deal=entry.of_deal.cleaned_data,
            of_customer=of_customer,
        )
    except StaleVersion:
        _overtaken(entry, move, visible_deal(request, deal.pk))
    except ValidationError as error:
        add_errors(entry.of_deal, error)
    return not entry.has_errors


def _overtaken(entry: Entry, move: MoveForm, stored: Opportunity) -> None:
    """Say which of the two somebody changed; sent again, it is meant for what is stored now."""
    entry.deal, form = stored, entry.of_customer
    if form and stored.customer and stored.customer.version != form.cleaned_data["version"]:
        form.overtaken(stored.customer)
    if stored.version != move.cleaned_data["version"] or not entry.has_errors:
        entry.of_deal.overtaken(stored)
        move.data = {**move.data.dict(), "version": str(stored.version)}  # type: ignore[attr-defined]
