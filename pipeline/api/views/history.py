from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import Reading
from pipeline.api import serializers
from pipeline.api.filters import StageChangeFilter
from pipeline.api.past_moves import find_moves
from pipeline.models import Opportunity, StageChange
from pipeline.services.past_moves import RefusedMoves, record_past_moves

MOST_ROWS = 5_000


class StageChangeViewSet(Reading):
    """The history of deals: append-only, corrections void rows. The source of all rates."""

    queryset = StageChange.objects.all()
    serializer_class = serializers.StageChangeSerializer
    filterset_class = StageChangeFilter
    ordering = ("-at",)
    ordering_fields = ("at", "recorded_at")

    def get_queryset(self) -> QuerySet[StageChange]:
        visible = Opportunity.objects.visible_to(self.caller)
        return StageChange.objects.filter(opportunity__in=visible.values("pk"))

    @extend_schema(
        request=serializers.PastMoveSerializer(many=True),
        responses=serializers.RecordedSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Import past moves with their instants: all of them or none.

        Moves that are there already are passed over, so a list may be sent again. A past told of
        a deal that was entered only just now replaces its first entry. At most 5,000 rows.
        """
        rows = self._rows(request.data)
        try:
            recorded = record_past_moves(find_moves(rows, self.caller), by=self.caller)
        except RefusedMoves as refused:
            raise ValidationError(
                {
                    str(row): {name: [text] for name, text in errors.items()}
                    for row, errors in refused.errors.items()
                }
            ) from refused
        return Response(serializers.RecordedSerializer(recorded).data)

    def _rows(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or len(data) > MOST_ROWS:
            message = _("Give a list of at most %(most)d moves.")
            raise ValidationError(message % {"most": MOST_ROWS})
        serializer = serializers.PastMoveSerializer(data=data, many=True)
        serializer.is_valid(raise_exception=True)
        return list(serializer.validated_data)
