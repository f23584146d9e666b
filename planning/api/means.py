"""Roles, staff, channels and holidays: what a plan may use."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import Team, User
from core.api.fields import VisibleRelatedField
from core.api.serializers import RecordSerializer, StrictSerializer
from core.api.viewsets import Changing, PlainRecords
from core.services.records import create_record
from planning.models import Channel, Holiday, JobRole, Plan, Staff, StageEffort
from planning.services.efforts import row_of
from planning.services.hires import add_hire, change_hire, drop_hire
from planning.services.means import (
    create_channel,
    create_role,
    delete_means,
    tiers_of,
    update_channel,
    update_role,
)


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


class StaffSerializer(RecordSerializer):
    user = VisibleRelatedField(queryset=User.objects.all(), required=False, allow_null=True)
    plan = VisibleRelatedField(queryset=Plan.objects.all(), required=False, allow_null=True)
    team = serializers.PrimaryKeyRelatedField[Team](
        queryset=Team.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = Staff
        fields = (
            "id",
            "role",
            "plan",
            "user",
            "name",
            "team",
            "headcount",
            "share",
            "begins",
            "ends",
            "version",
        )
        read_only_fields = ("version",)


class TierSerializer(StrictSerializer):
    leads_per_month = serializers.FloatField(min_value=0, max_value=1e7)
    cost_per_lead = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)


class ChannelSerializer(RecordSerializer):
    """Tiers of rising price: the cheapest leads are taken first. In the company's currency."""

    tiers = serializers.ListField(child=TierSerializer(), required=False)

    class Meta:
        model = Channel
        fields = ("id", "source", "lead_months", "is_active", "tiers", "version")
        read_only_fields = ("version",)

    def to_representation(self, instance: Channel) -> dict[str, Any]:
        tiers = [
            {"leads_per_month": leads, "cost_per_lead": str(cost)}
            for leads, cost in tiers_of(instance)
        ]
        return {
            "id": instance.pk,
            "source": instance.source_id,
            "lead_months": instance.lead_months,
            "is_active": instance.is_active,
            "tiers": tiers,
            "version": instance.version,
        }

    def validate_tiers(self, value: list[dict[str, Any]]) -> list[tuple[float, Any]]:
        return [(each["leads_per_month"], each["cost_per_lead"]) for each in value]


class HolidaySerializer(RecordSerializer):
    class Meta:
        model = Holiday
        fields = ("id", "day", "name", "is_workday")


class _Means(Changing):
    """For managers and admins."""

    write_scope = "plan"
    is_versioned = True

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        seen: QuerySet[Any] = rows.visible_to(self.caller)
        return seen

    def delete_object(self, obj: Any) -> None:
        delete_means(obj, by=self.caller)


class JobRoleViewSet(_Means):
    """What people are employed as: hours, learning, leaving, cost, and their hours by stage."""

    queryset = JobRole.objects.prefetch_related("efforts__pipeline_stage")
    serializer_class = JobRoleSerializer
    ordering = ("order", "name")

    def create_object(self, fields: dict[str, Any]) -> JobRole:
        return create_role(by=self.caller, **fields)

    def update_object(self, obj: JobRole, fields: dict[str, Any]) -> None:
        update_role(obj, by=self.caller, **fields)


class StaffViewSet(_Means):
    """People of a role from a day on; with a plan, those whom it means to hire.

    A hire that comes, changes or goes solves its plan anew.
    """

    queryset = Staff.objects.all()
    serializer_class = StaffSerializer
    ordering = ("begins",)

    def create_object(self, fields: dict[str, Any]) -> Staff:
        if plan := fields.get("plan"):
            rest = {name: value for name, value in fields.items() if name != "plan"}
            return add_hire(plan, by=self.caller, **rest)
        return create_record(Staff, by=self.caller, **fields)

    def update_object(self, obj: Staff, fields: dict[str, Any]) -> None:
        change_hire(obj, by=self.caller, **fields)

    def delete_object(self, obj: Staff) -> None:
        if obj.plan_id:
            drop_hire(obj, by=self.caller)
        else:
            super().delete_object(obj)


class ChannelViewSet(_Means):
    """Sources as a supply of leads: volumes and prices in tiers, and the time leads take."""

    queryset = Channel.objects.prefetch_related("tiers")
    serializer_class = ChannelSerializer
    ordering = ("id",)

    def create_object(self, fields: dict[str, Any]) -> Channel:
        return create_channel(by=self.caller, **fields)

    def update_object(self, obj: Channel, fields: dict[str, Any]) -> None:
        update_channel(obj, by=self.caller, **fields)


class HolidayViewSet(PlainRecords):
    """Days on which nobody works, and weekend days that are worked instead."""

    queryset = Holiday.objects.all()
    serializer_class = HolidaySerializer
    write_scope = "plan"
    ordering = ("day",)

    def get_queryset(self) -> QuerySet[Holiday]:
        return Holiday.objects.visible_to(self.caller)
