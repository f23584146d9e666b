"""The most that a plan may spend on each channel in each month."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.etags import etag_of
from core.api.problems import Conflict
from core.api.serializers import StrictSerializer
from core.api.viewsets import Changing, tagged
from planning.channel_budgets import Budgets, budgets_document
from planning.models import Plan
from planning.services.channel_budgets import PlanIsApproved, set_channel_budgets

MOST_ROWS = 1200


class ApprovedPlan(Conflict):
    default_code = "plan-approved"
    title = gettext_lazy("The plan is approved")


class BudgetInSerializer(StrictSerializer):
    channel = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    month = serializers.DateField(help_text="First day of a month of the plan's year.")
    amount = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=Decimal(0), help_text="In the plan's currency."
    )
    name = serializers.JSONField(required=False, help_text="Passed over when sent back.")


class BudgetsInSerializer(StrictSerializer):
    """All of them; a channel and month that is not named has no limit."""

    budgets = serializers.ListField(child=BudgetInSerializer(), max_length=MOST_ROWS)
    plan = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    version = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    currency = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    months = serializers.JSONField(required=False, help_text="Passed over when sent back.")

    def validate_budgets(self, value: list[dict[str, Any]]) -> Budgets:
        budgets = {(row["channel"], row["month"]): row["amount"] for row in value}
        if len(budgets) < len(value):
            raise serializers.ValidationError(_("Name each month of a channel once."))
        return budgets


class BudgetSerializer(serializers.Serializer[Any]):
    channel = serializers.IntegerField()
    name = serializers.CharField()
    month = serializers.DateField()
    amount = serializers.DecimalField(max_digits=16, decimal_places=2)


class BudgetsSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    version = serializers.IntegerField(help_text="That of the plan.")
    currency = serializers.CharField()
    months = serializers.ListField(child=serializers.DateField())
    budgets = BudgetSerializer(many=True)


class ChannelBudgetActions(Changing):
    """The plan's version stands for its budgets, too."""

    @extend_schema(responses=BudgetsSerializer)
    @action(detail=True, url_path="channel-budgets")
    def channel_budgets(self, request: Request, pk: int) -> Response:
        """The months of channels that have a limit, in the plan's currency."""
        return tagged(request, budgets_document(self.get_object()))

    @extend_schema(request=BudgetsInSerializer, responses=BudgetsSerializer)
    @channel_budgets.mapping.put
    def set_channel_budgets(self, request: Request, pk: int) -> Response:
        """Exactly these limits; the plan is solved anew. 409 where it is approved."""
        plan: Plan = self.get_object()
        self.check_precondition(plan)
        body = BudgetsInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        self._set(plan, body.validated_data["budgets"])
        document = budgets_document(plan)
        return Response(document, headers={"ETag": etag_of(document)})

    @extend_schema(request=None, responses={204: None})
    @channel_budgets.mapping.delete
    def drop_channel_budgets(self, request: Request, pk: int) -> Response:
        """Lift all limits; the plan is solved anew. 409 where it is approved."""
        plan: Plan = self.get_object()
        self.check_precondition(plan)
        self._set(plan, {})
        return Response(status=204)

    def _set(self, plan: Plan, budgets: Budgets) -> None:
        try:
            set_channel_budgets(plan, by=self.caller, budgets=budgets)
        except PlanIsApproved as error:
            raise ApprovedPlan(str(error)) from error
