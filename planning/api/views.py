from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.csv import CsvRenderer
from core.api.fields import InstantField
from core.api.filters import no_such_filter
from core.api.problems import NotEnoughHistory
from core.api.viewsets import ApiViewSet, tagged
from pipeline.models import Estimate, Pipeline
from pipeline.selectors import latest_estimate
from pipeline.services.estimates import FutureAsOf, refresh
from planning.api.assumptions import AssumptionActions
from planning.api.channel_budgets import ChannelBudgetActions
from planning.api.explaining import ExplainActions
from planning.api.filters import PlanFilter
from planning.api.forecast_serializers import ForecastSerializer
from planning.api.hires import HireActions
from planning.api.repeat import RepeatActions
from planning.api.risk import RiskActions
from planning.api.scenarios import ScenarioActions
from planning.api.serializers import PlanSerializer
from planning.api.solution_serializers import RequirementsSerializer, SolvedPlanSerializer
from planning.api.tables import TableActions
from planning.api.takes import TakeActions
from planning.api.targets import TargetActions
from planning.api.what_if import WhatIfActions
from planning.forecasting import MOST_MONTHS, forecast_document
from planning.models import Plan
from planning.requirement_parts import requirements_document
from planning.segments import SEGMENTS
from planning.selectors import plan_document, requirement_document
from planning.services.families import delete_plan
from planning.services.plans import (
    NoEstimate,
    approve_plan,
    create_plan,
    solve_plan,
    take_approval_back,
    update_plan,
)


class PlanViewSet(
    TargetActions,
    AssumptionActions,
    ChannelBudgetActions,
    RepeatActions,
    ScenarioActions,
    RiskActions,
    ExplainActions,
    HireActions,
    WhatIfActions,
    TakeActions,
    TableActions,
):
    """Revenue targets; for managers and admins. A changed input solves the plan anew."""

    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    write_scope = "plan"
    is_versioned = True
    ordering = ("-year", "name")
    ordering_fields = ("year", "name", "target", "created_at", "updated_at")

    def get_queryset(self) -> QuerySet[Plan]:
        plans = Plan.objects.visible_to(self.caller).select_related("pipeline")
        return plans.defer("solution") if self.action == "list" else plans

    def create_object(self, fields: dict[str, Any]) -> Plan:
        try:
            return create_plan(by=self.caller, **fields)
        except NoEstimate as error:
            raise NotEnoughHistory from error

    def update_object(self, obj: Plan, fields: dict[str, Any]) -> None:
        try:
            update_plan(obj, by=self.caller, **fields)
        except NoEstimate as error:
            raise NotEnoughHistory from error

    def delete_object(self, obj: Plan) -> None:
        delete_plan(obj, by=self.caller)

    def get_renderers(self) -> list[BaseRenderer]:
        """Requirements are a table, too."""
        if self.action == "requirements":
            return [JSONRenderer(), CsvRenderer()]
        return super().get_renderers()

    def csv_rows(self, data: Any) -> list[dict[str, Any]]:
        return [_flat(row) for row in data["requirements"]]

    @extend_schema(request=None, responses=SolvedPlanSerializer)
    @action(detail=True, methods=["post"])
    def solve(self, request: Request, pk: int) -> Response:
        """Solve with the latest estimate and keep what it says; 409 where no rates are known.

        An approved plan is a draft again.
        """
        plan = self.get_object()
        self.check_precondition(plan, required=False)
        try:
            solve_plan(plan, by=self.caller)
        except NoEstimate as error:
            raise NotEnoughHistory from error
        return Response(plan_document(plan))

    @extend_schema(request=None, responses=PlanSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Approve what was solved last; 409 where nothing was.

        A changed input or a new solve makes the plan a draft again.
        """
        plan = self.get_object()
        self.check_precondition(plan, required=False)
        try:
            approve_plan(plan, by=self.caller)
        except NoEstimate as error:
            raise NotEnoughHistory from error
        return self.answer(plan)

    @extend_schema(request=None, responses=PlanSerializer)
    @action(detail=True, methods=["post"], url_path="take-approval-back")
    def take_approval_back(self, request: Request, pk: int) -> Response:
        """Make an approved plan a draft again, as it stands; a draft stays one."""
        plan = self.get_object()
        self.check_precondition(plan, required=False)
        return self.answer(take_approval_back(plan, by=self.caller))

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "by", OpenApiTypes.STR, enum=list(SEGMENTS), description="Also for each of these."
            )
        ],
        responses=RequirementsSerializer,
    )
    @action(detail=True)
    def requirements(self, request: Request, pk: int) -> Response:
        """What must happen, by stage and month, as it was solved last; empty before that.

        With `by`, the rows of the whole are followed by those of each team or segment, named in
        `segment`; every row then has `rounded`, and those of the parts add up to the whole's.
        The shares are those of the target's parts by their own mean amounts and success rates, else
        of the last year's entries; of sources, with channels, what these bring.
        """
        by = _dimension(request.query_params)
        plan = self.get_object()
        if by is None:
            found = plan.solution or {}
            rows = [requirement_document(row, found) for row in plan.requirements.all()]
        else:
            rows = requirements_document(plan, by, self.caller)
        return tagged(
            request, {"plan": plan.pk, "estimate": plan.estimate_id, "requirements": rows}
        )


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A requirement row without rows inside."""
    inner = ("quality", "mix", "sources")
    plain = {name: value for name, value in row.items() if name not in inner}
    return {**plain, **row["quality"], **(row["mix"] or {})}


class ForecastViewSet(ApiViewSet):
    """What the deals of a pipeline that are open now will still bring."""

    queryset = Pipeline.objects.all()
    serializer_class = ForecastSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="Now if not said."),
            OpenApiParameter("months", OpenApiTypes.INT, description="1 to 60; 12 if not said."),
        ],
        responses=ForecastSerializer,
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """By month and by stage, of the deals that the caller may see, at the company's rates.

        From the latest estimate; with `as_of`, from one by what was known before that instant.
        """
        query = request.query_params
        if unknown := [name for name in query if name not in ("as_of", "months")]:
            raise no_such_filter(unknown)
        as_of = _instant(query["as_of"]) if "as_of" in query else None
        months = _months(query.get("months", "12"))
        estimate = _estimate(get_object_or_404(Pipeline, pk=pk), as_of)
        return tagged(request, forecast_document(estimate, months=months, seen_by=self.caller))


def _estimate(pipeline: Pipeline, as_of: datetime | None) -> Estimate:
    """The latest estimate, computed where there is none yet, or the one as of an instant."""
    latest = latest_estimate(pipeline) if as_of is None else None
    try:
        return latest or refresh(pipeline, as_of=as_of)
    except FutureAsOf as error:
        raise ValidationError({"as_of": [str(error)]}) from error


def _dimension(query: QueryDict) -> str | None:
    if unknown := [name for name in query if name not in ("by", "format")]:
        raise no_such_filter(unknown)
    if "by" in query and query["by"] not in SEGMENTS:
        text = _("Give one of %(choices)s.") % {"choices": ", ".join(SEGMENTS)}
        raise ValidationError({"by": [text]})
    return query.get("by")


def _instant(text: str) -> datetime:
    try:
        return InstantField().to_internal_value(text)
    except ValidationError as error:
        raise ValidationError({"as_of": error.detail}) from error


def _months(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_MONTHS):
        raise ValidationError({"months": [_("Give a whole number from 1 to 60.")]})
    return int(text)
