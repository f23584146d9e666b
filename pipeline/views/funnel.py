"""How customers and deals convert: the latest rates of a pipeline."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.models import DirtyFlag, Job
from pipeline.failures import failure_of
from pipeline.models import Pipeline
from pipeline.selectors import latest_estimate
from pipeline.services.requests import KIND, flag_name, request_estimate
from pipeline.views.funnel_rows import bar_width, funnel_rows, has_rates, standing_out
from pipeline.views.requests import SEEN, PageRequest, named_pipeline, pipelines


def funnel(request: PageRequest) -> HttpResponse:
    """Rates with bands and n per stage: a sentence, a picture, a table."""
    choices = pipelines()
    pipeline = named_pipeline(request, choices)
    if pipeline is None:
        return render(request, "pipeline/no_pipeline.html", {"title": _("Funnel")})
    estimate = latest_estimate(pipeline)
    state = _state(request, pipeline)
    seen = f"{estimate.pk} {estimate.confirmed_at.isoformat()}" if estimate else "none"
    asked = request.headers.get(SEEN)
    if state["is_coming"] and asked == seen:
        # What is being read is not taken from under the reader's eyes for the same again.
        return HttpResponse(status=204)
    payload = estimate.payload if estimate else {"stages": []}
    rows, wins = funnel_rows(payload), estimate.law.get("deals_won", 0) if estimate else 0
    context = {
        "pipeline": pipeline,
        "pipelines": choices,
        "estimate": estimate,
        "seen": seen,
        **state,
        "has_rates": has_rates(payload),
        "sentences": standing_out(payload),
        "rows": rows,
        "wins": wins,
        "won_width": bar_width(wins, payload),
        "join": payload.get("join"),
    }
    template = "pipeline/_funnel.html" if request.htmx else "pipeline/funnel.html"
    response = render(request, template, context)
    if asked is not None:
        response["HX-Trigger-After-Swap"] = "ratesRenewed"
    return response


def _state(request: PageRequest, pipeline: Pipeline) -> dict[str, Any]:
    """Whether newer rates are on their way, and what is in the way of them."""
    failure, job = failure_of(pipeline), _own_job(request, pipeline)
    return {
        "failure": failure,
        "job": job,
        "is_coming": not failure and not job and _is_asked_for(pipeline),
    }


def _is_asked_for(pipeline: Pipeline) -> bool:
    """Whether rates are on their way without this person having asked for them: after changes, or
    a step of the demo company's calendar."""
    flag = DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).first()
    return flag is not None and flag.is_pending


def _own_job(request: PageRequest, pipeline: Pipeline) -> Job | None:
    """What this person waits for, if they loaded the page anew meanwhile."""
    mine = Job.objects.unfinished().filter(kind=KIND, target=str(pipeline.pk))
    return mine.filter(requested_by=request.user).first()


@require_POST
def recompute(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for the rates anew; the answer tells how far that is."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    job = request_estimate(pipeline, by=request.user)
    if not request.htmx:
        return redirect(f"{reverse('pipeline:funnel')}?pipeline={pk}")
    return render(request, "core/_job.html", {"job": job})
