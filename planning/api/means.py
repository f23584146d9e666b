"""Staff, channels and holidays: what a plan may use beside its job roles."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import Team, User
from core.api.fields import VisibleRelatedField
from core.api.serializers import RecordSerializer, StrictSerializer
from core.api.viewsets import Changing, PlainRecords
from core.services.records import create_record
from planning.models import Channel, Holiday, Plan, Staff
from planning.services.hires import add_hire, change_hire, drop_hire
from planning.services.means import create_channel, delete_means, tiers_of, update_channel


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


class MeansViewSet(Changing):
    """For managers and admins."""

    write_scope = "plan"
    is_versioned = True

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        seen: QuerySet[Any] = rows.visible_to(self.caller)
        return seen

    def delete_object(self, obj: Any) -> None:
        delete_means(obj, by=self.caller)


class StaffViewSet(MeansViewSet):
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


class ChannelViewSet(MeansViewSet):
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
