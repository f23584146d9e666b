"""How sure a plan is, and how it runs under its load."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.problems import NotEnoughHistory
from core.api.viewsets import Changing, tagged
from planning.api.solution_serializers import AttainableSerializer
from planning.risk import saved_risk


class QuantilesSerializer(serializers.Serializer[Any]):
    p10 = serializers.FloatField()
    p25 = serializers.FloatField()
    p50 = serializers.FloatField()
    p75 = serializers.FloatField()
    p90 = serializers.FloatField()


class FanMonthSerializer(QuantilesSerializer):
    """Revenue from the year's start to the end of the month."""

    month = serializers.DateField()


class LoadSerializer(serializers.Serializer[Any]):
    """A year of people who have only so many hours: by role, by stage, by role and month."""

    revenue = serializers.FloatField()
    wins = serializers.FloatField()
    wasted_leads = serializers.FloatField()
    never_served = serializers.FloatField()
    strained = serializers.ListField(
        child=serializers.DateField(allow_null=True), help_text="By role: when it passes 85 %."
    )
    full = serializers.ListField(
        child=serializers.DateField(allow_null=True), help_text="By role: when it passes 100 %."
    )
    mean_wait = serializers.ListField(child=serializers.FloatField(), help_text="Days, by stage.")
    waiting = serializers.ListField(
        child=serializers.FloatField(), help_text="By stage, at the end of the year."
    )
    utilisation = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="By role and month."
    )
    revenue_by_month = serializers.ListField(child=serializers.FloatField())


class OverloadSerializer(serializers.Serializer[Any]):
    """Both ends of how people choose whom to serve: the freshest first, or in order."""

    roles = serializers.ListField(child=serializers.CharField())
    stages = serializers.ListField(child=serializers.CharField())
    kind = LoadSerializer()
    harsh = LoadSerializer()


class RiskSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    currency = serializers.CharField()
    target = serializers.DecimalField(max_digits=18, decimal_places=2)
    runs = serializers.IntegerField()
    is_limited = serializers.BooleanField(help_text="Whether people or channels were typed.")
    is_reached = serializers.BooleanField(help_text="Whether they suffice for the target.")
    figures_of = serializers.ChoiceField(
        choices=["plan", "required"],
        help_text="`required`: of what the target would take, as it is out of reach.",
    )
    attainable = AttainableSerializer(allow_null=True, help_text="What can be done.")
    p_target = serializers.FloatField()
    standard_error = serializers.FloatField()
    expected = serializers.FloatField()
    year = QuantilesSerializer()
    months = FanMonthSerializer(many=True)
    overload = OverloadSerializer(allow_null=True, help_text="null where no hours are typed.")


class RiskActions(Changing):
    @extend_schema(responses=RiskSerializer)
    @action(detail=True)
    def risk(self, request: Request, pk: int) -> Response:
        """How sure the saved plan is, by 20,000 years drawn, and how it runs under its load.

        By the rates, people and channels it was solved with; 409 where no rates are known.
        """
        document = saved_risk(self.get_object())
        if document is None:
            raise NotEnoughHistory
        return tagged(request, document)
