"""The documented shapes of a forecast."""

from typing import Any

from rest_framework import serializers


class ForecastBandSerializer(serializers.Serializer[Any]):
    wins = serializers.FloatField()
    wins_low80 = serializers.FloatField()
    wins_high80 = serializers.FloatField()
    value = serializers.FloatField()
    value_low80 = serializers.FloatField()
    value_high80 = serializers.FloatField()


class ForecastMonthSerializer(ForecastBandSerializer):
    month = serializers.DateField()


class ForecastStageSerializer(serializers.Serializer[Any]):
    stage = serializers.IntegerField()
    name = serializers.CharField()
    open = serializers.IntegerField()
    wins = serializers.FloatField()
    value = serializers.FloatField()


class ForecastSerializer(ForecastBandSerializer):
    """Totals to the end of the last month asked for, of the deals open at ``as_of`` alone."""

    pipeline = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    currency = serializers.CharField()
    months = ForecastMonthSerializer(many=True)
    stages = ForecastStageSerializer(many=True)
