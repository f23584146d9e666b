"""The model card: how far off the forecasts of a pipeline would have been in the past."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.models import DirtyFlag, Job
from pipeline import card_words
from pipeline.failures import reason_of
from pipeline.model_card import COUNTED, LEADS, card_document
from pipeline.models import Backtest, Pipeline
from pipeline.own_scores import own_probability_scores
from pipeline.services.backtest_requests import (
    KIND,
    flag_name,
    is_of_an_earlier_month,
    request_backtest,
)
from pipeline.views import card_figures
from pipeline.views.requests import SEEN, PageRequest, named_pipeline, pipelines


def model_card(request: PageRequest) -> HttpResponse:
    """The newest card: sentences, forecast beside actual, errors beside the naive rules."""
    choices = pipelines()
    pipeline = named_pipeline(request, choices)
    if pipeline is None:
        return render(request, "pipeline/no_pipeline.html", {"title": _("Model card")})
    card = Backtest.objects.latest_for(pipeline)
    state = _state(request, pipeline)
    if state["is_coming"] and request.headers.get(SEEN) == _seen(card):
        # What is being read is not taken from under the reader's eyes for the same again.
        return HttpResponse(status=204)
    context = {"pipeline": pipeline, "pipelines": choices, **state, **_card_context(request, card)}
    if card is not None:
        own = own_probability_scores(pipeline, user=request.user)
        owners = own.by_owner if own.total.n else ()
        context |= {"own": card_words.own(own.total), "owners": owners}
    template = "pipeline/_model_card.html" if request.htmx else "pipeline/model_card.html"
    return render(request, template, context)


@require_POST
def judge(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for a new card; the answer tells how far it is."""
    if not request.user.is_manager:
        raise PermissionDenied
    pipeline = get_object_or_404(Pipeline, pk=pk)
    job = request_backtest(pipeline, by=request.user)
    if not request.htmx:
        return redirect(f"{reverse('pipeline:model_card')}?pipeline={pk}")
    return render(request, "core/_job.html", {"job": job})


def _state(request: PageRequest, pipeline: Pipeline) -> dict[str, Any]:
    """Whether a newer card is on its way, and what is in the way of it."""
    failure = reason_of(flag_name(pipeline.pk))
    job = _own_job(request, pipeline)
    return {
        "failure": failure,
        "job": job,
        "is_coming": not failure and not job and _is_asked_for(pipeline),
        "may_ask": request.user.is_manager,
    }


def _card_context(request: PageRequest, card: Backtest | None) -> dict[str, Any]:
    context = {"card": card, "seen": _seen(card)}
    if card is None:
        return context
    is_stale = is_of_an_earlier_month(card)
    return context | {"is_stale": is_stale, **_shown(request, card_document(card))}


def _shown(request: PageRequest, document: dict[str, Any]) -> dict[str, Any]:
    """What the page says of a card, in the chosen unit and given the chosen leads."""
    shown = {"document": document, "history_from": _day(document["history_from"])}
    if not document["enough"]:
        return shown | {"missing": card_words.missing(document)}
    counted = _chosen(request, "counted", COUNTED)
    leads = _chosen(request, "leads", LEADS)
    if document[counted] is None:
        counted = "wins"
    comparison = document[counted][leads]
    return shown | {
        "counted": counted,
        "leads": leads,
        "counted_choices": [(key, word) for key, word in card_words.COUNTED.items()],
        "leads_choices": [(key, word) for key, word in card_words.LEADS.items()],
        "sentences": card_words.summary(document, counted=counted, leads=leads),
        "ahead": card_words.ahead(document),
        "value_refused": card_words.value_refused(document),
        "chances": card_words.chances(document),
        "first_origin": _day(document["origins"][0]),
        "last_origin": _day(document["origins"][-1]),
        "rules": card_figures.rule_rows(comparison),
        "windows": card_figures.window_rows(document, counted, leads),
        "picture": card_figures.forecast_picture(document, counted, leads),
        "reliability": document["reliability"],
        "reliability_picture": card_figures.reliability_picture(document),
    }


def _chosen(request: PageRequest, name: str, choices: tuple[str, ...]) -> str:
    """What the address asks for, or the first there is."""
    value = request.GET.get(name, choices[0])
    if value not in choices:
        raise Http404
    return value


def _seen(card: Backtest | None) -> str:
    return str(card.pk) if card else "none"


def _day(text: str | None) -> Any:
    return text and card_figures.day_of(text)


def _own_job(request: PageRequest, pipeline: Pipeline) -> Job | None:
    """What this person waits for, if they loaded the page anew meanwhile."""
    mine = Job.objects.unfinished().filter(kind=KIND, target=str(pipeline.pk))
    return mine.filter(requested_by=request.user).first()


def _is_asked_for(pipeline: Pipeline) -> bool:
    """Whether a new card is on its way without this person having asked for it."""
    flag = DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).first()
    return flag is not None and flag.is_pending
