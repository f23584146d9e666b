"""The playbook: what the company does in each stage, written by managers, played by all."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import managers_only
from core import toasts
from core.services.versions import StaleVersion
from crm.models import Ladder, LifecycleStage, Play, PlayItem
from crm.playbook import Line, Shown, current_items, script
from crm.services.plays import restore_play, tick, untick, write_play
from pipeline.models import Pipeline, Stage
from pipeline.play_forms import PlayForm
from pipeline.plays import play_of_deal, preview_fact
from pipeline.views.requests import PageRequest, visible_deal

ACTS = {"tick": tick, "untick": untick}
KINDS: dict[str, Any] = {"customers": LifecycleStage, "deals": Stage}


def playbook(request: PageRequest) -> HttpResponse:
    """All stages with what is written for them."""
    lines = Prefetch("play__items", current_items().queryset, to_attr="lines")
    steps = LifecycleStage.objects.select_related("play").prefetch_related(lines)
    stages = Stage.objects.current().select_related("play").prefetch_related(lines)
    context = {
        "ladders": Ladder.objects.prefetch_related(Prefetch("stages", steps.order_by("order"))),
        "pipelines": Pipeline.objects.filter(is_active=True).prefetch_related(
            Prefetch("stages", stages.order_by("order"))
        ),
    }
    return render(request, "pipeline/playbook.html", context)


@managers_only
def write(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """Write the play of a stage; a form that somebody overtook keeps what was typed."""
    stage = _stage(kind, pk)
    form = PlayForm(request.POST or None, stage=stage, kind=kind)
    if form.is_bound and form.is_valid() and _written(request, stage, form):
        toasts.done(request, _("The play of “%(stage)s” is kept.") % {"stage": stage.label})
        return redirect("pipeline:playbook")
    context = {"form": form, "stage": stage, "kind": kind, "of": _owner(stage)}
    status = 422 if form.is_bound else 200
    return render(request, "pipeline/write_play.html", context, status=status)


@managers_only
@require_POST
def preview(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """What a rep will see of what is being typed."""
    stage = _stage(kind, pk)
    form = PlayForm(request.POST, stage=stage, kind=kind)
    if not form.is_valid():
        return render(request, "pipeline/_play_preview.html", {"form": form}, status=422)
    values = form.values()
    play = Play(advice=values["advice"])
    words = {"me": str(request.user), "customer": _("[customer]"), "contact": _("[contact]")}
    names = dict.fromkeys([*values["required"], *values["must_know"]])
    shown = Shown(
        play,
        stage,
        [Line(PlayItem(text=text, pk=0)) for _pk, text in values["items"]],
        [preview_fact(kind, name, name in values["required"]) for name in names],
        [script(each, words=words | {"deal": _("[deal]")}) for each in values["templates"]],
    )
    context = {"play": shown, "is_preview": True, "form": form}
    return render(request, "pipeline/_play_preview.html", context)


@require_POST
def act(request: PageRequest, pk: int, item: int, verb: str) -> HttpResponse:
    """Tick or untick a line of the play of the stage that a deal stands in."""
    deal = visible_deal(request, pk)
    lines = PlayItem.objects.filter(play=deal.stage.current_play, archived_at__isnull=True)
    ACTS[verb](deal, get_object_or_404(lines, pk=item), by=request.user)
    if not request.htmx:
        return redirect("pipeline:opportunity", pk)
    context = {"play": play_of_deal(deal, request.user), "deal": deal}
    return render(request, "crm/_play.html", context)


def _stage(kind: str, pk: int) -> Any:
    if kind not in KINDS:
        raise Http404
    return get_object_or_404(KINDS[kind].objects.select_related("play"), pk=pk)


def _owner(stage: Any) -> Any:
    """The ladder or pipeline that the stage belongs to."""
    return stage.pipeline if isinstance(stage, Stage) else stage.ladder


def _written(request: PageRequest, stage: Any, form: PlayForm) -> bool:
    try:
        play = write_play(stage, by=request.user, **form.values())
        if play.archived_at is not None:
            restore_play(play, by=request.user)
    except StaleVersion as error:
        form.overtaken(str(error), _stage(form.kind, stage.pk))
    return not form.errors
