from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import User
from core.api.fields import (
    CurrencyField,
    ExternalIdField,
    IdOrNameField,
    InstantField,
    VisibleRelatedField,
)
from core.api.serializers import RecordSerializer, StrictSerializer
from crm.known_fields import CUSTOMER_KNOWLEDGE
from crm.models import (
    Contact,
    Customer,
    Ladder,
    LadderPosition,
    LifecycleChange,
    LifecycleStage,
    Product,
    Purchase,
    Source,
)


class PositionSerializer(RecordSerializer):
    """Where a customer stands on one ladder."""

    class Meta:
        model = LadderPosition
        fields = ("ladder", "stage", "since")
        read_only_fields = fields


class CustomerSerializer(RecordSerializer):
    external_id = ExternalIdField()
    owner = VisibleRelatedField(
        queryset=User.objects.all(), required=False, allow_null=True, help_text=_("Its user.")
    )
    stages = PositionSerializer(source="positions", many=True, read_only=True)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = (
            "id",
            "external_id",
            "name",
            "owner",
            "source",
            "region",
            "country",
            "industry",
            "employees",
            "annual_revenue",
            "website",
            "phone",
            "parent",
            "note",
            "stages",
            "created_at",
            "updated_at",
            "archived_at",
            "version",
        )
        read_only_fields: tuple[str, ...] = ("created_at", "updated_at", "archived_at", "version")
        fixed: tuple[str, ...] = ("stages", "created_at", "archived_at")


class LeadCreateSerializer(CustomerSerializer):
    """``created_at`` may lie in the past for customers brought from elsewhere."""

    created_at = InstantField(required=False)

    class Meta(CustomerSerializer.Meta):
        read_only_fields = ("updated_at", "archived_at", "version")


class CustomerCreateSerializer(LeadCreateSerializer):
    assign = serializers.BooleanField(
        required=False,
        write_only=True,
        help_text=_("A new lead: in the inbox, and assigned by the rules where no owner is named."),
    )

    class Meta(LeadCreateSerializer.Meta):
        fields = (*CustomerSerializer.Meta.fields, "assign")


class CustomerUpsertSerializer(CustomerCreateSerializer):
    external_id = ExternalIdField(required=True, allow_null=False)
    name = serializers.CharField(max_length=200, required=False)


class CustomerMoveSerializer(StrictSerializer):
    stage = IdOrNameField(
        queryset=LifecycleStage.objects.all(), help_text=_("Id, or name where only one has it.")
    )
    at = InstantField(required=False, help_text=_("When it happened; now if not said."))


class DuplicateQuerySerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=50, required=False, allow_blank=True)
    website = serializers.CharField(max_length=200, required=False, allow_blank=True)


class DuplicateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField(source="customer.pk")
    name = serializers.CharField(source="customer.name")
    owner = serializers.IntegerField(source="customer.owner_id", allow_null=True)
    why = serializers.ChoiceField(["name", "phone", "website", "similar"])


class DuplicatesSerializer(serializers.Serializer):  # type: ignore[type-arg]
    results = DuplicateSerializer(source="seen", many=True)
    unseen = serializers.ListField(
        child=serializers.ChoiceField(["name", "phone", "website"]),
        help_text="By what customers are the same that the caller may not see.",
    )


class ContactSerializer(RecordSerializer):
    class Meta:
        model = Contact
        fields = (
            "id",
            "customer",
            "name",
            "title",
            "email",
            "phone",
            "is_primary",
            "archived_at",
            "version",
        )
        read_only_fields = ("archived_at", "version")
        fixed = ("archived_at",)


class ProductSerializer(RecordSerializer):
    currency = CurrencyField()

    class Meta:
        model = Product
        fields = ("id", "name", "family", "price", "currency", "is_active")


class PurchaseSerializer(RecordSerializer):
    external_id = ExternalIdField()
    currency = CurrencyField(required=False, help_text=_("The company's if not said."))

    class Meta:
        model = Purchase
        fields = (
            "id",
            "external_id",
            "customer",
            "product",
            "at",
            "units",
            "amount",
            "margin",
            "currency",
            "recorded_at",
            "archived_at",
            "replaced_by",
            "version",
        )
        read_only_fields = ("recorded_at", "archived_at", "replaced_by", "version")
        fixed = ("recorded_at", "archived_at", "replaced_by")
        extra_kwargs = {"at": {"required": False, "help_text": _("Now if not said.")}}


class SourceSerializer(RecordSerializer):
    class Meta:
        model = Source
        fields = ("id", "name", "is_active")


class LadderSerializer(RecordSerializer):
    class Meta:
        model = Ladder
        fields = ("id", "name", "is_default")


class LifecycleStageSerializer(RecordSerializer):
    required_fields = serializers.ListField(
        child=serializers.ChoiceField(choices=CUSTOMER_KNOWLEDGE),
        required=False,
        help_text=_("What must be known of a customer to enter the stage by hand."),
    )

    class Meta:
        model = LifecycleStage
        fields = (
            "id",
            "ladder",
            "name",
            "order",
            "part",
            "reached_by",
            "hands_over",
            "is_lost",
            "play",
            "required_fields",
        )
        read_only_fields = ("play",)


class LifecycleChangeSerializer(RecordSerializer):
    voided = serializers.SerializerMethodField(help_text="Withdrawn by a correction or an undo.")

    class Meta:
        model = LifecycleChange
        fields = (
            "id",
            "customer",
            "ladder",
            "from_stage",
            "to_stage",
            "cause",
            "at",
            "recorded_at",
            "by",
            "voided",
        )
        read_only_fields = fields

    def get_voided(self, change: LifecycleChange) -> bool:
        return change.voided_by_id is not None
