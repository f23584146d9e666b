"""What deals move through, and how they did."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import (
    LARGEST_ID,
    CurrencyField,
    ExternalIdField,
    InstantField,
    KeyField,
)
from core.api.serializers import RecordSerializer, StrictSerializer
from pipeline.models import LostReason, Pipeline, Stage, StageChange
from pipeline.plays import DEAL_KNOWLEDGE


class StageSerializer(RecordSerializer):
    required_fields = serializers.ListField(
        child=serializers.ChoiceField(choices=DEAL_KNOWLEDGE),
        required=False,
        help_text=_(
            "What must be known of a deal to enter the stage, and of its customer: `customer.…`."
        ),
    )

    class Meta:
        model = Stage
        fields: tuple[str, ...] = (
            "id",
            "pipeline",
            "name",
            "order",
            "part",
            "is_won",
            "is_lost",
            "rotting_days",
            "retired_at",
            "merged_into",
            "play",
            "required_fields",
        )
        read_only_fields: tuple[str, ...] = (
            *("pipeline", "is_won", "is_lost"),
            *("merged_into", "play"),
        )
        fixed: tuple[str, ...] = read_only_fields


class StageCreateSerializer(StageSerializer):
    class Meta(StageSerializer.Meta):
        read_only_fields = ("is_won", "is_lost", "merged_into", "play")


class StageMergeSerializer(StrictSerializer):
    into = serializers.PrimaryKeyRelatedField(
        queryset=Stage.objects.all(), help_text=_("Id of a stage in use of the same pipeline.")
    )


class PipelineSerializer(RecordSerializer):
    currency = CurrencyField()
    stages = StageSerializer(many=True, read_only=True)

    class Meta:
        model = Pipeline
        fields = (
            "id",
            "name",
            "currency",
            "ladder",
            "order",
            "is_active",
            "misclick_minutes",
            "stages",
        )


class PipelineCreateSerializer(RecordSerializer):
    """Open stages in order; won and lost are added."""

    currency = CurrencyField()
    stages = serializers.ListField(
        child=serializers.CharField(max_length=100), min_length=1, max_length=30
    )

    class Meta:
        model = Pipeline
        fields = ("name", "currency", "ladder", "misclick_minutes", "stages")

    def validate_stages(self, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise serializers.ValidationError(_("Two stages have the same name."))
        return names


class LostReasonSerializer(RecordSerializer):
    class Meta:
        model = LostReason
        fields = ("id", "name", "order", "is_active")


class StageChangeSerializer(RecordSerializer):
    voided = serializers.SerializerMethodField(help_text="Withdrawn by a correction or an undo.")

    class Meta:
        model = StageChange
        fields = (
            "id",
            "opportunity",
            "pipeline",
            "from_stage",
            "to_stage",
            "lost_reason",
            "at",
            "recorded_at",
            "by",
            "voided",
        )
        read_only_fields = fields

    def get_voided(self, change: StageChange) -> bool:
        return change.voided_by_id is not None


class PastMoveSerializer(StrictSerializer):
    """A move that happened: the deal by id, or by external id within a pipeline."""

    opportunity = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    external_id = ExternalIdField(allow_null=False)
    pipeline = KeyField(required=False, help_text=_("Id or name; goes with external_id."))
    stage = KeyField(help_text=_("Id, name, `won` or `lost`."))
    at = InstantField()
    lost_reason = KeyField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_id = "opportunity" in attrs
        by_external_id = "external_id" in attrs and "pipeline" in attrs
        if by_id == by_external_id:
            raise serializers.ValidationError(
                {"opportunity": _("Name the deal by its id, or by external_id and pipeline.")}
            )
        return attrs


class RecordedSerializer(StrictSerializer):
    created = serializers.IntegerField(help_text=_("Moves written."))
    unchanged = serializers.IntegerField(help_text=_("Moves that were there or moved nothing."))
    voided = serializers.IntegerField(help_text=_("Older rows voided by a correction."))
