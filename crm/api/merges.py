"""Merges of customers, and what the address of a merged one says."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import BeforeFilter, Filters, IdFilter, SinceFilter
from core.api.problems import Problem
from core.api.viewsets import Reading
from crm.api.merge_serializers import CustomerMergeSerializer
from crm.models import Customer, CustomerMerge
from crm.services.merges import check_may_merge, undo_merge


class MergedAway(Problem):
    """``survivor`` is the id of the customer that it is now."""

    status_code = status.HTTP_410_GONE
    default_code = "merged"
    title = _("Merged into another customer")
    default_detail = _("This customer was merged into %(name)s (%(id)s).")

    def __init__(self, survivor: Customer) -> None:
        super().__init__(self.default_detail % {"name": survivor.name, "id": survivor.pk})
        self.members: dict[str, Any] = {"survivor": survivor.pk}


class CustomerMergeFilter(Filters):
    survivor = IdFilter(field_name="survivor_id")
    merged = IdFilter(field_name="merged_id")
    merged_since = SinceFilter("merged_at")
    merged_before = BeforeFilter("merged_at")


class CustomerMergeViewSet(Reading):
    """Customers that were merged into others; `undo/` parts them again within 24 hours."""

    queryset = CustomerMerge.objects.all()
    serializer_class = CustomerMergeSerializer
    filterset_class = CustomerMergeFilter
    ordering = ("-merged_at",)
    ordering_fields = ("merged_at",)

    def get_queryset(self) -> QuerySet[CustomerMerge]:
        return CustomerMerge.objects.visible_to(self.caller).select_related("survivor", "merged")

    @extend_schema(request=None, responses=CustomerMergeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Part the two again, exactly as they were; what was added since stays with the survivor.

        Refused with all that stands in the way where that cannot be, and after 24 hours.
        """
        merge = self.get_object()
        check_may_merge(self.caller, (merge.survivor, merge.merged))
        undo_merge(merge, by=self.caller)
        return self.answer(self.reread(merge))
