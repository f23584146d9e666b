"""Plans as they are read and written."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import Team, User
from core import clock
from core.api.fields import CurrencyField
from core.api.serializers import RecordSerializer
from planning.models import Plan
from planning.models.plans import YEARS_AHEAD
from planning.models.visibility import teams_planned_by


class ManagedTeamField(serializers.PrimaryKeyRelatedField[Any]):
    """A team whose plans the caller may see: any for an admin, the own ones for a manager."""

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        user = getattr(request, "user", None)
        return teams_planned_by(user) if isinstance(user, User) else Team.objects.all()


class PlanSerializer(RecordSerializer):
    currency = CurrencyField()
    team = ManagedTeamField(required=False, allow_null=True)
    confidence = serializers.ChoiceField(choices=Plan.Confidence.choices, required=False)
    shape = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1e6),
        min_length=12,
        max_length=12,
        required=False,
        help_text="Weights of the twelve months of the plan year, in order.",
    )

    repeat_by_month = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1e15),
        min_length=12,
        max_length=12,
        required=False,
        allow_null=True,
        help_text="Revenue of earlier customers by month; null: as in the last year. What differs "
        "from what is there needs its `repeat_reason`.",
    )

    repeat_from = serializers.ChoiceField(
        choices=Plan.RepeatFrom.choices,
        read_only=True,
        help_text="Set by `plans/{id}/repeat-business/`, or by typing amounts here.",
    )

    class Meta:
        model = Plan
        fields = (
            "id",
            "name",
            "year",
            "pipeline",
            "team",
            "target",
            "currency",
            "confidence",
            "shape",
            "repeat_by_month",
            "repeat_from",
            "repeat_reason",
            "objective",
            "budget",
            "margin",
            "may_hire",
            "flexibility",
            "wait_days",
            "wait_half_life",
            "status",
            "owner",
            "estimate",
            "solved_at",
            "created_at",
            "updated_at",
            "version",
        )
        read_only_fields = (
            "owner",
            "estimate",
            "solved_at",
            "created_at",
            "updated_at",
            "version",
        )
        fixed = ("owner",)

    def validate_year(self, year: int) -> int:
        last = clock.today().year + YEARS_AHEAD
        if year > last:
            text = _("Rates say little of so distant a year: plan up to %(year)s.")
            raise serializers.ValidationError(text % {"year": last})
        return year
