"""The search box's API."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import no_such_filter
from core.api.serializers import StrictSerializer
from core.api.viewsets import ApiViewSet
from core.finding import LONGEST, search

MOST = 20


class SearchQuerySerializer(StrictSerializer):
    q = serializers.CharField(max_length=LONGEST)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=6)


class HitSerializer(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.CharField(help_text="`customer`, `contact` or `opportunity`.")
    id = serializers.IntegerField()
    name = serializers.CharField()
    detail = serializers.CharField(help_text="What tells it apart, in the caller's language.")
    url = serializers.CharField(help_text="Its page.")


class FoundSerializer(serializers.Serializer):  # type: ignore[type-arg]
    q = serializers.CharField()
    results = HitSerializer(many=True)


class SearchViewSet(ApiViewSet):
    """One box over everything the caller may see."""

    serializer_class = FoundSerializer
    pagination_class = None

    @extend_schema(
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, required=True),
            OpenApiParameter("limit", OpenApiTypes.INT, description="Of each kind, at most 20."),
        ],
        responses=FoundSerializer,
        filters=False,
    )
    def list(self, request: Request) -> Response:
        """Customers, contacts and deals nearest to `q`.

        By name however it is written (width, case, accents, legal form), telephone number, email,
        web domain and external id: first whose name is or begins with it, then who has all its
        words, and where there is neither, names that are like it.
        """
        unknown = set(request.query_params) - {"q", "limit"}
        if unknown:
            raise no_such_filter(sorted(unknown))
        asked = SearchQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        text = asked.validated_data["q"]
        groups = search(self.caller, text, limit=asked.validated_data["limit"])
        hits = [hit for _noun, found in groups for hit in found]
        return Response(FoundSerializer({"q": text, "results": hits}).data)
