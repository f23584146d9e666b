"""The documented shapes of what a solve says."""

from typing import Any

from rest_framework import serializers

from crm.models import PlanPart
from planning.api.assumptions import AssumptionSerializer


class VerdictSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(
        choices=["reachable", "tight", "unreachable", "too_little_history"]
    )
    text = serializers.CharField()


class QualitySerializer(serializers.Serializer[Any]):
    """Of those who enter the stage in the month.

    ``mean_amount`` of those still to come, plan currency: deals that are open now with their own
    amounts, new ones as large as usual; who is no deal yet stands for what a deal is worth. null
    where nobody is to come, or no amounts are known. ``success``: the share that is won in the end,
    which differs by month as far as the mix of channels does.
    """

    mean_amount = serializers.FloatField(allow_null=True)
    success = serializers.FloatField(allow_null=True)


class MixSerializer(serializers.Serializer[Any]):
    """Shares of the entries by where they come from, together 1: entered already, from what is
    open now, by themselves or again, and from new leads."""

    so_far = serializers.FloatField(min_value=0, max_value=1)
    open = serializers.FloatField(min_value=0, max_value=1)
    direct = serializers.FloatField(min_value=0, max_value=1)
    new_leads = serializers.FloatField(min_value=0, max_value=1)


class RequirementSerializer(serializers.Serializer[Any]):
    """How many must enter a stage in a month, unrounded; ``entries = from_pipeline + new``."""

    month = serializers.DateField()
    kind = serializers.ChoiceField(choices=["customer", "opportunity"])
    stage = serializers.IntegerField()
    name = serializers.CharField()
    part = serializers.ChoiceField(choices=PlanPart.choices)
    segment = serializers.CharField()
    entries = serializers.FloatField()
    from_pipeline = serializers.FloatField()
    new = serializers.FloatField()
    low80 = serializers.FloatField()
    high80 = serializers.FloatField()
    quality = QualitySerializer()
    mix = MixSerializer(allow_null=True, help_text="null where nobody enters.")


class LimitSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    month = serializers.DateField()
    price = serializers.FloatField()


class CapacitySerializer(serializers.Serializer[Any]):
    month = serializers.DateField()
    role = serializers.CharField()
    hours_needed = serializers.FloatField()
    hours_available = serializers.FloatField()


class SpendSerializer(serializers.Serializer[Any]):
    month = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]
    amount = serializers.FloatField()


class RequiredSerializer(serializers.Serializer[Any]):
    """What the target takes, whether or not it can be had."""

    leads = serializers.FloatField()
    multiplier = serializers.FloatField(allow_null=True, help_text="New leads over those of late.")
    expected = serializers.FloatField()
    p_target = serializers.FloatField()
    p80_revenue = serializers.FloatField()


class AttainableSerializer(RequiredSerializer):
    """The best plan within people, channels and budget; it is what `required` tells of where they
    suffice."""

    spend = serializers.FloatField(help_text="On leads.")
    hires = serializers.FloatField()
    cost = serializers.FloatField()


class WaitingSerializer(serializers.Serializer[Any]):
    """Hours that what is open already lacks, the revenue that waiting for them costs, which is
    taken off what is expected, and the chance of the target were they found."""

    hours = serializers.FloatField()
    lost = serializers.FloatField()
    p_if_served = serializers.FloatField()


class SolvedPlanSerializer(serializers.Serializer[Any]):
    """Of a target out of reach, `requirements`, `months`, `leads`, `multiplier`, `last_lead_month`
    and `hours_needed` are what it would take (`required`); all other figures are of the best plan
    within people, channels and budget (`attainable`)."""

    plan = serializers.IntegerField()
    estimate = serializers.IntegerField(allow_null=True)
    target = serializers.DecimalField(max_digits=18, decimal_places=2)
    currency = serializers.CharField()
    expected = serializers.FloatField(allow_null=True)
    p_target = serializers.FloatField(allow_null=True)
    p80_revenue = serializers.FloatField(allow_null=True)
    reachable = serializers.FloatField(allow_null=True)
    verdict = VerdictSerializer()
    limits = LimitSerializer(many=True)
    requirements = RequirementSerializer(many=True)
    capacity = CapacitySerializer(many=True)
    spend = SpendSerializer(many=True)
    profit = serializers.FloatField(allow_null=True)
    months = serializers.ListField(child=serializers.DictField())
    leads = serializers.FloatField(allow_null=True)
    multiplier = serializers.FloatField(allow_null=True)
    last_lead_month = serializers.DateField(allow_null=True)
    assumptions = AssumptionSerializer(many=True)
    highest_target = serializers.FloatField(
        allow_null=True, help_text="The highest target that is as likely as asked for."
    )
    required = RequiredSerializer(allow_null=True)  # type: ignore[assignment]
    attainable = AttainableSerializer(
        allow_null=True, help_text="null where neither people nor channels were typed."
    )
    waiting = WaitingSerializer(
        allow_null=True, help_text="null where hours suffice for what is open already."
    )
    means_changed = serializers.BooleanField(
        allow_null=True,
        help_text="Whether people, channels or budgets are not those it was solved with; null "
        "where it was solved before these were kept.",
    )
    means_changes = serializers.ListField(
        child=serializers.CharField(), help_text="Which of them, a sentence each."
    )


class PartSourceSerializer(serializers.Serializer[Any]):
    """The share of a source in the last year's entries; ``source`` is null of those without one."""

    source = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    name = serializers.CharField()
    share = serializers.FloatField(min_value=0, max_value=1)


class PartRequirementSerializer(RequirementSerializer):
    """With `by`: ``value`` and ``team`` say whose row it is; null for the whole.

    ``basis`` of the division: target (parts of the target, by their own mean amounts and success
    rates), channels (of sources: what the plan buys, and the rest by the last year), or entries (of
    the last year). ``own_entries``: what the part would need before all parts were scaled to the
    plan; ``bought``: entries that follow from channels. ``amount_ratio`` and ``success_ratio``: the
    part's over the whole's, 1 where too little is known of it and ``…_is_own`` is false.
    ``sources``: where the part's entries of the last year came from; null by source.
    """

    dimension = serializers.CharField(allow_null=True, required=False)
    value = serializers.CharField(allow_null=True, required=False)
    team = serializers.IntegerField(allow_null=True, required=False)
    rounded = serializers.IntegerField(required=False)
    basis = serializers.ChoiceField(
        choices=["target", "channels", "entries"], allow_null=True, required=False
    )
    own_entries = serializers.FloatField(allow_null=True, required=False)
    bought = serializers.FloatField(allow_null=True, required=False)
    amount_ratio = serializers.FloatField(allow_null=True, required=False)
    amount_is_own = serializers.BooleanField(allow_null=True, required=False)
    success_ratio = serializers.FloatField(allow_null=True, required=False)
    success_is_own = serializers.BooleanField(allow_null=True, required=False)
    sources = PartSourceSerializer(many=True, allow_null=True, required=False)


class RequirementsSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    estimate = serializers.IntegerField(allow_null=True)
    requirements = PartRequirementSerializer(many=True)
