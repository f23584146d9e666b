"""Handing over all that a person holds."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.api.filters import Filters, IdFilter
from core.api.serializers import RecordSerializer, StrictSerializer
from core.api.viewsets import Reading
from pipeline.models import HandOver
from pipeline.services.hand_over import NOUNS, hand_over, undo_hand_over


class HandOverSerializer(RecordSerializer):
    """`moved` says how many rows of each noun went to whom, by id of the receiver."""

    moved = serializers.SerializerMethodField()

    class Meta:
        model = HandOver
        fields = ("id", "giver", "by", "at", "moved", "undone_at", "undone_by")

    def get_moved(self, done: HandOver) -> dict[str, dict[str, int]]:
        return {
            noun: {str(pk): len(ids) for pk, ids in done.moved.get(noun, {}).items()}
            for noun in NOUNS
        }


class NewHandOverSerializer(StrictSerializer):
    giver = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    receivers = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), many=True, allow_empty=False
    )
    with_closed = serializers.BooleanField(default=False)


class HandOverFilter(Filters):
    giver = IdFilter()


class HandOverViewSet(Reading):
    """All that one person held, given to others at once; for managers and admins."""

    queryset = HandOver.objects.all()
    serializer_class = HandOverSerializer
    filterset_class = HandOverFilter
    read_scope = write_scope = "plan"

    def get_queryset(self) -> QuerySet[HandOver]:
        return HandOver.objects.visible_to(self.caller)

    @extend_schema(request=NewHandOverSerializer, responses={201: HandOverSerializer})
    def create(self, request: Request) -> Response:
        """Give customers, open deals, open activities and unfinished campaigns of `giver` to
        `receivers`, who share evenly; closed deals stay unless `with_closed`."""
        asked = NewHandOverSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        done = hand_over(by=self.caller, **asked.validated_data)
        return self.answer(done, status=201)

    @extend_schema(request=None, responses=HandOverSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Give back, within a day, what still is with its receiver."""
        done: Any = self.get_object()
        undo_hand_over(done, by=self.caller)
        return self.answer(self.reread(done))
