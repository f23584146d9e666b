"""What a plan assumes to be otherwise than history says."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import etag_of
from core.api.serializers import StrictSerializer
from core.api.viewsets import Changing, tagged
from planning.assumptions import Row
from planning.models import Assumption, Plan
from planning.selectors import assumption_document
from planning.services.assumptions import Assumed, replace_assumptions


class StageOfSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=["customer", "opportunity"])
    id = serializers.IntegerField(min_value=1)


class AssumptionInSerializer(StrictSerializer):
    """A promotion rate from 0 to 1 with its stage; else times what history says."""

    kind = serializers.ChoiceField(choices=Assumption.Kind.choices)
    stage = StageOfSerializer(required=False, allow_null=True, default=None)
    value = serializers.FloatField(min_value=0, max_value=10)
    reason = serializers.CharField(max_length=300)
    by = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    at = serializers.JSONField(required=False, help_text="Passed over when sent back.")


class AssumptionsInSerializer(StrictSerializer):
    plan = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    version = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    assumptions = AssumptionInSerializer(many=True)


class AssumptionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Assumption.Kind.choices)
    stage = StageOfSerializer(allow_null=True)
    value = serializers.FloatField()
    reason = serializers.CharField()
    by = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()


class AssumptionsSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    version = serializers.IntegerField(help_text="That of the plan.")
    assumptions = AssumptionSerializer(many=True)


def assumed_of(rows: list[dict[str, Any]]) -> list[Assumed]:
    """Valid rows of a body as the services take them."""
    return [Assumed(row["kind"], row["value"], row["reason"], _stage(row)) for row in rows]


def _stage(row: dict[str, Any]) -> Row | None:
    return (row["stage"]["kind"], row["stage"]["id"]) if row["stage"] else None


def _document(plan: Plan) -> dict[str, Any]:
    rows = [assumption_document(row) for row in plan.assumptions.all()]
    return {"plan": plan.pk, "version": plan.version, "assumptions": rows}


class AssumptionActions(Changing):
    """The plan's version stands for its assumptions, too."""

    @extend_schema(responses=AssumptionsSerializer)
    @action(detail=True)
    def assumptions(self, request: Request, pk: int) -> Response:
        """What the plan takes to be otherwise than history says, with the reason of each."""
        return tagged(request, _document(self.get_object()))

    @extend_schema(request=AssumptionsInSerializer, responses=AssumptionsSerializer)
    @assumptions.mapping.put
    def replace_assumptions(self, request: Request, pk: int) -> Response:
        """Exactly these assumptions; the plan is solved anew. Each needs its reason."""
        plan = self._plan_to_change()
        body = AssumptionsInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = assumed_of(body.validated_data["assumptions"])
        replace_assumptions(plan, by=self.caller, to=wanted)
        document = _document(plan)
        return Response(document, headers={"ETag": etag_of(document)})

    @extend_schema(request=None, responses={204: None})
    @assumptions.mapping.delete
    def drop_assumptions(self, request: Request, pk: int) -> Response:
        """Everything as history says; the plan is solved anew."""
        replace_assumptions(self._plan_to_change(), by=self.caller, to=[])
        return Response(status=204)

    def _plan_to_change(self) -> Plan:
        plan: Plan = self.get_object()
        self.check_precondition(plan)
        return plan
