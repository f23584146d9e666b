"""Job roles with their hours by stage."""

from typing import Any

from rest_framework import serializers

from core.api.serializers import RecordSerializer, StrictSerializer
from planning.api.means import MeansViewSet
from planning.models import JobRole, StageEffort
from planning.services.efforts import row_of
from planning.services.means import create_role, update_role


class EffortSerializer(StrictSerializer):
    """Hours of the role for each subject that enters a stage, and a month while it is there."""

    kind = serializers.ChoiceField(choices=["customer", "opportunity"])
    stage = serializers.IntegerField(min_value=1)
    per_entry = serializers.FloatField(min_value=0, max_value=10_000, default=0.0)
    per_month = serializers.FloatField(min_value=0, max_value=700, default=0.0)
    is_measured = serializers.BooleanField(
        required=False,
        help_text="Whether measured hours go before typed ones once they are told by enough.",
    )
    measured = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text="Read only: what logged activities say, with n, bands and the share logged.",
    )
    used = serializers.JSONField(
        required=False, help_text="Read only: {per_entry, per_month, is_measured} of plans."
    )


class JobRoleSerializer(RecordSerializer):
    """Money is in the company's currency; shares are from 0 to 1."""

    efforts = serializers.ListField(child=EffortSerializer(), required=False)

    class Meta:
        model = JobRole
        fields = (
            "id",
            "name",
            "order",
            "hours_per_day",
            "monthly_cost",
            "recruiting_cost",
            "ramp",
            "attrition",
            "training_hours",
            "notice_months",
            "most_hires",
            "overtime_share",
            "overtime_cost",
            "efforts",
            "version",
        )
        read_only_fields = ("version",)

    def to_representation(self, instance: JobRole) -> dict[str, Any]:
        fields = self.fields
        shown = {
            name: field.to_representation(field.get_attribute(instance))
            if field.get_attribute(instance) is not None
            else None
            for name, field in fields.items()
            if name != "efforts"
        }
        return shown | {"efforts": [_effort(effort) for effort in instance.efforts.all()]}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Typed hours apart from the choice between them and measured ones."""
        if "efforts" not in attrs:
            return attrs
        given = {(each["kind"], each["stage"]): each for each in attrs["efforts"]}
        return attrs | {
            "efforts": {
                row: (each.get("per_entry", 0.0), each.get("per_month", 0.0))
                for row, each in given.items()
            },
            "use_measured": {
                row: each["is_measured"] for row, each in given.items() if "is_measured" in each
            },
        }


def _effort(effort: StageEffort) -> dict[str, Any]:
    kind, stage = row_of(effort)
    per_entry, per_month = effort.hours
    return {
        "kind": kind,
        "stage": stage,
        "per_entry": effort.per_entry,
        "per_month": effort.per_month,
        "is_measured": effort.is_measured,
        "measured": effort.measured,
        "used": {
            "per_entry": per_entry,
            "per_month": per_month,
            "is_measured": effort.uses_measured,
        },
    }


class JobRoleViewSet(MeansViewSet):
    """What people are employed as: hours, learning, leaving, cost, and their hours by stage."""

    queryset = JobRole.objects.prefetch_related("efforts__pipeline_stage")
    serializer_class = JobRoleSerializer
    ordering = ("order", "name")

    def create_object(self, fields: dict[str, Any]) -> JobRole:
        return create_role(by=self.caller, **fields)

    def update_object(self, obj: JobRole, fields: dict[str, Any]) -> None:
        update_role(obj, by=self.caller, **fields)
