from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.models import User
from core.api.csv import CsvRenderer
from core.api.fields import id_of
from core.api.filters import no_such_filter
from core.api.serializers import JobSerializer
from core.api.viewsets import Reading, tagged
from core.models import Job
from pipeline.api.estimates import (
    SEGMENT_HELP,
    EstimateRequestSerializer,
    EstimateSerializer,
)
from pipeline.api.filters import EstimateFilter
from pipeline.funnel_tables import estimate_rows
from pipeline.models import Estimate, Pipeline
from pipeline.segment_documents import Reader, document_for
from pipeline.segmenting import UnknownField, fields_of
from pipeline.selectors import latest_estimate
from pipeline.services.requests import request_estimate
from pipeline.services.segments import request_segment

LATEST = ("pipeline", "segment", "format")
AS_TABLES = ("latest", "retrieve")


class EstimateViewSet(Reading):
    """Immutable snapshots of promotion and success rates."""

    queryset = Estimate.objects.select_related("pipeline").defer("law")
    serializer_class = EstimateSerializer
    filterset_class = EstimateFilter
    ordering = ("-as_of",)
    ordering_fields = ("as_of", "computed_at")

    def get_queryset(self) -> QuerySet[Estimate]:
        return Estimate.objects.select_related("pipeline").defer("law")

    def read_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Estimates are kept in the shape in which they are shown."""
        (found,) = args
        many = kwargs.get("many", False)
        reader = Reader(self.caller)
        if many:
            return _Shown([document_for(each, reader) for each in found])
        return _Shown(document_for(found, reader))

    def get_renderers(self) -> list[BaseRenderer]:
        """One estimate is a table of stages, too."""
        if self.action in AS_TABLES:
            return [JSONRenderer(), CsvRenderer()]
        return super().get_renderers()

    def csv_rows(self, data: Any) -> list[dict[str, Any]]:
        return estimate_rows(data)

    @extend_schema(request=EstimateRequestSerializer, responses={202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a recompute now, of all deals or by segment.

        The job tells how far it is and which estimate came of it. Rates by segment are computed
        when they are asked for, and not with those of all deals.
        """
        serializer = EstimateRequestSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        job = _requested(asked["pipeline"], asked.get("segment", ""), by=self.caller)
        return Response(JobSerializer(job).data, status=202)

    def address_of(self, pk: int) -> str:
        """What is made is a job, not an estimate yet."""
        return reverse("job-detail", kwargs={"pk": pk}, request=self.request)

    @extend_schema(
        parameters=[
            OpenApiParameter("pipeline", OpenApiTypes.INT64, required=True),
            OpenApiParameter("segment", OpenApiTypes.STR, description=SEGMENT_HELP),
        ],
        responses=EstimateSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def latest(self, request: Request) -> Response:
        """The newest estimate of a pipeline, of all deals or by segment; 404 where there is none.

        Rates by owner are those of the owners whose deals the caller may see.
        """
        query = request.query_params
        if unknown := [name for name in query if name not in LATEST]:
            raise no_such_filter(unknown)
        segment = query.get("segment", "")
        pipeline = get_object_or_404(Pipeline, pk=_pipeline_of(query.get("pipeline", "")))
        _check(segment)
        estimate = latest_estimate(pipeline, segment=segment)
        if estimate is None:
            raise NotFound(_none_yet(segment))
        return tagged(request, document_for(estimate, Reader(self.caller)))


class _Shown:
    """What a serializer would hold in ``data``."""

    def __init__(self, data: Any) -> None:
        self.data = data


def _pipeline_of(text: str) -> int:
    pk = id_of(text)
    if pk is None:
        raise ValidationError({"pipeline": [_("Give the id of a pipeline.")]})
    return pk


def _requested(pipeline: Pipeline, segment: str, *, by: User) -> Job:
    if segment:
        return request_segment(pipeline, segment, by=by)
    return request_estimate(pipeline, by=by)


def _check(segment: str) -> None:
    """Raises ValidationError for what rates cannot be split by."""
    try:
        fields_of(segment) if segment else ()
    except UnknownField as error:
        raise ValidationError({"segment": [str(error)]}) from error


def _none_yet(segment: str) -> str:
    if not segment:
        return _("No estimate has been computed for this pipeline yet.")
    text = _(
        "No rates by %(segment)s have been computed for this pipeline yet; ask for them by "
        'POST estimates/ with {"pipeline": …, "segment": "%(segment)s"}.'
    )
    return text % {"segment": segment}
