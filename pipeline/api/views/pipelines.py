from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.viewsets import PlainRecords, tagged
from pipeline.api import boards, serializers
from pipeline.api.filters import PipelineFilter, StageFilter
from pipeline.boards import Board
from pipeline.models import LostReason, Pipeline, Stage
from pipeline.services.pipelines import (
    create_pipeline,
    delete_pipeline,
    merge_stages,
    unmerge_stage,
)


class PipelineViewSet(PlainRecords):
    """Ways of selling, with their stages. Only one that was never used can be deleted."""

    queryset = Pipeline.objects.prefetch_related("stages")
    serializer_class = serializers.PipelineSerializer
    create_serializer_class = serializers.PipelineCreateSerializer
    filterset_class = PipelineFilter
    ordering = ("order",)
    ordering_fields = ("order", "name")

    def create_object(self, fields: dict[str, Any]) -> Pipeline:
        return create_pipeline(**fields)

    def delete_object(self, obj: Pipeline) -> None:
        delete_pipeline(obj, by=self.caller)

    @extend_schema(parameters=boards.PARAMETERS, responses=boards.BoardSerializer)
    @action(detail=True)
    def board(self, request: Request, pk: int) -> Response:
        """The columns with counts, totals, weighted totals and the first cards of each.

        Money is in the pipeline's currency: of open deals at today's rate, of closed ones at the
        rate of the day they were closed. Won and lost show what was closed since `closed_since`,
        by default this month. Amounts without a rate are in no total and named in
        `missing_rates`. `summed_at` tells of when counts and totals are where there are too many
        deals to add up anew for every request.
        """
        pipeline = self.get_object()
        query = boards.read_query(request)
        at = clock.now()
        shown = Board(pipeline, self.caller, query.filters, at, query.closed_since)
        columns = shown.columns(query.page_size)
        data = boards.board_document(pipeline, columns, at=at, query=query, request=request)
        return tagged(request, data)


class StageViewSet(PlainRecords):
    """The steps of pipelines. Won and lost are flags, set when a pipeline is made.

    A stage that rates were computed with is not deleted but retired, once no open deal stands in
    it: PATCH its `retired_at`. One that turned out to be the same as another is merged into it.
    """

    queryset = Stage.objects.all()
    serializer_class = serializers.StageSerializer
    create_serializer_class = serializers.StageCreateSerializer
    filterset_class = StageFilter
    ordering = ("order",)
    ordering_fields = ("order", "name")

    def get_queryset(self) -> QuerySet[Stage]:
        return Stage.objects.all()

    def delete_object(self, obj: Stage) -> None:
        if not obj.is_open:
            raise ValidationError(_("Every pipeline keeps its won and its lost stage."))
        super().delete_object(obj)

    @extend_schema(request=serializers.StageMergeSerializer, responses=serializers.StageSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: int) -> Response:
        """Let the stage and all its history count for another one of its pipeline from now on.

        It goes out of use, and the deals in it stand in the other. No history is rewritten:
        `unmerge/` takes it out again.
        """
        stage = self.get_object()
        self.check_precondition(stage, required=False)
        serializer = serializers.StageMergeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self.answer(merge_stages(stage, by=self.caller, **serializer.validated_data))

    @extend_schema(request=None, responses=serializers.StageSerializer)
    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: int) -> Response:
        """Take a merged stage out again and back into use, with its history and its deals.

        Deals without dated moves stay where they are: nothing tells where they stood before.
        """
        stage = self.get_object()
        self.check_precondition(stage, required=False)
        return self.answer(unmerge_stage(stage, by=self.caller))


class LostReasonViewSet(PlainRecords):
    """Why deals are lost."""

    queryset = LostReason.objects.all()
    serializer_class = serializers.LostReasonSerializer
    ordering = ("order",)
    ordering_fields = ("order", "name")
