"""Scenarios of a plan: the list with what each says, copies with changes, and side by side."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import id_of
from core.api.filters import no_such_filter
from core.api.viewsets import Changing, tagged
from planning.api.assumptions import AssumptionInSerializer, assumed_of
from planning.api.serializers import PlanSerializer
from planning.api.solution_serializers import SolvedPlanSerializer
from planning.comparison import FEWEST, MOST, compare, family_of
from planning.models import Plan
from planning.selectors import plan_document
from planning.services.assumptions import Key, assumptions_of
from planning.services.scenarios import copy_plan

# A scenario is of the same year and pipeline as its plan, so that they can be laid side by side.
OF_THE_PLAN = {"id", "name", "year", "pipeline", "team", "currency", "status"}
CHANGED = tuple(
    name
    for name in PlanSerializer.Meta.fields
    if name not in OF_THE_PLAN | set(PlanSerializer.Meta.read_only_fields)
)


class ScenarioInSerializer(PlanSerializer):
    """What differs from the plan; ``assumptions``, where given, take the place of the plan's."""

    assumptions = AssumptionInSerializer(many=True, required=False)

    class Meta:
        model = Plan
        fields = ("name", *CHANGED, "assumptions")
        extra_kwargs = {"target": {"required": False}}


class ScenarioSerializer(serializers.Serializer[Any]):
    """``scenario_of`` is null for the plan itself."""

    plan = PlanSerializer()
    scenario_of = serializers.IntegerField(allow_null=True)
    solved = SolvedPlanSerializer()


class ComparedPlanSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scenario_of = serializers.IntegerField(allow_null=True)
    year = serializers.IntegerField()
    currency = serializers.CharField()
    target = serializers.DecimalField(max_digits=18, decimal_places=2)


class LineSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    stage = serializers.DictField(allow_null=True, help_text="`{kind, id, name}` of a stage.")
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))


class OutcomeSerializer(LineSerializer):
    differences = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="To the first plan."
    )


class PlanComparisonSerializer(serializers.Serializer[Any]):
    """Two to four plans, every list in their order; inputs are only those that differ."""

    plans = ComparedPlanSerializer(many=True)
    inputs = LineSerializer(many=True)
    outcomes = OutcomeSerializer(many=True)
    verdicts = serializers.ListField(child=serializers.DictField())
    expected_by_month = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="Expected revenue by month of each plan's year.",
    )


class ScenarioActions(Changing):
    @extend_schema(responses=ScenarioSerializer(many=True))
    @action(detail=True)
    def scenarios(self, request: Request, pk: int) -> Response:
        """The plan and its scenarios, with what each solve said; the same list for each of them."""
        self._refuse_unknown_parameters()
        rows = self.paginate_queryset(family_of(self.get_object(), self.caller))
        assert rows is not None
        prefetch_related_objects(rows, "requirements")
        return self.get_paginated_response([self._scenario(plan) for plan in rows])

    @extend_schema(request=ScenarioInSerializer, responses={201: PlanSerializer})
    @scenarios.mapping.post
    def copy(self, request: Request, pk: int) -> Response:
        """A copy of the plan with changes, solved at once; the plan stays as it is."""
        plan = self.get_object()
        body = ScenarioInSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        assume = drop = None
        if "assumptions" in fields:
            assume = assumed_of(fields.pop("assumptions"))
            drop = _others(plan, {each.key for each in assume})
        made = copy_plan(plan, by=self.caller, assume=assume or (), drop=drop or (), **fields)
        return self.answer(self.reread(made), status=201)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "with",
                OpenApiTypes.STR,
                required=True,
                description="Ids of one to three other plans of the list, with commas between.",
            )
        ],
        responses=PlanComparisonSerializer,
    )
    @action(detail=True, url_path="scenarios/compare")
    def compare_scenarios(self, request: Request, pk: int) -> Response:
        """The plan beside scenarios: which inputs differ, what came out, and revenue by month."""
        if unknown := [name for name in request.query_params if name != "with"]:
            raise no_such_filter(unknown)
        plan = self.get_object()
        family = family_of(plan, self.caller)
        ids = dict.fromkeys([plan.pk, *_ids(request.query_params.get("with", ""))])
        if not FEWEST <= len(ids) <= MOST:
            raise ValidationError({"with": [_("Name one to three other plans.")]})
        plans = [get_object_or_404(family, pk=each) for each in ids]
        return tagged(request, compare(plans).document())

    def _scenario(self, plan: Plan) -> dict[str, Any]:
        return {
            "plan": self.read_serializer(plan).data,
            "scenario_of": plan.scenario_of_id,
            "solved": plan_document(plan),
        }


def _others(plan: Plan, wanted: set[Key]) -> list[Key]:
    return [key for key in assumptions_of(plan) if key not in wanted]


def _ids(text: str) -> list[int]:
    ids = [id_of(part.strip()) for part in text.split(",")]
    if None in ids:
        raise ValidationError({"with": [_("Name plans by their ids, with commas between.")]})
    return [each for each in ids if each is not None]
