"""The opportunity board: columns of cards."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from core import clock
from pipeline.boards import Board, known_outlooks
from pipeline.filter_forms import DealFilterForm
from pipeline.models import LostReason, Opportunity, Pipeline, Stage
from pipeline.next_steps import next_steps
from pipeline.views.board_cards import BoardCard, board_cards
from pipeline.views.board_columns import MORE, ColumnView, more_label, more_url
from pipeline.views.cards import card_views
from pipeline.views.requests import (
    PageRequest,
    named_pipeline,
    pipelines,
)

PAGE_SIZE = 10


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
            ColumnView(request, column, [views[card.pk] for card in column.cards])
            for column in columns
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
    shown, board = _shown(request), asked_board(request, stage.pipeline)
    cards = board.cards(stage, offset=shown, page_size=MORE)
    total = request.GET.get("of", "")
    left = int(total) - shown - len(cards) if total.isdecimal() and len(total) < 9 else 0
    context = {
        "cards": _views(request, cards, board.at),
        "more": more_label(left if len(cards) == MORE else 0),
        "more_url": more_url(request, stage, shown + len(cards), total),
    }
    return render(request, "pipeline/more_cards.jinja", context, using="jinja2")


def asked_board(request: PageRequest, pipeline: Pipeline) -> Board:
    """As the page asked for it that a request comes from."""
    filters = DealFilterForm.chosen_in(request.GET, user=request.user)
    return Board(pipeline, request.user, filters, clock.now())


def _shown(request: PageRequest) -> int:
    text = request.GET.get("shown", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _views(request: PageRequest, deals: list[Opportunity], at: datetime) -> list[BoardCard]:
    steps = next_steps(deals, user=request.user, at=at)
    return board_cards(card_views(deals, at=at, known=known_outlooks(deals), steps=steps))
