"""Where a plan reads the repeat business of existing customers."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.etags import etag_of
from core.api.serializers import StrictSerializer
from core.api.viewsets import Changing, tagged
from planning.models import Plan
from planning.models.plans import MONTHS
from planning.repeat import buyers_with_deals, repeat_of_purchases
from planning.services.repeat import set_repeat_business
from planning.solving import plan_months


class RepeatInSerializer(StrictSerializer):
    """`by_month` and `reason` belong to `typed`, and are passed over with the others."""

    repeat_from = serializers.ChoiceField(choices=Plan.RepeatFrom.choices)
    by_month = serializers.ListField(
        child=serializers.DecimalField(max_digits=15, decimal_places=2, min_value=Decimal(0)),
        min_length=MONTHS,
        max_length=MONTHS,
        required=False,
        allow_null=True,
        default=None,
    )
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    overlap = serializers.ChoiceField(
        choices=Plan.RepeatOverlap.choices,
        default=Plan.RepeatOverlap.PURCHASES,
        help_text="Of customers with purchases and won deals, where it is read from purchases.",
    )
    plan = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    version = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    currency = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    purchases = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    buyers = serializers.JSONField(required=False, help_text="Passed over when sent back.")
    buyers_with_deals = serializers.JSONField(
        required=False, help_text="Passed over when sent back."
    )


class MonthOfPurchasesSerializer(serializers.Serializer[Any]):
    month = serializers.DateField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    n = serializers.IntegerField(help_text="Repeat purchases.")
    base = serializers.IntegerField(help_text="Customers who had bought before the month.")


class RepeatSerializer(serializers.Serializer[Any]):
    """``by_month``: as typed; null otherwise. ``purchases``: the last twelve whole months."""

    plan = serializers.IntegerField()
    version = serializers.IntegerField(help_text="That of the plan.")
    currency = serializers.CharField()
    repeat_from = serializers.ChoiceField(choices=Plan.RepeatFrom.choices)
    by_month = serializers.ListField(
        child=serializers.DecimalField(max_digits=15, decimal_places=2), allow_null=True
    )
    reason = serializers.CharField()
    overlap = serializers.ChoiceField(choices=Plan.RepeatOverlap.choices)
    buyers = serializers.IntegerField(help_text="Customers who purchased in these months.")
    buyers_with_deals = serializers.IntegerField(help_text="Of them, who won a deal in them too.")
    purchases = MonthOfPurchasesSerializer(many=True)


class RepeatActions(Changing):
    """The plan's version stands for its repeat business, too."""

    @extend_schema(responses=RepeatSerializer)
    @action(detail=True, url_path="repeat-business")
    def repeat_business(self, request: Request, pk: int) -> Response:
        """Where it is read, and what purchases of existing customers brought of late."""
        return tagged(request, _document(self.get_object()))

    @extend_schema(request=RepeatInSerializer, responses=RepeatSerializer)
    @repeat_business.mapping.put
    def set_repeat_business(self, request: Request, pk: int) -> Response:
        """Read it from deals, from purchases, or as typed, with a reason; solved anew."""
        plan: Plan = self.get_object()
        self.check_precondition(plan)
        body = RepeatInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        set_repeat_business(
            plan,
            by=self.caller,
            source=data["repeat_from"],
            by_month=data["by_month"],
            reason=data["reason"],
            overlap=data["overlap"],
        )
        document = _document(plan)
        return Response(document, headers={"ETag": etag_of(document)})


def _document(plan: Plan) -> dict[str, Any]:
    as_of = plan.estimate.as_of if plan.estimate else clock.default_as_of()
    asked = {"currency": plan.currency, "overlap": plan.repeat_overlap}
    found = repeat_of_purchases(plan_months(plan.year), as_of=as_of, **asked)
    buyers, with_deals = buyers_with_deals(found, as_of=as_of)
    typed = plan.repeat_by_month
    return {
        "plan": plan.pk,
        "version": plan.version,
        "currency": plan.currency,
        "repeat_from": str(plan.repeat_from),
        "by_month": None if typed is None else [f"{amount:.2f}" for amount in typed],
        "reason": plan.repeat_reason,
        "overlap": plan.repeat_overlap,
        "buyers": buyers,
        "buyers_with_deals": with_deals,
        "purchases": [
            {
                "month": row.month.isoformat(),
                "amount": f"{row.repeat_amount:.2f}",
                "n": row.repeat,
                "base": row.base,
            }
            for row in found.months
        ],
    }
