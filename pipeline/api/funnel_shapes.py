"""The documented shapes of what a funnel tells besides its rates."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from crm.models import PlanPart
from pipeline.questions import OUTCOMES

KINDS = ["customer", "opportunity"]


def figure(text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=text)


def parameter(name: str, kind: Any, about: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=about, **more)


STAGE = parameter("stage", OpenApiTypes.INT64, "Id of an open stage.")
KIND = parameter(
    "kind", OpenApiTypes.STR, "What the stage is one of; deals if not said.", enum=KINDS
)
STAYS = [
    parameter("stage", OpenApiTypes.INT64, "Id of an open stage; without one `outcome` is `won`."),
    KIND,
    parameter("outcome", OpenApiTypes.STR, "How the stays ended.", enum=list(OUTCOMES)),
    parameter("to", OpenApiTypes.INT64, "Id of the stage they went to."),
    parameter("entered_from", OpenApiTypes.STR, "A day, or an instant."),
    parameter("entered_before", OpenApiTypes.STR, "A day, or an instant."),
    parameter("as_of", OpenApiTypes.STR, "What was known then; that of the rates if not said."),
    *(
        parameter(name, OpenApiTypes.STR, "An id, or `none`.")
        for name in ("owner", "team", "source", "product")
    ),
    parameter("region", OpenApiTypes.STR, "A region, or `none`."),
    parameter(
        "amount_band",
        OpenApiTypes.STR,
        "Of deals worth from one sum to below another in the pipeline's currency, as in "
        "`50000..200000`, `..50000` or `200000..`; `none` for those without an amount. What a deal "
        "is worth is read as for the rates: a won one's at its win, any other's at `as_of`.",
    ),
    parameter(
        "one_in",
        OpenApiTypes.INT,
        "Of one deal in so many: those that an estimate by segment with this `one_in` looked at.",
    ),
    parameter("cursor", OpenApiTypes.STR, "From next of a page."),
    parameter("page_size", OpenApiTypes.INT, "Rows of a page, 1 to 200; 50 if not said."),
]
TREND = [
    parameter("by", OpenApiTypes.STR, "Quarters if not said.", enum=["month", "quarter", "year"]),
    parameter("stage", OpenApiTypes.INT64, "Of one stage only."),
    KIND,
]
COMPARE = [
    *(
        parameter(name, OpenApiTypes.STR, "A month of entry, as in 2001-03.")
        for name in ("first_from", "first_to", "second_from", "second_to")
    ),
    parameter("field", OpenApiTypes.STR, "Compare segments: a field, or two as in team,source."),
    parameter("first", OpenApiTypes.STR, "A value of the field; `none` for none."),
    parameter("second", OpenApiTypes.STR, "Another value."),
]


class DaysSerializer(serializers.Serializer[Any]):
    """Days by which so many have left; null where so many never do."""

    median = figure()
    p75 = figure()
    p90 = figure()


class DestinationSerializer(serializers.Serializer[Any]):
    stage = serializers.IntegerField(allow_null=True, help_text="Null for a customer's first deal.")
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["advanced", "moved_back", "lost", "won"])
    count = serializers.IntegerField()
    share = figure("Part of all stays that goes there.")
    low80 = figure()
    high80 = figure()


def curve(text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(), help_text=text)


class StageDwellSerializer(serializers.Serializer[Any]):
    """How long stays last and where they go; the four curves add to one at every age."""

    pipeline = serializers.IntegerField()
    stage = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    as_of = serializers.DateTimeField()
    half_life_days = figure("Of the level of the rates; null where all history counts alike.")
    entered = serializers.IntegerField()
    edges = curve("Ages in days at which the curves are told.")
    advanced = curve("Part of all stays that has advanced by then.")
    moved_back = curve("Likewise moved back.")
    lost = curve("Likewise lost.")
    still = curve("Still there; at the last age, unresolved.")
    unresolved = figure()
    days = DaysSerializer(help_text="Of all stays.")
    days_of_leavers = DaysSerializer(help_text="Of those that ever leave.")
    destinations = DestinationSerializer(many=True)


class TrendPointSerializer(serializers.Serializer[Any]):
    """What entered a stage in a period: entered = advanced + moved_back + lost + open."""

    period = serializers.CharField(help_text="2001-03, 2001-Q1 or 2001.")
    entered_from = serializers.DateField()
    entered_before = serializers.DateField()
    stage = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    entered = serializers.IntegerField()
    advanced = serializers.IntegerField()
    moved_back = serializers.IntegerField()
    lost = serializers.IntegerField()
    open = serializers.IntegerField()
    rate = figure("Advanced by the oldest age that was seen; null where nothing entered.")
    low80 = figure()
    high80 = figure()
    unresolved = figure("Still there at that age.")
    shape_rate = figure("Where they will come to, if they go on as stays always have.")
    is_finished = serializers.BooleanField(help_text="Old enough for the rate to stay.")


class TrendSerializer(serializers.Serializer[Any]):
    pipeline = serializers.IntegerField()
    by = serializers.ChoiceField(choices=["month", "quarter", "year"])
    as_of = serializers.DateTimeField()
    points = TrendPointSerializer(many=True)


class MeasuredSerializer(serializers.Serializer[Any]):
    rate = serializers.FloatField()
    low80 = serializers.FloatField()
    high80 = serializers.FloatField()
    n = serializers.FloatField(help_text="As how many closed stays it counts.")


class DifferenceSerializer(serializers.Serializer[Any]):
    points = serializers.FloatField(help_text="Second less first, in shares of 1.")
    low80 = serializers.FloatField()
    high80 = serializers.FloatField()


class ContrastSerializer(serializers.Serializer[Any]):
    first = MeasuredSerializer(allow_null=True)
    second = MeasuredSerializer(allow_null=True)
    difference = DifferenceSerializer(allow_null=True)
    verdict = serializers.ChoiceField(choices=["more", "less", "no difference", "too few"])


class SideSerializer(serializers.Serializer[Any]):
    """Months from and to, or a segment's value and label."""

    def get_fields(self) -> dict[str, Any]:
        names = ("from", "to", "value", "label")
        return {name: serializers.CharField(required=False) for name in names}


