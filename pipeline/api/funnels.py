"""What a funnel tells besides its rates: how long, where to, when, and which deals."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from core.api.csv import CsvRenderer
from core.api.fields import id_of
from core.api.filters import no_such_filter
from core.api.problems import NotEnoughHistory
from core.api.viewsets import ApiViewSet, tagged
from pipeline.api import funnel_shapes as shapes
from pipeline.api.stay_csv import stays_csv
from pipeline.asking import PeriodsForm, SegmentsForm, StayForm
from pipeline.behind import Key
from pipeline.candidates import counted
from pipeline.comparing import (
    SegmentPair,
    UnknownSegment,
    periods_document,
    segments_document,
)
from pipeline.dwelling import dwell_document
from pipeline.estimation.trend import Period
from pipeline.funnel_tables import TABLES
from pipeline.models import Pipeline
from pipeline.readings import FunnelPart, Readings, readings_of
from pipeline.segment_documents import Reader, document_for
from pipeline.segmenting import UnknownField, fields_of
from pipeline.selectors import latest_estimate
from pipeline.stay_rows import BadCursor, StayRow, key_of, stay_page
from pipeline.trends import trend_document

PERIODS: dict[str, Period] = {"month": "month", "quarter": "quarter", "year": "year"}
LARGEST_PAGE = 200


class FunnelViewSet(ApiViewSet):
    """Reads of a pipeline's kept counts; all company-wide but for the deals, which are listed as
    far as the caller may see them."""

    queryset = Pipeline.objects.all()
    serializer_class = shapes.StaysSerializer
    renderer_classes = (JSONRenderer, CsvRenderer)
    pagination_class = None

    @extend_schema(parameters=[shapes.STAGE, shapes.KIND], responses=shapes.StageDwellSerializer)
    def dwell(self, request: Request, pk: int) -> Response:
        """How many leave a stage by which day, and where to."""
        self._known("stage", "kind")
        pipeline = self.get_object()
        readings, estimate = self._readings(pipeline), latest_estimate(pipeline)
        if estimate is None:
            raise NotEnoughHistory
        part, place = self._stage(readings)
        return tagged(request, dwell_document(part, place, estimate))

    @extend_schema(parameters=shapes.TREND, responses=shapes.TrendSerializer)
    def trend(self, request: Request, pk: int) -> Response:
        """Rates of each stage by the period in which it was entered."""
        self._known("by", "stage", "kind")
        by = PERIODS.get(request.query_params.get("by", "quarter"))
        if by is None:
            choices = ", ".join(PERIODS)
            raise ValidationError({"by": [_("One of %(choices)s.") % {"choices": choices}]})
        readings = self._readings(self.get_object())
        if "stage" not in request.query_params:
            return tagged(request, trend_document(readings, by=by))
        part, place = self._stage(readings)
        return tagged(request, trend_document(readings, by=by, of=(part, place)))

    @extend_schema(parameters=shapes.COMPARE, responses=shapes.CompareSerializer)
    def compare(self, request: Request, pk: int) -> Response:
        """Two periods, or two segments of a field, with what can be said of the difference.

        Segments are those of the newest estimate by the field: ask for one by POST to `estimates/`.
        """
        self._known(*PeriodsForm.base_fields, *SegmentsForm.base_fields)
        pipeline = self.get_object()
        if "field" in request.query_params:
            return tagged(request, self._segments(pipeline))
        form = PeriodsForm(request.query_params.dict())
        _check(form)
        return tagged(request, periods_document(self._readings(pipeline), *form.sides))

    @extend_schema(parameters=shapes.STAYS, responses=shapes.StaysSerializer)
    def stays(self, request: Request, pk: int) -> Response | StreamingHttpResponse:
        """The stays behind a number of the funnel, as far as the caller may see whose they are.

        For an admin exactly as many as were counted, by the same rules: slips taken back in time,
        wins that were undone and merged stages are read as the rates read them. As CSV all of them
        at once, up to 100,000, unless a page is asked for by `cursor` or `page_size`.
        """
        self._known(*StayForm.base_fields, "cursor", "page_size")
        readings = self._readings(self.get_object())
        form = StayForm(
            request.query_params.dict(), pipeline=readings.pipeline, as_of=readings.as_of
        )
        _check(form)
        question = form.question()
        if _is_whole_csv(request):
            return stays_csv(
                question, self.caller, stay_document, name=f"{self.basename}-stays.csv"
            )
        after, size = _cursor(request.query_params), _size(request.query_params)
        page = stay_page(question, self.caller, size=size, after=after)
        document = {
            "as_of": question.as_of.isoformat(),
            "counted": counted(question, readings),
            "results": [stay_document(row) for row in page.rows],
            "next": _next(request, page.cursor),
        }
        return tagged(request, document)

    def csv_rows(self, data: Any) -> list[dict[str, Any]]:
        return TABLES[str(self.action)](data)

    def _segments(self, pipeline: Pipeline) -> dict[str, Any]:
        form = SegmentsForm(self.request.query_params.dict())
        _check(form)
        asked = form.cleaned_data
        try:
            fields_of(asked["field"])
        except UnknownField as error:
            raise ValidationError({"field": [str(error)]}) from error
        estimate = latest_estimate(pipeline, segment=asked["field"])
        if estimate is None:
            raise NotFound(
                _("No rates by this field were computed yet; POST to estimates/ asks for them.")
            )
        pair = SegmentPair(**asked)
        try:
            return segments_document(document_for(estimate, Reader(self.caller)), pair)
        except UnknownSegment as error:
            raise NotFound(_("There is no such segment.")) from error

    def _readings(self, pipeline: Pipeline) -> Readings:
        readings = readings_of(pipeline)
        if readings is None:
            raise NotEnoughHistory
        return readings

    def _stage(self, readings: Readings) -> tuple[FunnelPart, int]:
        """The stage that the query names: its part of the funnel, and its place there."""
        query = self.request.query_params
        kind, pk = query.get("kind", "opportunity"), id_of(query.get("stage", ""))
        if kind not in shapes.KINDS:
            choices = ", ".join(shapes.KINDS)
            raise ValidationError({"kind": [_("One of %(choices)s.") % {"choices": choices}]})
        if pk is None:
            raise ValidationError({"stage": [_("Give the id of a stage.")]})
        part = readings.part(kind)
        place = None if part is None else part.place_of(pk)
        if part is None or place is None:
            raise NotFound(_("This pipeline has no such stage, or it is an end."))
        return part, place

    def _known(self, *names: str) -> None:
        unknown = [n for n in self.request.query_params if n not in {*names, "format"}]
        if unknown:
            raise no_such_filter(unknown)

    def get_object(self) -> Pipeline:
        return get_object_or_404(Pipeline.objects.select_related("ladder"), pk=self.kwargs["pk"])


def _check(form: forms.Form) -> None:
    if not form.is_valid():
        raise ValidationError(
            {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        )


def _is_whole_csv(request: Request) -> bool:
    """Whether CSV is asked for, and no page of it."""
    is_paged = "cursor" in request.query_params or "page_size" in request.query_params
    return request.accepted_renderer.format == CsvRenderer.format and not is_paged


def _cursor(query: Mapping[str, str]) -> Key:
    try:
        return key_of(query.get("cursor", ""))
    except BadCursor as error:
        raise ValidationError({"cursor": [_("This cursor is not one of ours.")]}) from error


def _size(query: Mapping[str, str]) -> int:
    size = id_of(query.get("page_size", "50"))
    if not size:
        raise ValidationError({"page_size": [_("Give a whole number from 1 to 200.")]})
    return min(size, LARGEST_PAGE)


def _next(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


def stay_document(row: StayRow) -> dict[str, Any]:
    stay, customer, owner = row.stay, row.customer, row.owner
    return {
        "opportunity": row.deal and row.deal.pk,
        "name": row.name,
        "customer": customer and customer.pk,
        "customer_name": customer and customer.name,
        "owner": owner and owner.pk,
        "owner_name": owner and owner.name,
        "amount": None if row.amount is None else str(row.amount),
        "currency": row.currency,
        "entered": stay.entered and stay.entered.isoformat(),
        "left": stay.left and stay.left.isoformat(),
        "outcome": stay.outcome,
        "to": stay.to,
        "to_name": stay.to_name,
        "days": stay.days,
    }
