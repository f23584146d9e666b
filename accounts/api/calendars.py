"""The caller's calendar address over the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import CalendarAddress
from accounts.services.calendars import address_of, calendar_url, renew_address
from core.api.viewsets import ApiViewSet


class CalendarAddressSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="Whoever has it reads the calendar: keep it secret.")


class CalendarAddressViewSet(ApiViewSet):
    """Where calendar programs read what the caller has planned. A secret, so it needs `write`."""

    queryset = CalendarAddress.objects.none()
    serializer_class = CalendarAddressSerializer
    read_scope = "write"
    pagination_class = None

    @extend_schema(responses=CalendarAddressSerializer)
    def list(self, request: Request) -> Response:
        """The address; made when it is first asked for."""
        return Response({"url": calendar_url(address_of(self.caller))})

    @extend_schema(request=None, responses=CalendarAddressSerializer)
    @action(detail=False, methods=["post"])
    def regenerate(self, request: Request) -> Response:
        """A new address; the one before it no longer opens."""
        return Response({"url": calendar_url(renew_address(self.caller))})
