"""The documented shape of estimates."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import IdOrNameField
from core.api.serializers import StrictSerializer
from crm.models import PlanPart
from pipeline.models import Pipeline
from pipeline.segmenting import FIELDS, UnknownField, fields_of

SEGMENT_HELP = (
    f"Rates by one of {', '.join(FIELDS)}, or by two of them crossed, as in `team,source`; "
    "left out for those of all deals."
)


class HalfLifeSerializer(serializers.Serializer[Any]):
    """A half-life that was put to the test."""

    days = serializers.FloatField()
    nats = serializers.FloatField(help_text="What it gained in log-loss over all of history alike.")


class MethodSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    bin_days = serializers.CharField(help_text="How ages are binned.")
    half_life_days = serializers.FloatField(
        allow_null=True,
        help_text="Of the level of the rates; null where all of history counts alike.",
    )
    half_lives = HalfLifeSerializer(many=True)
    origins = serializers.IntegerField(help_text="Dates at which half-lives were put to the test.")
    sample = serializers.IntegerField(help_text="Measured on one deal in so many.")
    censoring = serializers.CharField()
    old_ages = serializers.CharField(help_text="How ages that few stays have reached are read.")


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


class SegmentPromotionSerializer(PromotionSerializer):
    """``raw`` is what the segment shows by itself; where ``pooled``, for want of stays, ``rate`` is
    that of all deals or customers. The band is always what is known of the segment."""

    raw = serializers.FloatField(allow_null=True)
    pooled = serializers.BooleanField()


class SegmentSuccessSerializer(SuccessSerializer):
    """Likewise; ``value_pooled`` is about ``value_rate``.

    Of customers it is that of being handed over, ``reach_pooled`` where that is as of all, times
    that of a win after it, ``wins_pooled`` where that is.
    """

    raw = serializers.FloatField(allow_null=True)
    pooled = serializers.BooleanField()
    value_pooled = serializers.BooleanField()
    reach_pooled = serializers.BooleanField(required=False)
    wins_pooled = serializers.BooleanField(required=False)


class PaceSerializer(serializers.Serializer[Any]):
    """How many times as often stays end, at the same age, as those of all."""

    level = serializers.FloatField()
    low80 = serializers.FloatField()
    high80 = serializers.FloatField()


class DwellSerializer(serializers.Serializer[Any]):
    median = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)


class DriftSerializer(serializers.Serializer[Any]):
    since = serializers.DateField()
    change = serializers.FloatField()


class SegmentNameSerializer(serializers.Serializer[Any]):
    value = serializers.JSONField(
        allow_null=True,
        help_text=(
            "An id, a region, or a band of amounts as in `50000..200000`; null where the deal or "
            "customer says nothing; a list of two where fields are crossed."
        ),
    )
    label = serializers.CharField(  # type: ignore[assignment]  # the name of a field, too
        help_text="In the reader's language."
    )


class StageSegmentSerializer(SegmentNameSerializer):
    """The deals, or customers, of one segment in one stage."""

    entered = serializers.IntegerField()
    advanced = serializers.IntegerField()
    moved_back = serializers.IntegerField()
    lost = serializers.IntegerField()
    open = serializers.IntegerField()
    promotion = SegmentPromotionSerializer()
    success = SegmentSuccessSerializer()
    dwell_days = DwellSerializer()
    unresolved = serializers.FloatField(allow_null=True)
    pace = PaceSerializer()


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
    segments = StageSegmentSerializer(many=True, required=False)


class JoinSerializer(serializers.Serializer[Any]):
    """How customers handed over become deals."""

    from_stage = serializers.IntegerField()
    deals_per_customer = serializers.FloatField(allow_null=True)
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    lag_days = serializers.FloatField(allow_null=True)
    direct_per_month = serializers.FloatField(allow_null=True)


class HandedOverSerializer(serializers.Serializer[Any]):
    """Chance of at least one win of the customers that the ladder has handed over, ``customers`` of
    them so far; ``raw`` and ``pooled`` as of any rate."""

    customers = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    n_eff = serializers.FloatField(allow_null=True)
    raw = serializers.FloatField(allow_null=True)
    pooled = serializers.BooleanField()


class SegmentSerializer(SegmentNameSerializer):
    """``customers`` and ``handed_over`` are null where only deals are split."""

    deals = serializers.IntegerField()
    wins = serializers.IntegerField()
    amount_per_win = serializers.FloatField(allow_null=True)
    customers = serializers.IntegerField(allow_null=True)
    handed_over = HandedOverSerializer(allow_null=True)


class FindingSerializer(SegmentNameSerializer):
    """A segment that is certainly (80 %) not like all; without a stage, from the first on.

    ``kind`` tells whether it is about customers on the ladder or about deals.
    """

    kind = serializers.ChoiceField(choices=["customer", "opportunity"])
    stage = serializers.IntegerField(allow_null=True)
    what = serializers.ChoiceField(choices=["success", "promotion", "dwell"])
    factor = serializers.FloatField(help_text="How many times that of all.")
    text = serializers.CharField(help_text="As a sentence, in the reader's language.")


class GainSerializer(serializers.Serializer[Any]):
    """Whether open deals have the chance of their segment: ``used`` where that foretold surely
    better, on ``deals`` that ended in the last third of the history, than the chance of all."""

    deals = serializers.IntegerField()
    nats = serializers.FloatField(help_text="Log-likelihood gained.")
    sd = serializers.FloatField(help_text="Its standard error.")
    brier = serializers.FloatField(allow_null=True)
    brier_whole = serializers.FloatField(allow_null=True)
    used = serializers.BooleanField()


class EstimateSerializer(serializers.Serializer[Any]):
    """Rates of a pipeline by what was known at ``as_of``; never changed afterwards.

    By segment, each deal and each customer on the ladder counts where its fields say today;
    ``segments``, ``standing_out``, ``left_out``, ``one_in``, ``gain`` and ``refused`` are then
    given as well. Customers have no product and no amount: by these only deals are split.
    """

    id = serializers.IntegerField()
    pipeline = serializers.IntegerField()
    segment = serializers.CharField(help_text="The field or fields; empty for all deals.")
    as_of = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    method = MethodSerializer()
    subjects = serializers.IntegerField()
    undated = serializers.IntegerField()
    currency = serializers.CharField()
    stages = StageRateSerializer(many=True)
    join = JoinSerializer(allow_null=True)
    segments = SegmentSerializer(many=True, required=False)
    standing_out = FindingSerializer(many=True, required=False, help_text="The strongest first.")
    left_out = serializers.IntegerField(
        required=False, help_text="Deals of segments that are too small and too many to show."
    )
    one_in = serializers.IntegerField(
        required=False, help_text="Of how many deals one was looked at; 1 means all."
    )
    customers = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Customers on the ladder; null where only deals are split.",
    )
    customers_left_out = serializers.IntegerField(
        required=False, allow_null=True, help_text="As `left_out`, of customers."
    )
    customers_one_in = serializers.IntegerField(
        required=False, allow_null=True, help_text="As `one_in`, of customers."
    )
    gain = GainSerializer(required=False, allow_null=True)
    refused = serializers.CharField(
        required=False, allow_null=True, help_text="Why there are no segments, as a sentence."
    )


class EstimateRequestSerializer(StrictSerializer):
    pipeline = IdOrNameField(queryset=Pipeline.objects.all(), help_text=_("Id or name."))
    segment = serializers.CharField(required=False, allow_blank=True, help_text=SEGMENT_HELP)

    def validate_segment(self, text: str) -> str:
        try:
            fields_of(text) if text else ()
        except UnknownField as error:
            raise serializers.ValidationError(str(error)) from error
        return text
