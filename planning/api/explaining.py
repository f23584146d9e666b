"""A number of a solved plan with the parts that it is made of."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import LARGEST_ID, DayField
from core.api.problems import NotEnoughHistory
from core.api.serializers import StrictSerializer
from core.api.viewsets import Changing, tagged
from planning.as_solved import as_solved
from planning.explain_documents import asked_by, explained_document
from planning.explained import NothingToExplain
from planning.explaining import ABOUT, OF_QUARTERS
from planning.explaining_shares import ABOUT as OF_PARTS
from planning.explaining_shares import shares_asked
from planning.segments import SEGMENTS
from planning.services.plans import NoEstimate, preview_plan

OF_STAGES = ("entries", "amount")
OF_MONTHS = (*OF_STAGES, "won", "revenue", "hours", "channel")


class ExplainQuerySerializer(StrictSerializer):
    """What is asked about: entries of a stage, or their mean amount, by `kind` and `stage`, hours
    of a role and leads of a channel by `name`, a limit by its `place` in the plan's `limits`."""

    about = serializers.ChoiceField(choices=list(ABOUT), default="entries")
    kind = serializers.ChoiceField(choices=["customer", "opportunity"], default="opportunity")
    stage = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, default=None
    )
    month = DayField(
        required=False,
        default=None,
        help_text="The first day of a month of the plan's year; the year as a whole if not said.",
    )
    quarter = serializers.IntegerField(
        min_value=1, max_value=4, required=False, default=None, help_text="Of the plan's year."
    )
    name = serializers.CharField(required=False, default="")
    place = serializers.IntegerField(
        min_value=0, max_value=LARGEST_ID, required=False, default=None
    )
    dimension = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in SEGMENTS],
        required=False,
        default="",
        help_text="Of entries or wins: those of one part of the plan.",
    )
    of = serializers.CharField(
        max_length=100,
        allow_blank=True,
        required=False,
        default="",
        help_text="Which part: its `value` among the plan's requirements by that dimension.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["about"] in OF_STAGES and attrs["stage"] is None:
            raise serializers.ValidationError({"stage": [_("Say of which stage.")]})
        if attrs["month"] is not None and attrs["about"] not in OF_MONTHS:
            raise serializers.ValidationError({"month": [_("This is told of the whole year.")]})
        if attrs["quarter"] is not None and (attrs["month"] or attrs["about"] not in OF_QUARTERS):
            text = _("A quarter is told of wins and revenue, without a month.")
            raise serializers.ValidationError({"quarter": [text]})
        if attrs["dimension"] and attrs["about"] not in OF_PARTS:
            raise serializers.ValidationError({"dimension": [_("This is told of the whole plan.")]})
        return attrs


class ExplainedPartSerializer(serializers.Serializer[Any]):
    """`value` unrounded; `shown` rounded so that the parts add up to what is shown."""

    origin = serializers.CharField()
    text = serializers.CharField()
    value = serializers.FloatField()
    shown = serializers.FloatField()
    kind = serializers.CharField(allow_null=True)
    stage = serializers.IntegerField(allow_null=True)
    month = serializers.DateField(allow_null=True)
    name = serializers.CharField()
    quantity = serializers.FloatField(allow_null=True)
    price = serializers.FloatField(allow_null=True)


class LandingSerializer(serializers.Serializer[Any]):
    month = serializers.DateField()
    wins = serializers.FloatField()


class ExplainedWinsSerializer(serializers.Serializer[Any]):
    """The wins that entries lead to, by month; `success` is the plan's mix, `rate` that of all."""

    wins = serializers.FloatField()
    success = serializers.FloatField()
    rate = serializers.FloatField(allow_null=True)
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    n = serializers.FloatField(allow_null=True)
    entered = serializers.IntegerField()
    months = LandingSerializer(many=True)
    later = serializers.FloatField()
    median_weeks = serializers.FloatField(allow_null=True)
    two_thirds_weeks = serializers.FloatField(allow_null=True)


class OwnSerializer(serializers.Serializer[Any]):
    """How a part differs from the whole: the mean amount of its wins and its success rate over the
    whole's, and whether they are its own or, with too little history, the whole's.

    Of a split of the target, `value` is what the part would need by these, `all_parts` what all
    would, and `scale` what both are multiplied by to add up to the plan. Of sources with channels
    `bought` is what these bring.
    """

    amount_ratio = serializers.FloatField()
    amount_is_own = serializers.BooleanField()
    success_ratio = serializers.FloatField()
    success_is_own = serializers.BooleanField()
    value = serializers.FloatField(allow_null=True)
    all_parts = serializers.FloatField(allow_null=True)
    scale = serializers.FloatField(allow_null=True)
    bought = serializers.FloatField(allow_null=True)


class ExplainedSerializer(serializers.Serializer[Any]):
    """Parts sum to `value`; of a chance, to one, as shares of its uncertainty."""

    plan = serializers.IntegerField()
    estimate = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    about = serializers.ChoiceField(choices=list(ABOUT))
    kind = serializers.CharField(allow_null=True)
    stage = serializers.IntegerField(allow_null=True)
    month = serializers.DateField(allow_null=True)
    quarter = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    dimension = serializers.CharField(allow_null=True)
    of = serializers.CharField(allow_null=True)
    share = serializers.FloatField(
        allow_null=True, help_text="Of the plan's number, where it is that of a part."
    )
    basis = serializers.CharField(
        allow_null=True,
        help_text="What the share rests on: target, channels, or entries of the last year "
        "(stage, funnel; alike where there are none).",
    )
    own = OwnSerializer(allow_null=True)
    title = serializers.CharField()
    text = serializers.ListField(child=serializers.CharField())
    unit = serializers.ChoiceField(choices=["subjects", "money", "hours", "share"])
    currency = serializers.CharField()
    value = serializers.FloatField()
    shown = serializers.FloatField()
    parts = ExplainedPartSerializer(many=True)
    wins = ExplainedWinsSerializer(allow_null=True)


class ExplainActions(Changing):
    @extend_schema(parameters=[ExplainQuerySerializer], responses=ExplainedSerializer)
    @action(detail=True)
    def explain(self, request: Request, pk: int) -> Response:
        """How a number of the plan comes about, in words and in parts that sum to it.

        By the rates, people and channels it was solved with; 409 where no rates are known.
        """
        plan = self.get_object()
        query = ExplainQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        try:
            solved = as_solved(plan) or preview_plan(plan)
            asked = asked_by(solved, **query.validated_data)
            shares = shares_asked(solved, asked, self.caller)
            document = explained_document(solved, asked, shares)
        except NoEstimate as error:
            raise NotEnoughHistory from error
        except NothingToExplain as error:
            raise NotFound from error
        return tagged(request, document)
