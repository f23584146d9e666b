"""How good people's own chances were, beside those of the rates."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.api.csv import CsvRenderer
from core.api.filters import no_such_filter
from core.api.viewsets import ApiViewSet, tagged
from pipeline.models import Pipeline
from pipeline.own_scores import OwnScore, own_probability_scores


class OwnScoreSerializer(serializers.Serializer[Any]):
    """Brier scores of the same `n` closed deals; of `left_out` more the rates are not known."""

    n = serializers.IntegerField()
    brier_own = serializers.FloatField(allow_null=True)
    brier_model = serializers.FloatField(allow_null=True)
    left_out = serializers.IntegerField()


class OwnScoreOfOwnerSerializer(OwnScoreSerializer):
    """Of the deals of one owner; null for those without one."""

    owner = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()


class OwnScoresSerializer(serializers.Serializer[Any]):
    total = OwnScoreSerializer()
    by_owner = OwnScoreOfOwnerSerializer(many=True)


class OwnScoresViewSet(ApiViewSet):
    """Scores of own chances, of the deals that the caller may see."""

    queryset = Pipeline.objects.all()
    serializer_class = OwnScoresSerializer
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        parameters=[OpenApiParameter("format", OpenApiTypes.STR, enum=["csv", "json"])],
        responses=OwnScoresSerializer,
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """Of each closed deal the last own chance that stood a day before it was closed, beside
        what the rates said at that instant: mean squared errors, 0 is perfect."""
        if unknown := [name for name in request.query_params if name != "format"]:
            raise no_such_filter(unknown)
        scores = own_probability_scores(get_object_or_404(Pipeline, pk=pk), user=self.caller)
        by_owner = [_of_owner(owner, score) for owner, score in scores.by_owner]
        return tagged(request, {"total": _score(scores.total), "by_owner": by_owner})

    def csv_rows(self, data: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = data["by_owner"]
        return rows


def _of_owner(owner: User | None, score: OwnScore) -> dict[str, Any]:
    return {"owner": owner and owner.pk, "name": owner.name if owner else "", **_score(score)}


def _score(score: OwnScore) -> dict[str, Any]:
    return {
        "n": score.n,
        "brier_own": score.brier_own,
        "brier_model": score.brier_model,
        "left_out": score.left_out,
    }
