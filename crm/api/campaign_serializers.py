"""Shapes of campaigns, their members and their figures."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from core.api.fields import CurrencyField, InstantField, VisibleRelatedField
from core.api.serializers import RecordSerializer, StrictSerializer
from crm.campaign_figures import CampaignFigures, SourceCost
from crm.models import Campaign, CampaignMember, Customer
from crm.unit_costs import Lacks, UnitCost


def _amount(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=2, **kwargs)


class UnitCostSerializer(serializers.Serializer[Any]):
    """What one has cost, with the band of four times of five; null where it cannot be said."""

    n = serializers.IntegerField()
    value = _amount(allow_null=True)
    low80 = _amount(allow_null=True)
    high80 = _amount(allow_null=True)
    lacks = serializers.ChoiceField(choices=[lack.value for lack in Lacks], allow_null=True)


class CampaignFiguresSerializer(serializers.Serializer[Any]):
    leads = serializers.IntegerField()
    won = serializers.IntegerField()
    undecided = serializers.IntegerField()
    per_lead = UnitCostSerializer()
    per_won = UnitCostSerializer()


class CampaignSerializer(RecordSerializer):
    currency = CurrencyField(required=False)
    owner = VisibleRelatedField(
        queryset=User.objects.all(), required=False, allow_null=True, help_text=_("Its user.")
    )
    members = serializers.IntegerField(source="member_count", read_only=True)
    responded = serializers.IntegerField(source="responded_count", read_only=True)
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields = (
            "id",
            "name",
            "source",
            "status",
            "starts_on",
            "ends_on",
            "budget",
            "actual_cost",
            "currency",
            "expected_leads",
            "owner",
            "note",
            "members",
            "responded",
            "figures",
            "created_at",
            "updated_at",
            "archived_at",
            "version",
        )
        read_only_fields = ("status", "created_at", "updated_at", "archived_at", "version")
        fixed = ("status", "created_at", "archived_at")

    @extend_schema_field(CampaignFiguresSerializer)
    def get_figures(self, campaign: Campaign) -> dict[str, Any]:
        found: dict[int, CampaignFigures] = self.context["view"].figures
        return CampaignFiguresSerializer(found[campaign.pk]).data


class RecordCostSerializer(StrictSerializer):
    actual_cost = _amount(min_value=0, allow_null=True)


class CampaignMemberSerializer(RecordSerializer):
    customer_name = serializers.CharField(source="customer.name", read_only=True)

    class Meta:
        model = CampaignMember
        fields: tuple[str, ...] = (
            "id",
            "campaign",
            "customer",
            "customer_name",
            "status",
            "responded_at",
            "added_at",
            "version",
        )
        read_only_fields: tuple[str, ...] = ("campaign", "customer", "added_at", "version")
        fixed: tuple[str, ...] = ("campaign", "customer", "added_at")


class CampaignMemberCreateSerializer(CampaignMemberSerializer):
    class Meta(CampaignMemberSerializer.Meta):
        read_only_fields = ("campaign", "added_at", "version")


class ResponseSerializer(StrictSerializer):
    customer = VisibleRelatedField(queryset=Customer.objects.all())
    status = serializers.ChoiceField(
        choices=CampaignMember.Status.choices, default=CampaignMember.Status.RESPONDED
    )
    responded_at = InstantField(required=False, help_text=_("Now if not said."))


class SourceCostSerializer(serializers.Serializer[Any]):
    source = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    name = serializers.CharField(allow_null=True)
    campaigns = serializers.IntegerField()
    unpriced = serializers.IntegerField(help_text="Campaigns whose cost nobody has recorded.")
    spent = _amount(allow_null=True)
    leads = serializers.IntegerField()
    won = serializers.IntegerField()
    undecided = serializers.IntegerField()
    per_lead = UnitCostSerializer()
    per_won = UnitCostSerializer()


class SourceCostsSerializer(serializers.Serializer[Any]):
    since = serializers.DateField()
    before = serializers.DateField()
    currency = serializers.CharField()
    rows = SourceCostSerializer(many=True)


def source_cost_document(row: SourceCost) -> dict[str, Any]:
    return {
        "source": row.source and row.source.pk,
        "name": row.source and row.source.name,
        "campaigns": row.campaigns,
        "unpriced": row.unpriced,
        "spent": _text(row.spent),
        "leads": row.leads,
        "won": row.won,
        "undecided": row.undecided,
        "per_lead": unit_cost_document(row.per_lead),
        "per_won": unit_cost_document(row.per_won),
    }


def unit_cost_document(cost: UnitCost) -> dict[str, Any]:
    return {
        "n": cost.n,
        "value": _text(cost.value),
        "low80": _text(cost.low80),
        "high80": _text(cost.high80),
        "lacks": cost.lacks and cost.lacks.value,
    }


def _text(amount: Any) -> str | None:
    return None if amount is None else str(amount)
