"""The hires of a plan: those it means to make, those its solve asks for, and taking these over."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import etag_of
from core.api.fields import LARGEST_ID
from core.api.serializers import StrictSerializer
from core.api.viewsets import Changing, tagged
from planning.api.means import StaffSerializer
from planning.hires import planned_hires
from planning.models import Plan
from planning.services.hires import put_hires_back, rows_of, take_over_hires

MOST = 200


class PlannedHireSerializer(StaffSerializer):
    """As in `staff/`, where one is added or changed."""

    cost = serializers.FloatField(
        allow_null=True, help_text="Within the plan's year; null where an exchange rate is missing."
    )

    class Meta(StaffSerializer.Meta):
        fields = (*StaffSerializer.Meta.fields, "cost")  # type: ignore[assignment]


class ProposedHireSerializer(serializers.Serializer[Any]):
    """What the solve asks for besides; ``count`` may be a part of a person."""

    month = serializers.DateField()
    role = serializers.CharField()
    count = serializers.FloatField()


class HiresSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    version = serializers.IntegerField(help_text="That of the plan.")
    currency = serializers.CharField()
    planned = PlannedHireSerializer(many=True)
    proposed = ProposedHireSerializer(many=True)


class TakeBackSerializer(StrictSerializer):
    hires = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        min_length=1,
        max_length=MOST,
        help_text="Ids of planned hires.",
    )


class HireActions(Changing):
    """The plan's version stands for its hires, too."""

    @extend_schema(responses=HiresSerializer)
    @action(detail=True)
    def hires(self, request: Request, pk: int) -> Response:
        """The plan's own hires, counted from their first day, and those its last solve asks for."""
        return tagged(request, self._hires(self.get_object()))

    @extend_schema(request=None, responses=HiresSerializer)
    @action(detail=True, methods=["post"], url_path="hires/take")
    def take_hires(self, request: Request, pk: int) -> Response:
        """Make the hires that the solve asks for the plan's own, whole people only; solved anew."""
        plan = self.get_object()
        self.check_precondition(plan, required=False)
        take_over_hires(plan, by=self.caller)
        return self._answer(plan)

    @extend_schema(request=TakeBackSerializer, responses=HiresSerializer)
    @action(detail=True, methods=["post"], url_path="hires/take-back")
    def take_hires_back(self, request: Request, pk: int) -> Response:
        """Take some of the plan's own hires back at once; solved anew."""
        plan = self.get_object()
        self.check_precondition(plan, required=False)
        body = TakeBackSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rows = rows_of(plan)
        for place, hire in enumerate(body.validated_data["hires"]):
            if rows.pop(hire, None) is None:
                text = _("This plan has no such hire.")
                raise serializers.ValidationError({"hires": {str(place): [text]}})
        put_hires_back(plan, by=self.caller, rows=rows)
        return self._answer(plan)

    def _answer(self, plan: Plan) -> Response:
        document = self._hires(plan)
        return Response(document, headers={"ETag": etag_of(document)})

    def _hires(self, plan: Plan) -> dict[str, Any]:
        context = self.get_serializer_context()
        return {
            "plan": plan.pk,
            "version": plan.version,
            "currency": plan.currency,
            "planned": [
                StaffSerializer(each.hire, context=context).data | {"cost": each.cost}
                for each in planned_hires(plan)
            ],
            "proposed": [
                {"month": date.fromisoformat(row["month"]), "role": row["role"]}
                | {"count": row["count"]}
                for row in (plan.solution or {}).get("hires", [])
            ],
        }
