"""Moving a deal, from the board or its own page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from core import toasts
from core.services.versions import StaleVersion
from crm.known_fields import MissingFields
from pipeline.board_totals import Sums
from pipeline.boards import Board
from pipeline.forms import MoveForm, VersionForm
from pipeline.models import Opportunity, Stage, StageChange
from pipeline.next_steps import next_steps
from pipeline.services.opportunities import move_opportunity, redo_move, undo_move
from pipeline.views.board import asked_board
from pipeline.views.board_cards import board_cards
from pipeline.views.board_columns import ColumnView
from pipeline.views.cards import card_views
from pipeline.views.opportunities import deal_answer
from pipeline.views.requests import (
    ON_A_CARD,
    ON_ITS_PAGE,
    PageRequest,
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
        if not _is_on_board(request):
            return None
        board = asked_board(request, deal.pipeline)
        return cls(deal.stage, board, board.sums_of(deal))


@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Move a deal to another stage, where it still is as the person saw it."""
    deal = visible_deal(request, pk, ON_A_CARD if _is_on_board(request) else ON_ITS_PAGE)
    form = MoveForm(request.POST, deal=deal)
    if not form.is_valid():
        return answer_move(request, deal, refused=first_error(form.errors))
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
        return answer_move(request, visible_deal(request, pk), refused=sentence_of(error))
    if change is not None:
        toasts.done(request, moved_sentence(deal), undo=undo_address(request, deal))
    return answer_move(request, deal, before=before)


def _ask(request: PageRequest, deal: Opportunity) -> HttpResponse:
    """The card goes back to where it was until the dialog that opens is filled in."""
    query = request.GET.copy()
    for name in ("stage", "lost_reason"):
        query[name] = request.POST.get(name, "")
    query["version"] = str(deal.version)
    address = f"{reverse('pipeline:enter', args=[deal.pk])}?{query.urlencode()}"
    if not request.htmx:
        return redirect(address)
    answer = answer_move(request, deal, is_moved_by_page=False)
    answer.status_code = 422
    return trigger_client_event(answer, "askFields", {"url": address})


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back the last move, if it is still the one that the person saw."""

    def act(deal: Opportunity) -> None:
        undone = undo_move(deal, by=request.user)
        message = _("%(deal)s is back in %(stage)s.")
        text = message % {"deal": deal.name, "stage": deal.stage.label}
        toasts.done(request, text, undo=_address(request, "redo", deal, undone.pk))

    return _with_seen(request, visible_deal(request, pk), act)


@require_POST
def redo(request: PageRequest, pk: int, change: int) -> HttpResponse:
    """Let the move that was taken back hold again, if nothing was done with the deal since."""
    deal = visible_deal(request, pk)
    undone = get_object_or_404(StageChange.objects.filter(opportunity=deal), pk=change)

    def act(deal: Opportunity) -> None:
        redo_move(deal, undone, by=request.user)
        toasts.done(request, moved_sentence(deal), undo=undo_address(request, deal))

    return _with_seen(request, deal, act)


def _with_seen(
    request: PageRequest, deal: Opportunity, act: Callable[[Opportunity], None]
) -> HttpResponse:
    """Do ``act`` with the deal in the version that the person saw, or say why not."""
    form = VersionForm(request.GET)
    if not form.is_valid():
        return answer_move(request, deal, refused=first_error(form.errors))
    before = Standing.of(request, deal)
    deal.version = form.cleaned_data["version"]
    try:
        act(deal)
    except (StaleVersion, ValidationError) as error:
        return answer_move(request, visible_deal(request, deal.pk), refused=sentence_of(error))
    return answer_move(request, deal, before=before, is_moved_by_page=False)


def answer_move(
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
        "columns": [ColumnView(request, column) for column in columns],
        "deal": deal,
        "cards": board_cards(views),
        "in_place": is_moved_by_page and not refused,
    }
    status = 422 if refused else 200
    return render(request, "pipeline/moved.jinja", context, status=status, using="jinja2")


def _is_on_board(request: PageRequest) -> bool:
    return request.GET.get("on") == "board"


def moved_sentence(deal: Opportunity) -> str:
    values = {"deal": deal.name, "stage": deal.stage.label}
    if deal.stage.is_won:
        return _("Won: %(deal)s. Well done!") % values
    if deal.stage.is_lost:
        return _("Lost: %(deal)s.") % values
    return _("%(deal)s moved to %(stage)s.") % values


def undo_address(request: PageRequest, deal: Opportunity) -> str:
    return _address(request, "undo", deal)


def _address(request: PageRequest, name: str, deal: Opportunity, *args: int) -> str:
    query = request.GET.copy()
    query["version"] = str(deal.version)
    return f"{reverse(f'pipeline:{name}', args=[deal.pk, *args])}?{query.urlencode()}"
