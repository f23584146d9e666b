"""The documented shape of estimates."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import IdOrNameField
from core.api.serializers import StrictSerializer
from crm.models import PlanPart
from pipeline.models import Pipeline


class MethodSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    bin_days = serializers.CharField(help_text="How ages are binned.")
    half_life_days = serializers.FloatField(allow_null=True)
    censoring = serializers.CharField()


class PromotionSerializer(serializers.Serializer[Any]):
    """Chance to be promoted from the stage, with 80 and 90 % bands; null with nothing entered."""

    rate = serializers.FloatField(allow_null=True)
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    low90 = serializers.FloatField(allow_null=True)
    high90 = serializers.FloatField(allow_null=True)
    n_eff = serializers.FloatField(allow_null=True)


class SuccessSerializer(serializers.Serializer[Any]):
    """Chance to be won in the end; ``value_rate`` is the same for money."""

    rate = serializers.FloatField(allow_null=True)
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    value_rate = serializers.FloatField(allow_null=True)
    unresolved = serializers.FloatField(allow_null=True)


class DwellSerializer(serializers.Serializer[Any]):
    median = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)


class DriftSerializer(serializers.Serializer[Any]):
    since = serializers.DateField()
    change = serializers.FloatField()


class StageRateSerializer(serializers.Serializer[Any]):
    stage = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["customer", "opportunity"])
    part = serializers.ChoiceField(choices=PlanPart.choices)
    entered = serializers.IntegerField()
    advanced = serializers.IntegerField()
    moved_back = serializers.IntegerField()
    lost = serializers.IntegerField()
    open = serializers.IntegerField()
    promotion = PromotionSerializer()
    success = SuccessSerializer()
    dwell_days = DwellSerializer()
    unresolved = serializers.FloatField(allow_null=True)
    drift = DriftSerializer(allow_null=True)


class JoinSerializer(serializers.Serializer[Any]):
    """How customers handed over become deals."""

    from_stage = serializers.IntegerField()
    deals_per_customer = serializers.FloatField(allow_null=True)
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    lag_days = serializers.FloatField(allow_null=True)
    direct_per_month = serializers.FloatField(allow_null=True)


class EstimateSerializer(serializers.Serializer[Any]):
    """Rates of a pipeline by what was known at ``as_of``; never changed afterwards."""

    id = serializers.IntegerField()
    pipeline = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    method = MethodSerializer()
    subjects = serializers.IntegerField()
    undated = serializers.IntegerField()
    currency = serializers.CharField()
    stages = StageRateSerializer(many=True)
    join = JoinSerializer(allow_null=True)


class EstimateRequestSerializer(StrictSerializer):
    pipeline = IdOrNameField(queryset=Pipeline.objects.all(), help_text=_("Id or name."))
