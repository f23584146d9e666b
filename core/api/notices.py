"""Notices over the API, as notifications."""

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import BooleanFilter, Filters
from core.api.serializers import RecordSerializer
from core.api.viewsets import Reading
from core.models import Notice
from core.sentences import sentence_of
from core.services.notices import mark_read, read_all


class NotificationSerializer(RecordSerializer):
    text = serializers.SerializerMethodField(help_text="The sentence, in the caller's language.")

    class Meta:
        model = Notice
        fields = ("id", "code", "text", "params", "about", "url", "created_at", "read_at")
        read_only_fields = fields

    def get_text(self, notice: Notice) -> str:
        return sentence_of(notice)


class ReadSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were unread.")


class NotificationFilter(Filters):
    unread = BooleanFilter(field_name="read_at", lookup_expr="isnull")
    code = CharFilter()
    about = CharFilter(label="What it tells of, such as activity:7.")


class NotificationViewSet(Reading):
    """The caller's own notices: reminders of activities, and what needs them."""

    queryset = Notice.objects.all()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    ordering_fields = ("created_at",)

    def get_queryset(self) -> QuerySet[Notice]:
        return Notice.objects.of(self.caller)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
        """Mark one as read; one that is stays so."""
        notice = self.get_object()
        mark_read(notice)
        return self.answer(notice)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def unread(self, request: Request, pk: int) -> Response:
        """Mark one as to be read again."""
        notice = self.get_object()
        mark_read(notice, read=False)
        return self.answer(notice)

    @extend_schema(request=None, responses=ReadSerializer)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all as read."""
        return Response({"read": len(read_all(self.caller))})
