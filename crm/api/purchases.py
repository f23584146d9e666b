"""What customers bought, for systems that know it."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from core.api.csv import CsvRenderer, streamed_csv
from core.api.pagination import OpaqueCursorPagination
from core.api.viewsets import Archiving
from crm.api import filters, serializers
from crm.models import Purchase
from crm.services.purchases import (
    archive_purchase,
    record_purchase,
    restore_purchase,
    update_purchase,
)

MOST_ROWS = 100_000


class PurchaseViewSet(Archiving):
    """What customers bought where no deal tells it. DELETE archives, `restore/` takes back.

    With `?format=csv` the list is a table of all that match, up to 100,000.
    """

    queryset = Purchase.objects.all()
    serializer_class = serializers.PurchaseSerializer
    filterset_class = filters.PurchaseFilter
    is_versioned = True
    ordering = ("-at",)
    ordering_fields = ("at", "amount", "recorded_at")

    def get_queryset(self) -> QuerySet[Purchase]:
        rows = Purchase.objects.visible_to(self.caller)
        archived = "archived" in self.request.query_params
        return rows.current() if self.action == "list" and not archived else rows

    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer(), CsvRenderer()] if self.action == "list" else [JSONRenderer()]

    def list(self, request: Request) -> HttpResponseBase:  # type: ignore[override]
        if request.accepted_renderer.format == CsvRenderer.format:
            found = self.filter_queryset(self.get_queryset())
            rows = OpaqueCursorPagination().in_order(found, request, self)[: MOST_ROWS + 1]
            shown = (self.read_serializer(row).data for row in rows.iterator(2_000))
            return streamed_csv(shown, name="purchases.csv", most=MOST_ROWS)
        return super().list(request)

    def create_object(self, fields: dict[str, Any]) -> Purchase:
        fields.setdefault("currency", settings.COMPANY_CURRENCY)
        return record_purchase(fields.pop("customer"), by=self.caller, **fields)

    def update_object(self, obj: Purchase, fields: dict[str, Any]) -> None:
        update_purchase(obj, by=self.caller, **fields)

    def delete_object(self, obj: Purchase) -> None:
        archive_purchase(obj, by=self.caller)

    def restore_object(self, obj: Purchase) -> None:
        restore_purchase(obj, by=self.caller)
