"""Files over the API."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import VisibleRelatedField
from core.api.filters import ArchivedFilter, Filters, IdFilter
from core.api.serializers import RecordSerializer, StrictSerializer
from core.api.viewsets import Archiving
from crm.models import Customer, File
from crm.services.files import archive_file, restore_file
from pipeline.downloads import answer_with
from pipeline.files import attach, visible_files
from pipeline.models import Opportunity


class FileSerializer(RecordSerializer):
    opportunity = serializers.SerializerMethodField(help_text="Id of its deal.")

    class Meta:
        model = File
        fields = (
            *("id", "name", "size", "sha256", "content_type", "customer", "opportunity"),
            *("uploaded_by", "created_at", "archived_at"),
        )
        read_only_fields = fields

    def get_opportunity(self, file: File) -> int | None:
        link = getattr(file, "deal_link", None)
        return link.opportunity_id if link else None


class FileUploadSerializer(StrictSerializer):
    """A file with the customer or the deal that it is kept with."""

    file = serializers.FileField(use_url=False)
    customer = VisibleRelatedField(queryset=Customer.objects.all(), required=False)
    opportunity = VisibleRelatedField(queryset=Opportunity.objects.all(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("customer" in attrs) == ("opportunity" in attrs):
            message = _("Name the customer or the deal that it is kept with.")
            raise serializers.ValidationError({"customer": message})
        return attrs


class FileFilter(Filters):
    customer = IdFilter(field_name="customer_id")
    opportunity = IdFilter(field_name="deal_link__opportunity_id")
    archived = ArchivedFilter()


class FileViewSet(Archiving):
    """Documents of customers and deals. DELETE archives, `restore/` takes back."""

    queryset = File.objects.all()
    serializer_class = FileSerializer
    create_serializer_class = FileUploadSerializer
    filterset_class = FileFilter
    ordering = ("-created_at",)
    ordering_fields = ("created_at", "name", "size")
    parser_classes = [MultiPartParser]
    takes_files = True
    http_method_names = ["get", "post", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[File]:
        rows = visible_files(self.caller)
        archived = "archived" in self.request.query_params
        return rows.current() if self.action == "list" and not archived else rows

    def create_object(self, fields: dict[str, Any]) -> File:
        subject = fields.get("customer") or fields["opportunity"]
        return attach(subject, fields["file"], by=self.caller)

    def delete_object(self, obj: File) -> None:
        archive_file(obj, by=self.caller)

    def restore_object(self, obj: File) -> None:
        restore_file(obj, by=self.caller)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True)
    def download(self, request: Request, pk: int) -> FileResponse | Response:
        """The content."""
        return answer_with(self.get_object(), as_attachment=True)
