"""The part of the funnel page that splits the rates by segment."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.models import Job
from pipeline.models import Estimate, Pipeline
from pipeline.segment_documents import Reader, document_for
from pipeline.segmenting import (
    FIELDS,
    UnknownField,
    field_label,
    fields_of,
    splits_customers,
)
from pipeline.selectors import latest_estimate
from pipeline.services.segments import KIND, request_segment
from pipeline.views.requests import PageRequest, named_pipeline, pipelines
from pipeline.views.segment_rows import is_all_alike, segment_rows

MOST_SENTENCES = 4


@dataclass(frozen=True)
class Choice:
    """What the address asks for: a field, one it is crossed with, and a stage (the first where it
    says nothing of use)."""

    field: str
    crossed: str
    stage: str

    @classmethod
    def of(cls, query: QueryDict) -> "Choice":
        field, crossed = query.get("segment", ""), query.get("with", "")
        field = field if field in FIELDS else ""
        is_pair = field and crossed in FIELDS and crossed != field
        return cls(field, crossed if is_pair else "", query.get("stage", ""))

    @property
    def segment(self) -> str:
        return ",".join(field for field in (self.field, self.crossed) if field)

    @property
    def label(self) -> str:
        return " × ".join(field_label(field) for field in (self.field, self.crossed) if field)

    def query(self, pipeline: Pipeline) -> str:
        """As in an address of the funnel page."""
        said = {"segment": self.field, "with": self.crossed, "stage": self.stage}
        return urlencode({"pipeline": pipeline.pk} | {k: v for k, v in said.items() if v})


@dataclass(frozen=True)
class Shown:
    """What is known of a choice, for one reader; ``asked`` where the page has asked already."""

    pipeline: Pipeline
    choice: Choice
    reader: Reader
    asked: bool

    @cached_property
    def estimate(self) -> Estimate | None:
        if not self.choice.segment:
            return None
        return latest_estimate(self.pipeline, segment=self.choice.segment)

    @cached_property
    def is_old(self) -> bool:
        """Whether the rates of all deals have been computed since, or these never were."""
        if not self.choice.segment or self.estimate is None:
            return bool(self.choice.segment)
        whole = latest_estimate(self.pipeline)
        return whole is not None and _moment(self.estimate) < _moment(whole)

    @cached_property
    def last_job(self) -> Job | None:
        jobs = Job.objects.filter(kind=KIND, target=f"{self.pipeline.pk}:{self.choice.segment}")
        return jobs.filter(requested_by=self.reader.user).first()

    @property
    def context(self) -> dict[str, Any]:
        job = self.last_job
        context = {
            "pipeline": self.pipeline,
            "choice": self.choice,
            "fields": [(field, field_label(field)) for field in FIELDS],
            "split": self.choice.label,
            "query": self.choice.query(self.pipeline),
            "api": self._api,
            "is_old": self.is_old,
            "asks": self.is_old and not self.asked,
            "job": job if job and not job.is_finished else None,
            "failure": job.error if self.is_old and job and job.state == "failed" else "",
        }
        return context | (self._rates(self.estimate) if self.estimate else {})

    @property
    def _api(self) -> str:
        query = urlencode({"pipeline": self.pipeline.pk, "segment": self.choice.segment}, safe=",")
        return f"{reverse('estimate-latest')}?{query}"

    def _rates(self, estimate: Estimate) -> dict[str, Any]:
        document = document_for(estimate, self.reader)
        stages = document["stages"]
        keys = [stage_key(stage) for stage in stages]
        place = keys.index(self.choice.stage) if self.choice.stage in keys else 0
        rows = segment_rows(document, place) if stages else []
        texts = [finding["text"] for finding in document["standing_out"]]
        return {
            "estimate": estimate,
            "document": document,
            "stage": stages[place] if stages else None,
            "stages": [(key, each["name"]) for key, each in zip(keys, stages, strict=True)],
            "stage_key": keys[place] if stages else "",
            "only_deals": self.pipeline.ladder_id and not splits_customers(document["fields"]),
            "rows": rows,
            "is_empty": len(rows) < 2,
            "is_all_alike": is_all_alike(rows),
            "sentences": texts[:MOST_SENTENCES],
            "more_sentences": texts[MOST_SENTENCES:],
        }


def stage_key(stage: dict[str, Any]) -> str:
    """As an address has it: a deal's stage by its id, one of a ladder as in ``customer-3``."""
    pk = str(stage["stage"])
    return f"customer-{pk}" if stage["kind"] == "customer" else pk


def segments(request: PageRequest) -> HttpResponse:
    """The rates by the field that the address names; a sentence where it names none."""
    pipeline = named_pipeline(request, pipelines())
    if pipeline is None:
        raise Http404
    choice = Choice.of(request.GET)
    address = _address(pipeline, choice)
    if not request.htmx:
        return redirect(f"{address}#segments")
    shown = Shown(pipeline, choice, Reader(request.user), asked="asked" in request.GET)
    response = render(request, "pipeline/_segments.html", shown.context)
    if request.htmx.trigger == "segments-form":
        response["HX-Push-Url"] = address
    return response


@require_POST
def ask_for_segments(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for the rates by segment anew; the answer tells how far that is."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    try:
        fields_of(request.POST.get("segment", ""))
    except UnknownField as error:
        raise Http404 from error
    segment = request.POST["segment"]
    job = request_segment(pipeline, segment, by=request.user)
    if not request.htmx:
        field, _comma, crossed = segment.partition(",")
        return redirect(_address(pipeline, Choice(field, crossed, "")))
    return render(request, "core/_job.html", {"job": job})


def _address(pipeline: Pipeline, choice: Choice) -> str:
    return f"{reverse('pipeline:funnel')}?{choice.query(pipeline)}"


def _moment(estimate: Estimate) -> tuple[Any, Any]:
    return estimate.as_of, estimate.confirmed_at