def counts(text: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(), min_length=2, max_length=2, help_text=text
    )


class StageContrastSerializer(serializers.Serializer[Any]):
    """Promotion on both sides. Of periods it is the part that has advanced by `days`, the oldest
    age at which both were seen."""

    stage = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    part = serializers.ChoiceField(choices=PlanPart.choices)
    days = figure()
    entered = counts("Stays on either side.")
    advanced = counts("Of these, moved on at whatever age.")
    open = counts("Of these, still there.")
    by_number = ContrastSerializer()
    by_value = ContrastSerializer(allow_null=True)
    success = ContrastSerializer(allow_null=True, help_text="Of segments: won in the end.")
    success_by_value = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True
    )


class CompareSerializer(serializers.Serializer[Any]):
    pipeline = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    field = serializers.CharField(required=False)
    first = SideSerializer()
    second = SideSerializer()
    stages = StageContrastSerializer(many=True)


class StaySerializer(serializers.Serializer[Any]):
    """One visit to the stage, of a deal or a customer; `to` is null also for a first deal."""

    opportunity = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    customer = serializers.IntegerField(allow_null=True)
    customer_name = serializers.CharField(allow_null=True)
    owner = serializers.IntegerField(allow_null=True)
    owner_name = serializers.CharField(allow_null=True)
    amount = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    entered = serializers.DateTimeField(allow_null=True)
    left = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=list(OUTCOMES))
    to = serializers.IntegerField(allow_null=True)
    to_name = serializers.CharField(allow_blank=True)
    days = serializers.FloatField(allow_null=True)


class StaysSerializer(serializers.Serializer[Any]):
    """Those of the caller's own sight; `counted` are all of them, null where not kept."""

    as_of = serializers.DateTimeField()
    counted = serializers.IntegerField(allow_null=True)
    results = StaySerializer(many=True)
    next = serializers.URLField(allow_null=True)
