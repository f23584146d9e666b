"""What the pages that look closer at a funnel have in common."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from core.api.fields import id_of
from pipeline.models import Estimate, Pipeline
from pipeline.readings import FunnelPart, Readings, readings_of
from pipeline.selectors import latest_estimate
from pipeline.views.requests import PageRequest, named_pipeline, pipelines


@dataclass(frozen=True)
class Looked:
    """A pipeline with what was counted of it and the rates made of that; None where nothing was
    yet."""

    pipelines: list[Pipeline]
    pipeline: Pipeline
    estimate: Estimate | None
    readings: Readings | None

    @property
    def context(self) -> dict[str, Any]:
        return {
            "pipelines": self.pipelines,
            "pipeline": self.pipeline,
            "estimate": self.estimate,
            "as_of": self.readings and self.readings.as_of,
        }

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Every stage of the funnel, in its order."""
        stages = self.estimate.payload["stages"] if self.estimate else []
        return [{"key": f"{s['kind']}-{s['stage']}", **s} for s in stages]

    def published(self, part: FunnelPart, place: int) -> dict[str, Any] | None:
        """What the estimate says of a stage; None where it is younger than the estimate."""
        pk = part.id_at(place)
        for stage in self.estimate.payload["stages"] if self.estimate else []:
            if stage["kind"] == part.kind and stage["stage"] == pk:
                found: dict[str, Any] = stage
                return found
        return None


def look(request: PageRequest) -> Looked | None:
    """What the address names, by default the first pipeline; None where there is none at all."""
    choices = pipelines()
    pipeline = named_pipeline(request, choices)
    if pipeline is None:
        return None
    return Looked(choices, pipeline, latest_estimate(pipeline), readings_of(pipeline))


def nothing_counted(request: PageRequest, looked: Looked | None, title: str) -> HttpResponse:
    if looked is None:
        return render(request, "pipeline/no_pipeline.html", {"title": title})
    return render(request, "pipeline/not_counted.html", looked.context | {"title": title})


def named_stage(request: PageRequest, readings: Readings) -> tuple[FunnelPart, int]:
    """The stage that the address names as opportunity-3 or customer-1, by default the first of
    the pipeline; 404 for any other."""
    named = request.GET.get("stage", "")
    if not named and len(readings.deals.stages.open):
        return readings.deals, int(readings.deals.stages.open[0])
    kind, _dash, text = named.partition("-")
    part, pk = readings.part(kind) if kind in ("opportunity", "customer") else None, id_of(text)
    place = None if part is None or pk is None else part.place_of(pk)
    if part is None or place is None:
        raise Http404
    return part, place
