"""Campaigns, their members, and what channels cost."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.csv import CsvRenderer
from core.api.fields import CurrencyField, DayField
from core.api.filters import no_such_filter
from core.api.viewsets import Archiving, Changing, tagged
from crm.api import campaign_serializers as shapes
from crm.api import filters
from crm.api.parsing import parsed
from crm.campaign_figures import campaign_figures, source_costs
from crm.models import Campaign, CampaignMember
from crm.services import campaigns as services

ACTS = {
    "start": services.start_campaign,
    "finish": services.finish_campaign,
    "postpone": services.postpone_campaign,
}
PERIOD = [
    OpenApiParameter("since", OpenApiTypes.DATE, description="A year before `before` if not said."),
    OpenApiParameter("before", OpenApiTypes.DATE, description="Tomorrow if not said."),
    OpenApiParameter("currency", OpenApiTypes.STR, description="The company's if not said."),
]


class CampaignViewSet(Archiving):
    """What is done to win customers through a channel. Managers and admins write.

    The figures tell what came of it for what it really cost; every lead counts once.
    """

    queryset = Campaign.objects.all()
    serializer_class = shapes.CampaignSerializer
    filterset_class = filters.CampaignFilter
    is_versioned = True
    ordering = ("-starts_on",)
    ordering_fields = ("name", "starts_on", "ends_on", "budget", "actual_cost", "created_at")

    def required_scope(self, method: str) -> str:
        if method == "POST" and self.action == "respond":
            return "write"
        return "read" if method in ("GET", "HEAD", "OPTIONS") else "plan"

    def get_queryset(self) -> QuerySet[Campaign]:
        rows = Campaign.objects.visible_to(self.caller).with_counts()
        archived = "archived" in self.request.query_params
        return rows.current() if self.action == "list" and not archived else rows

    def get_renderers(self) -> list[BaseRenderer]:
        as_table = self.action == "by_source"
        return [JSONRenderer(), CsvRenderer()] if as_table else [JSONRenderer()]

    def csv_rows(self, data: Any) -> list[dict[str, Any]]:
        return [_flat(row) | {"currency": data["currency"]} for row in data["rows"]]

    def present(self, rows: list[Campaign]) -> None:
        self.figures = campaign_figures(rows)

    def create_object(self, fields: dict[str, Any]) -> Campaign:
        fields.setdefault("currency", settings.COMPANY_CURRENCY)
        fields.setdefault("owner", self.caller)
        return services.plan_campaign(by=self.caller, **fields)

    def update_object(self, obj: Campaign, fields: dict[str, Any]) -> None:
        services.update_campaign(obj, by=self.caller, **fields)

    def delete_object(self, obj: Campaign) -> None:
        services.archive_campaign(obj, by=self.caller)

    def restore_object(self, obj: Campaign) -> None:
        services.restore_campaign(obj, by=self.caller)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: int) -> Response:
        """It runs; one that was finished goes on."""
        return self._act("start")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: int) -> Response:
        """It is over, and ended today where no last day is said."""
        return self._act("finish")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def postpone(self, request: Request, pk: int) -> Response:
        """Back to a plan: it has not begun after all."""
        return self._act("postpone")

    @extend_schema(request=shapes.RecordCostSerializer)
    @action(detail=True, methods=["post"])
    def cost(self, request: Request, pk: int) -> Response:
        """What it has really cost until now, in its currency."""
        campaign = self.get_object()
        self.check_precondition(campaign, required=False)
        fields = self._given(shapes.RecordCostSerializer)
        services.record_cost(campaign, by=self.caller, amount=fields["actual_cost"])
        return self.answer(self.reread(campaign))

    @extend_schema(request=shapes.ResponseSerializer, responses=shapes.CampaignMemberSerializer)
    @action(detail=True, methods=["post"])
    def respond(self, request: Request, pk: int) -> Response:
        """Note how a customer answered, whether it had been invited or not; for everybody."""
        campaign, fields = self.get_object(), self._given(shapes.ResponseSerializer)
        customer = fields.pop("customer")
        member = services.record_response(campaign, customer, by=self.caller, **fields)
        return Response(shapes.CampaignMemberSerializer(member).data)

    @extend_schema(parameters=PERIOD, responses=shapes.SourceCostsSerializer, filters=False)
    @action(detail=False, url_path="by-source", pagination_class=None)
    def by_source(self, request: Request) -> Response:
        """What a lead and a won customer cost by source, in one currency; CSV by `?format=csv`."""
        costs = source_costs(*self._period(), currency=self._currency())
        rows = [shapes.source_cost_document(row) for row in costs.rows]
        period = {"since": costs.since.isoformat(), "before": costs.before.isoformat()}
        return tagged(request, period | {"currency": costs.currency, "rows": rows})

    def _act(self, verb: str) -> Response:
        campaign = self.get_object()
        self.check_precondition(campaign, required=False)
        ACTS[verb](campaign, by=self.caller)
        return self.answer(self.reread(campaign))

    def _given(self, serializer_class: type[Any]) -> Any:
        context = self.get_serializer_context()
        serializer = serializer_class(data=self.request.data, context=context)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def _period(self) -> tuple[date, date]:
        query = self.request.query_params
        known = {"since", "before", "currency", "format"}
        if unknown := [name for name in query if name not in known]:
            raise no_such_filter(unknown)
        before = parsed(query, "before", DayField()) or clock.today() + timedelta(days=1)
        since = parsed(query, "since", DayField()) or before - timedelta(days=365)
        if since >= before:
            raise ValidationError({"since": [_("Give a day before the end of the period.")]})
        return since, before

    def _currency(self) -> str:
        return parsed(self.request.query_params, "currency", CurrencyField()) or ""


class CampaignMemberViewSet(Changing):
    """The customers of one campaign, of whom a caller sees the visible ones.

    Managers and admins add and take out; everybody notes answers.
    """

    queryset = CampaignMember.objects.all()
    serializer_class = shapes.CampaignMemberSerializer
    create_serializer_class = shapes.CampaignMemberCreateSerializer
    filterset_class = filters.CampaignMemberFilter
    is_versioned = True
    ordering = ("-added_at",)
    ordering_fields = ("added_at", "responded_at")

    def required_scope(self, method: str) -> str:
        if method in ("POST", "DELETE"):
            return "plan"
        return super().required_scope(method)

    def get_queryset(self) -> QuerySet[CampaignMember]:
        if getattr(self, "swagger_fake_view", False):
            return CampaignMember.objects.none()
        rows = CampaignMember.objects.visible_to(self.caller).select_related("customer")
        return rows.filter(campaign=self.campaign)

    @property
    def campaign(self) -> Campaign:
        visible = Campaign.objects.visible_to(self.caller)
        return get_object_or_404(visible, pk=self.kwargs["campaign_id"])

    def address_of(self, pk: int) -> str:
        kwargs = {"pk": pk, "campaign_id": self.kwargs["campaign_id"]}
        return self.reverse_action("detail", kwargs=kwargs)

    def list(self, request: Request, campaign_id: int) -> Response:  # type: ignore[override]
        return super().list(request)

    def retrieve(self, request: Request, campaign_id: int, pk: int) -> Response:  # type: ignore[override]
        return super().retrieve(request, pk)

    def create(self, request: Request, campaign_id: int) -> Response:  # type: ignore[override]
        return super().create(request)

    def update(  # type: ignore[override]
        self, request: Request, campaign_id: int, pk: int, *, partial: bool = False
    ) -> Response:
        return super().update(request, pk, partial=partial)

    def partial_update(self, request: Request, campaign_id: int, pk: int) -> Response:  # type: ignore[override]
        return super().update(request, pk, partial=True)

    def destroy(self, request: Request, campaign_id: int, pk: int) -> Response:  # type: ignore[override]
        return super().destroy(request, pk)

    def create_object(self, fields: dict[str, Any]) -> CampaignMember:
        customer = fields.pop("customer")
        return services.add_member(self.campaign, customer, by=self.caller, **fields)

    def update_object(self, obj: CampaignMember, fields: dict[str, Any]) -> None:
        services.update_member(obj, by=self.caller, **fields)

    def delete_object(self, obj: CampaignMember) -> None:
        services.remove_member(obj, by=self.caller)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Figures with a band as columns of their own."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{key}": part for key, part in value.items() if key != "n"}
        else:
            flat[name] = value
    return flat
