"""The opportunity board: columns of cards, and what a drag does."""

from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock, toasts
from core.services.versions import StaleVersion
from pipeline.board_totals import Sums
from pipeline.boards import Board, Column, known_outlooks
from pipeline.forms import DealFilterForm, MoveForm, VersionForm
from pipeline.models import LostReason, Opportunity, Pipeline, Stage
from pipeline.next_steps import next_steps
from pipeline.services.opportunities import move_opportunity, undo_move
from pipeline.views.cards import CardView, card_views
from pipeline.views.opportunities import deal_answer
from pipeline.views.requests import (
    PageRequest,
    first_error,
    named_pipeline,
    pipelines,
    sentence_of,
    visible_deal,
)

PAGE_SIZE = 12
MORE = 40


@dataclass(frozen=True)
class ColumnView:
    """A column of the board, its cards ready to be shown."""

    column: Column
    cards: list[CardView] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many cards "show more" would still bring."""
        return max(self.column.count - len(self.cards), 0)


def board(request: PageRequest) -> HttpResponse:
    """The columns of one pipeline, filtered by the address."""
    choices = pipelines()
    pipeline = named_pipeline(request, choices)
    if pipeline is None:
        return render(request, "pipeline/no_pipeline.html", {"title": _("Deals")})
    form = DealFilterForm(request.GET, user=request.user)
    at = clock.now()
    columns = Board(pipeline, request.user, form.chosen, at).columns(PAGE_SIZE)
    shown = [card for column in columns for card in column.cards]
    views = {view.deal.pk: view for view in _views(request, shown, at)}
    context = {
        "pipeline": pipeline,
        "pipelines": choices,
        "columns": [
            ColumnView(column, [views[card.pk] for card in column.cards]) for column in columns
        ],
        "form": form,
        "is_empty": not any(column.count for column in columns),
        "lost_reasons": LostReason.objects.filter(is_active=True),
    }
    template = "pipeline/_board.html" if request.htmx else "pipeline/board.html"
    return render(request, template, context)


def column_cards(request: PageRequest, pk: int) -> HttpResponse:
    """The cards of a column after those already shown."""
    stage = get_object_or_404(Stage.objects.current().select_related("pipeline"), pk=pk)
    shown, board = _shown(request), _asked_board(request, stage.pipeline)
    cards = board.cards(stage, offset=shown, page_size=MORE)
    total = request.GET.get("of", "")
    left = int(total) - shown - len(cards) if total.isdecimal() and len(total) < 9 else 0
    context = {
        "stage": stage,
        "cards": _views(request, cards, board.at),
        "shown": shown + len(cards),
        "count": total,
        "left": left if len(cards) == MORE else 0,
    }
    return render(request, "pipeline/_cards.html", context)


def _asked_board(request: PageRequest, pipeline: Pipeline) -> Board:
    """As the page asked for it that a request comes from."""
    filters = DealFilterForm(request.GET, user=request.user).chosen
    return Board(pipeline, request.user, filters, clock.now())


def _shown(request: PageRequest) -> int:
    text = request.GET.get("shown", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _views(request: PageRequest, deals: list[Opportunity], at: datetime) -> list[CardView]:
    steps = next_steps(deals, user=request.user, at=at)
    return card_views(deals, at=at, known=known_outlooks(deals), steps=steps)


@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Move a deal to another stage, where it still is as the person saw it."""
    deal = visible_deal(request, pk)
    before = deal.stage
    form = MoveForm(request.POST, deal=deal)
    if not form.is_valid():
        return _answer(request, deal, refused=first_error(form.errors))
    data = form.cleaned_data
    was = _sums_before(request, deal)
    deal.version = data["version"]
    try:
        change = move_opportunity(
            deal, to=data["stage"], by=request.user, lost_reason=data["lost_reason"]
        )
    except (StaleVersion, ValidationError) as error:
        return _answer(request, visible_deal(request, pk), refused=sentence_of(error))
    if change is not None:
        toasts.done(request, _moved_sentence(deal), undo=_undo_address(request, deal))
    return _answer(request, deal, before=before, was=was)


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back the last move, if it is still the one that the person saw."""
    deal = visible_deal(request, pk)
    before = deal.stage
    form = VersionForm(request.GET)
    if not form.is_valid():
        return _answer(request, deal, refused=first_error(form.errors))
    was = _sums_before(request, deal)
    deal.version = form.cleaned_data["version"]
    try:
        undo_move(deal, by=request.user)
    except (StaleVersion, ValidationError) as error:
        return _answer(request, visible_deal(request, pk), refused=sentence_of(error))
    message = _("%(deal)s is back in %(stage)s.")
    toasts.done(request, message % {"deal": deal.name, "stage": deal.stage.label})
    return _answer(request, deal, before=before, was=was, is_moved_by_page=False)


def _answer(
    request: PageRequest,
    deal: Opportunity,
    *,
    before: Stage | None = None,
    was: Sums | None = None,
    refused: str = "",
    is_moved_by_page: bool = True,
) -> HttpResponse:
    """The parts of the asking page that changed: of the board, or of the deal's own page."""
    if refused:
        toasts.refused(request, refused)
    if request.GET.get("on") != "board":
        return deal_answer(request, deal, status=422 if refused else 200)
    board = _asked_board(request, deal.pipeline)
    steps = next_steps([deal], user=request.user, at=board.at)
    columns = board.columns_after(deal, before or deal.stage, was or board.sums_of(deal))
    context = {
        "columns": [ColumnView(column) for column in columns],
        "card": card_views([deal], at=board.at, steps=steps)[0],
        "in_place": is_moved_by_page and not refused,
    }
    status = 422 if refused else 200
    return render(request, "pipeline/_board_parts.html", context, status=status)


def _sums_before(request: PageRequest, deal: Opportunity) -> Sums:
    """What a deal that is about to move adds to the asking board."""
    on_board = request.GET.get("on") == "board"
    return _asked_board(request, deal.pipeline).sums_of(deal) if on_board else {}


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
