from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.api.fields import id_of
from core.api.filters import no_such_filter
from core.api.serializers import JobSerializer
from core.api.viewsets import Reading, tagged
from pipeline.api.estimates import EstimateRequestSerializer, EstimateSerializer
from pipeline.api.filters import EstimateFilter
from pipeline.models import Estimate, Pipeline
from pipeline.selectors import estimate_document, latest_estimate
from pipeline.services.requests import request_estimate

LATEST = ("pipeline", "segment")


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
        return _Shown([estimate_document(e) for e in found] if many else estimate_document(found))

    @extend_schema(request=EstimateRequestSerializer, responses={202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a recompute now; the job tells how far it is and which estimate came of it."""
        serializer = EstimateRequestSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        job = request_estimate(serializer.validated_data["pipeline"], by=self.caller)
        return Response(JobSerializer(job).data, status=202)

    def address_of(self, pk: int) -> str:
        """What is made is a job, not an estimate yet."""
        return reverse("job-detail", kwargs={"pk": pk}, request=self.request)

    @extend_schema(
        parameters=[
            OpenApiParameter("pipeline", OpenApiTypes.INT64, required=True),
            OpenApiParameter("segment", OpenApiTypes.STR),
        ],
        responses=EstimateSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def latest(self, request: Request) -> Response:
        """The newest estimate of a pipeline; 404 where none was computed yet."""
        query = request.query_params
        if unknown := [name for name in query if name not in LATEST]:
            raise no_such_filter(unknown)
        segment = query.get("segment", "")
        pipeline = get_object_or_404(Pipeline, pk=_pipeline_of(query.get("pipeline", "")))
        estimate = latest_estimate(pipeline, segment=segment) if segment.isprintable() else None
        if estimate is None:
            raise NotFound(_("No estimate has been computed for this pipeline yet."))
        return tagged(request, estimate_document(estimate))


class _Shown:
    """What a serializer would hold in ``data``."""

    def __init__(self, data: Any) -> None:
        self.data = data


def _pipeline_of(text: str) -> int:
    pk = id_of(text)
    if pk is None:
        raise ValidationError({"pipeline": [_("Give the id of a pipeline.")]})
    return pk
