"""Deals as a list, and one deal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from core import clock, toasts
from core.pages import BoundedPaginator
from core.services.versions import StaleVersion
from crm.undo_words import question_before_undo
from pipeline.filter_forms import ListFilterForm
from pipeline.forms import OwnProbabilityForm
from pipeline.health import health_of_deal, is_past
from pipeline.models import LostReason, Opportunity, StageChange
from pipeline.next_steps import next_steps
from pipeline.outlooks import outlooks
from pipeline.plays import play_of_deal
from pipeline.services.opportunities import archive_opportunity, restore_opportunity
from pipeline.views.cards import card_views
from pipeline.views.chances import chance_view
from pipeline.views.deal_lists import deal_rows
from pipeline.views.list_rows import list_rows
from pipeline.views.requests import (
    PageRequest,
    named_pipeline,
    pipelines,
    sentence_of,
    visible_deal,
)
from pipeline.views.timeline import timeline

ROWS = 50


def opportunity_list(request: PageRequest) -> HttpResponse:
    """The deals of a pipeline as rows, filtered and sorted by the address."""
    choices = pipelines()
    pipeline = named_pipeline(request, choices)
    if pipeline is None:
        return render(request, "pipeline/no_pipeline.html", {"title": _("Deals")})
    stages = list(pipeline.stages.all())
    form = ListFilterForm(request.GET, user=request.user, pipeline=pipeline, stages=stages)
    sort = request.GET.get("sort", "")
    deals = deal_rows(pipeline, request.user, stages=stages, filters=form.chosen, sort=sort)
    page = BoundedPaginator(deals, ROWS).get_page(request.GET.get("page"))
    at = clock.now()
    shown = list(page.object_list)
    by_id = {stage.pk: stage for stage in stages}
    for deal in shown:
        deal.stage = by_id[deal.stage_id]
    known = outlooks(shown, at=at, with_reasons=False)
    context = {
        "pipeline": pipeline,
        "pipelines": choices,
        "form": form,
        "page": page,
        "sort": sort,
        "rows": list_rows(card_views(shown, at=at, known=known)),
    }
    template = "pipeline/_opportunities.html" if request.htmx else "pipeline/opportunities.html"
    return render(request, template, context)


def opportunity(request: PageRequest, pk: int) -> HttpResponse:
    """One deal with its history."""
    deal = visible_deal(request, pk)
    return render(request, "pipeline/opportunity.html", deal_context(deal, user=request.user))


def deal_context(
    deal: Opportunity, *, user: User, own_form: OwnProbabilityForm | None = None
) -> dict[str, Any]:
    at = clock.now()
    known = outlooks([deal], at=at)
    moves = deal.stage_changes.live().select_related("from_stage", "to_stage")
    latest = list(moves.order_by("-at", "-id")[:2])
    can_undo = len(latest) > 1
    step = next_steps([deal], user=user, at=at).get(deal.pk)
    card = card_views([deal], at=at, known=known)[0]
    return {
        "deal": deal,
        "card": card,
        "is_past": is_past(deal, at),
        "health": health_of_deal(
            deal, age=card.age, age_sentence=card.age_sentence, step=step, at=at
        ),
        "chance": chance_view(deal, known[deal.pk], form=own_form),
        "stages": list(deal.pipeline.stages.current()),
        "lost_reasons": LostReason.objects.filter(is_active=True),
        "timeline": timeline(deal),
        "play": play_of_deal(deal, user),
        "can_undo": can_undo,
        "undo_question": _undo_question(latest[0]) if can_undo else "",
    }


def _undo_question(move: StageChange) -> str:
    return question_before_undo(f"{move.from_stage} → {move.to_stage}", move.at)


def deal_answer(request: PageRequest, deal: Opportunity, *, status: int = 200) -> HttpResponse:
    """The deal's part of its page, to take the place of the one shown."""
    if not request.htmx:
        return redirect("pipeline:opportunity", deal.pk)
    context = deal_context(deal, user=request.user) | {"oob": True}
    return render(request, "pipeline/_opportunity.html", context, status=status)


@require_POST
def archive(request: PageRequest, pk: int) -> HttpResponse:
    """Take a deal out of boards and lists."""
    deal = visible_deal(request, pk)
    try:
        archive_opportunity(deal, by=request.user)
    except StaleVersion as error:
        toasts.refused(request, str(error))
        return deal_answer(request, visible_deal(request, pk), status=422)
    undo = reverse("pipeline:restore_opportunity", args=[pk])
    toasts.done(request, _("%(deal)s is archived.") % {"deal": deal.name}, undo=undo)
    return deal_answer(request, deal)


@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring an archived deal back."""
    deal = visible_deal(request, pk)
    try:
        restore_opportunity(deal, by=request.user)
    except (StaleVersion, ValidationError) as error:
        toasts.refused(request, sentence_of(error))
        return deal_answer(request, visible_deal(request, pk), status=422)
    toasts.done(request, _("%(deal)s is back.") % {"deal": deal.name})
    return deal_answer(request, deal)
