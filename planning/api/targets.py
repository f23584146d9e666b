"""The target of a plan in parts: by month or quarter, team, source, region or product."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import StrictSerializer
from core.api.viewsets import ApiViewSet, tagged
from planning.models import TargetPart
from planning.services.targets import set_target_parts
from planning.targets import MOST_PARTS, targets_document


class PartSerializer(StrictSerializer):
    value = serializers.CharField(
        max_length=100,
        allow_blank=True,
        default="",
        help_text="Place of the month (1 to 12) or quarter in the fiscal year, id of a team, "
        "source or product, or name of a region; empty for what has none.",
    )
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=Decimal(0))


class TargetPartsSerializer(StrictSerializer):
    """All parts of one dimension; they add up to the target. None at all takes the split back."""

    dimension = serializers.ChoiceField(choices=TargetPart.Dimension.choices)
    parts = serializers.ListField(child=PartSerializer(), max_length=MOST_PARTS)

    def validate_parts(self, value: list[dict[str, Any]]) -> dict[str, Decimal]:
        parts = {part["value"]: part["amount"] for part in value}
        if len(parts) < len(value):
            raise serializers.ValidationError(_("Name each part once."))
        return parts


class NamedPartSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    name = serializers.CharField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)


class DimensionSerializer(serializers.Serializer[Any]):
    dimension = serializers.ChoiceField(choices=TargetPart.Dimension.choices)
    parts = NamedPartSerializer(many=True)
    elsewhere = serializers.DecimalField(
        max_digits=18, decimal_places=2, help_text="The parts of teams that the caller cannot see."
    )


class TargetsSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    target = serializers.DecimalField(max_digits=18, decimal_places=2)
    currency = serializers.CharField()
    version = serializers.IntegerField()
    dimensions = DimensionSerializer(many=True)


class TargetActions(ApiViewSet):
    """What a plan's address also answers."""

    @extend_schema(responses=TargetsSerializer)
    @action(detail=True)
    def targets(self, request: Request, pk: int) -> Response:
        """The target by every dimension that it is split by; months and quarters go together."""
        return tagged(request, targets_document(self.get_object(), self.caller))

    @extend_schema(request=TargetPartsSerializer, responses=TargetsSerializer)
    @targets.mapping.put
    def set_targets(self, request: Request, pk: int) -> Response:
        """Set all parts of one dimension; 400 says by how much they miss the target.

        The parts of teams that the caller does not plan stay, and count towards the target.
        """
        plan = self.get_object()
        self.check_precondition(plan)
        serializer = TargetPartsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        set_target_parts(plan, by=self.caller, **serializer.validated_data)
        return tagged(request, targets_document(plan, self.caller))
