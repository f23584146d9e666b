"""A plan as files: the workbook of its page, and each of its tables as CSV."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import Changing, tagged
from core.workbooks import MEDIA_TYPE
from planning.plan_files import table_file, workbook_file
from planning.tables import tables_of
from planning.tables.facts import Facts


class FileRenderer(BaseRenderer):
    """Lets a caller ask for the kind of file that is given; problems are told as everywhere."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return bytes(JSONRenderer().render(data))


class WorkbookRenderer(FileRenderer):
    media_type = MEDIA_TYPE
    format = "xlsx"


class TableRenderer(FileRenderer):
    media_type = "text/csv"
    format = "csv"


RENDERERS = {"workbook": WorkbookRenderer, "table": TableRenderer}


class TableNameSerializer(serializers.Serializer[Any]):
    table = serializers.CharField(help_text="Its word in `plans/{id}/tables/{table}/`.")
    name = serializers.CharField()


class TablesSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    tables = TableNameSerializer(many=True)


class TableActions(Changing):
    def get_renderers(self) -> list[BaseRenderer]:
        own = RENDERERS.get(self.action or "")
        return [JSONRenderer(), own()] if own else super().get_renderers()

    @extend_schema(responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY})
    @action(detail=True)
    def workbook(self, request: Request, pk: int) -> HttpResponse:
        """All tables as an Excel workbook, as the plan was solved last; its risk is drawn anew."""
        return workbook_file(Facts.of(self.get_object(), self.caller))

    @extend_schema(responses=TablesSerializer)
    @action(detail=True)
    def tables(self, request: Request, pk: int) -> Response:
        """The tables that the plan has, in the order of the workbook's sheets."""
        plan = self.get_object()
        rows = [
            {"table": table, "name": str(name)}
            for table, name in tables_of(Facts.of(plan, self.caller)).items()
        ]
        return tagged(request, {"plan": plan.pk, "tables": rows})

    @extend_schema(
        operation_id="plans_table_retrieve",
        parameters=[OpenApiParameter("table", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    @action(detail=True, url_path="tables/<slug:table>")
    def table(self, request: Request, pk: int, table: str) -> HttpResponse:
        """One table as CSV, as the plan was solved last."""
        facts = Facts.of(self.get_object(), self.caller)
        if table not in tables_of(facts):
            raise NotFound
        return table_file(facts, table)
