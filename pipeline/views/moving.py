"""Moving a deal, from the board or its own page, and what a move asks for first."""

from copy import copy
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from core import toasts
from core.dialogs import render_dialog
from core.services.versions import StaleVersion
from crm.known_fields import MissingFields, missing_fields
from pipeline.board_totals import Sums
from pipeline.boards import Board
from pipeline.entry_forms import EntryForm
from pipeline.forms import MoveForm, VersionForm
from pipeline.models import Opportunity, Stage
from pipeline.next_steps import next_steps
from pipeline.services.opportunities import move_opportunity, undo_move, update_opportunity
from pipeline.views.board import ColumnView, asked_board
from pipeline.views.board_cards import board_cards
from pipeline.views.cards import card_views
from pipeline.views.opportunities import deal_answer
from pipeline.views.requests import (
    PageRequest,
    add_errors,
    first_error,
    sentence_of,
    visible_deal,
)


@dataclass(frozen=True)
class Standing:
    """Where a deal stands on the asking board, and what it adds to the sums there."""

    stage: Stage
    board: Board
    sums: Sums

    @classmethod
    def of(cls, request: PageRequest, deal: Opportunity) -> "Standing | None":
        """None where a page without a board asks."""
        if request.GET.get("on") != "board":
            return None
        board = asked_board(request, deal.pipeline)
        return cls(deal.stage, board, board.sums_of(deal))


@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Move a deal to another stage, where it still is as the person saw it."""
    deal = visible_deal(request, pk)
    form = MoveForm(request.POST, deal=deal)
    if not form.is_valid():
        return _answer(request, deal, refused=first_error(form.errors))
    data = form.cleaned_data
    before = Standing.of(request, deal)
    deal.version = data["version"]
    try:
        change = move_opportunity(
            deal, to=data["stage"], by=request.user, lost_reason=data["lost_reason"]
        )
    except MissingFields:
        return _ask(request, visible_deal(request, pk))
    except (StaleVersion, ValidationError) as error:
        return _answer(request, visible_deal(request, pk), refused=sentence_of(error))
    if change is not None:
        toasts.done(request, _moved_sentence(deal), undo=_undo_address(request, deal))
    return _answer(request, deal, before=before)


def enter(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for what a stage wants to be known, and move the deal there once it is typed."""
    deal = visible_deal(request, pk)
    move = MoveForm(request.POST or request.GET, deal=deal)
    if not move.is_valid():
        return _answer(request, deal, refused=first_error(move.errors))
    names = missing_fields(deal, move.cleaned_data["stage"].required_fields)
    form = EntryForm(request.POST or None, instance=copy(deal), names=names)
    before = Standing.of(request, deal)
    if request.method == "POST" and form.is_valid() and _entered(request, deal, move, form):
        toasts.done(request, _moved_sentence(deal), undo=_undo_address(request, deal))
        moved = visible_deal(request, pk)
        answer = _answer(request, moved, before=before, is_moved_by_page=False)
        return trigger_client_event(answer, "closeDialog", after="swap")
    context = {"form": form, "move": move, "deal": deal, "stage": move.cleaned_data["stage"]}
    title = _("Before it enters “%(stage)s”") % {"stage": context["stage"].label}
    answer = render_dialog(request, "pipeline/_enter_stage.html", context, title=title)
    answer.status_code = 422 if form.is_bound else 200
    return answer


def _entered(request: PageRequest, deal: Opportunity, move: MoveForm, form: EntryForm) -> bool:
    """Write what was typed and move the deal, both or neither; errors go to the form."""
    data = move.cleaned_data
    deal.version = data["version"]
    try:
        with transaction.atomic():
            update_opportunity(deal, by=request.user, **form.cleaned_data)
            reason = data["lost_reason"]
            move_opportunity(deal, to=data["stage"], by=request.user, lost_reason=reason)
    except StaleVersion as error:
        form.add_error(None, str(error))
        # Sending it again is a decision, made on what is stored now.
        version = str(visible_deal(request, deal.pk).version)
        move.data = {**move.data.dict(), "version": version}  # type: ignore[attr-defined]
    except ValidationError as error:
        add_errors(form, error)
    return not form.errors


def _ask(request: PageRequest, deal: Opportunity) -> HttpResponse:
    """The card goes back to where it was until the dialog that opens is filled in."""
    query = request.GET.copy()
    for name in ("stage", "lost_reason"):
        query[name] = request.POST.get(name, "")
    query["version"] = str(deal.version)
    address = f"{reverse('pipeline:enter', args=[deal.pk])}?{query.urlencode()}"
    if not request.htmx:
        return redirect(address)
    answer = _answer(request, deal, is_moved_by_page=False)
    answer.status_code = 422
    return trigger_client_event(answer, "askFields", {"url": address})


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back the last move, if it is still the one that the person saw."""
    deal = visible_deal(request, pk)
    form = VersionForm(request.GET)
    if not form.is_valid():
        return _answer(request, deal, refused=first_error(form.errors))
    before = Standing.of(request, deal)
    deal.version = form.cleaned_data["version"]
    try:
        undo_move(deal, by=request.user)
    except (StaleVersion, ValidationError) as error:
        return _answer(request, visible_deal(request, pk), refused=sentence_of(error))
    message = _("%(deal)s is back in %(stage)s.")
    toasts.done(request, message % {"deal": deal.name, "stage": deal.stage.label})
    return _answer(request, deal, before=before, is_moved_by_page=False)


def _answer(
    request: PageRequest,
    deal: Opportunity,
    *,
    before: Standing | None = None,
    refused: str = "",
    is_moved_by_page: bool = True,
) -> HttpResponse:
    """The parts of the asking page that changed: of the board, or of the deal's own page."""
    if refused:
        toasts.refused(request, refused)
    before = before or Standing.of(request, deal)
    if before is None:
        return deal_answer(request, deal, status=422 if refused else 200)
    board = before.board
    steps = next_steps([deal], user=request.user, at=board.at)
    columns = board.columns_after(deal, before.stage, before.sums)
    views = card_views([deal], at=board.at, known={deal.pk: board.outlook(deal)}, steps=steps)
    context = {
        "columns": [ColumnView(column) for column in columns],
        "deal": deal,
        "cards": board_cards(views),
        "in_place": is_moved_by_page and not refused,
    }
    status = 422 if refused else 200
    return render(request, "pipeline/_board_parts.html", context, status=status)


def _moved_sentence(deal: Opportunity) -> str:
    values = {"deal": deal.name, "stage": deal.stage.label}
    if deal.stage.is_won:
        return _("Won: %(deal)s. Well done!") % values
    if deal.stage.is_lost:
        return _("Lost: %(deal)s.") % values
    return _("%(deal)s moved to %(stage)s.") % values


def _undo_address(request: PageRequest, deal: Opportunity) -> str:
    query = request.GET.copy()
    query["version"] = str(deal.version)
    return f"{reverse('pipeline:undo', args=[deal.pk])}?{query.urlencode()}"
