from datetime import datetime
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Team, User
from core import clock
from core.api.fields import InstantField, VisibleRelatedField
from core.api.serializers import RecordSerializer, StrictSerializer
from crm.models import AssignmentRule, Lead, LeadState, ResponseTarget, Source


class LeadSerializer(RecordSerializer):
    """``customer_name`` is told also where the customer is out of sight until it is taken."""

    customer_name = serializers.CharField(source="customer.name", read_only=True)
    owner = serializers.IntegerField(
        source="customer.owner_id", read_only=True, allow_null=True, help_text=_("Its user.")
    )
    source = serializers.IntegerField(  # type: ignore[assignment]  # DRF has an attribute of the name
        source="customer.source_id", read_only=True, allow_null=True, help_text=_("Its source.")
    )
    region = serializers.CharField(source="customer.region", read_only=True)
    state = serializers.SerializerMethodField()
    due_soon_at = InstantField(source="warn_at", read_only=True)

    class Meta:
        model = Lead
        fields = (
            "id",
            "customer",
            "customer_name",
            "owner",
            "source",
            "region",
            "arrived_at",
            "due_soon_at",
            "due_at",
            "state",
            "first_response_at",
            "first_response",
            "responder",
            "response_minutes",
            "given_up_at",
            "rule",
            "assigned_at",
            "assigned_by",
        )
        read_only_fields = fields
        extra_kwargs = {
            "response_minutes": {"help_text": "Of working time, until the first response."},
            "first_response": {"help_text": "The activity that answered."},
            "given_up_at": {"help_text": "Since when its customer stands on a lost stage."},
        }

    def get_state(self, lead: Lead) -> LeadState:
        return lead.state(at=self._now)

    @cached_property
    def _now(self) -> datetime:
        """One instant for all rows of a list."""
        return clock.now()


class AssignLeadSerializer(StrictSerializer):
    owner = VisibleRelatedField(
        queryset=User.objects.all(), allow_null=True, help_text=_("Who gets it; null for nobody.")
    )


class AssignmentRuleSerializer(RecordSerializer):
    sources = VisibleRelatedField(queryset=Source.objects.all(), many=True, required=False)
    person = VisibleRelatedField(queryset=User.objects.all(), required=False, allow_null=True)
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), required=False, allow_null=True
    )
    regions = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=100,
        required=False,
        help_text=_("Regions or countries; empty for all."),
    )
    industries = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=100,
        required=False,
        help_text=_("Empty for all."),
    )

    class Meta:
        model = AssignmentRule
        fields = (
            "id",
            "name",
            "order",
            "sources",
            "regions",
            "industries",
            "how",
            "person",
            "team",
            "updated_at",
            "archived_at",
            "version",
        )
        read_only_fields = ("updated_at", "archived_at", "version")
        fixed = ("archived_at",)
        extra_kwargs = {"order": {"required": False, "help_text": "Behind the others if not said."}}


class TriedLeadSerializer(StrictSerializer):
    source = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]  # as above
        queryset=Source.objects.all(), required=False
    )
    region = serializers.CharField(max_length=100, required=False, default="")
    country = serializers.CharField(max_length=100, required=False, default="")
    industry = serializers.CharField(max_length=100, required=False, default="")


class LeadChoiceSerializer(serializers.Serializer[Any]):
    rule = serializers.IntegerField(source="rule.pk", allow_null=True)
    owner = serializers.IntegerField(source="person.pk", allow_null=True)


class ResponseTargetSerializer(RecordSerializer):
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        help_text=_("Days on which people work; 0 is Monday."),
    )

    class Meta:
        model = ResponseTarget
        fields = ("hours", "weekdays", "opens_at", "closes_at", "version")
        read_only_fields = ("version",)


class ResponseFiguresSerializer(serializers.Serializer[Any]):
    in_time = serializers.IntegerField(source="figures.in_time")
    late = serializers.IntegerField(source="figures.late")
    missed = serializers.IntegerField(
        source="figures.missed", help_text="Due, and nobody has answered."
    )
    share_in_time = serializers.FloatField(
        source="figures.share", allow_null=True, help_text="Of in_time + late + missed."
    )
    median_minutes = serializers.FloatField(
        source="figures.median_minutes", allow_null=True, help_text="Of working time."
    )
    waiting = serializers.IntegerField(source="figures.waiting", help_text="Now, of any age.")
    overdue = serializers.IntegerField(source="figures.overdue", help_text="Of those waiting.")


class PersonResponseSerializer(ResponseFiguresSerializer):
    user = serializers.IntegerField(source="person.pk", allow_null=True)


class TeamResponseSerializer(ResponseFiguresSerializer):
    team = serializers.IntegerField(source="team.pk", allow_null=True)


class ResponseStatisticsSerializer(serializers.Serializer[Any]):
    since = InstantField()
    before = InstantField()
    company = ResponseFiguresSerializer(source="*")
    people = PersonResponseSerializer(
        many=True, help_text="Whom a manager sees, and null for nobody; others see themselves."
    )
    teams = TeamResponseSerializer(many=True, help_text="For managers.")
