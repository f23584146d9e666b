"""Deals as the API shows and takes them."""

import math
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from core.api.fields import (
    LARGEST_ID,
    CurrencyField,
    ExternalIdField,
    IdOrNameField,
    InstantField,
    VisibleRelatedField,
)
from core.api.serializers import RecordSerializer, StrictSerializer
from pipeline.models import LostReason, Opportunity, Pipeline, Stage
from pipeline.reasons import Reason, sentence_of

ENDS: dict[str, dict[str, Any]] = {"won": {"is_won": True}, "lost": {"is_lost": True}}
READ_ONLY = (
    "stage",
    "created_at",
    "stage_entered_at",
    "closed_at",
    "lost_reason",
    "updated_at",
    "archived_at",
    "version",
)


class StageField(IdOrNameField):
    """A stage by id or by name within the pipeline; ``won`` and ``lost`` name the ends too."""

    def by_name(self, name: str) -> Stage | None:
        named: Stage | None = super().by_name(name)
        if named is None and self.name_scope() and name in ENDS:
            return Stage.objects.filter(**self.name_scope(), **ENDS[name]).first()
        return named

    def name_scope(self) -> dict[str, Any]:
        scope: dict[str, Any] = self.context.get("stage_scope", {})
        return scope


def pipeline_scope(pipeline: Any) -> dict[str, Any]:
    """The filter for names of stages, by a pipeline's id or name as a caller gives it."""
    if isinstance(pipeline, bool) or not isinstance(pipeline, int | str):
        return {}
    if isinstance(pipeline, str):
        return {"pipeline__name": pipeline} if pipeline.isprintable() else {}
    return {"pipeline": min(max(pipeline, 0), LARGEST_ID)}


class ShareField(serializers.FloatField):
    """A share of 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 1} | kwargs)

    def to_internal_value(self, data: Any) -> float:
        # True is a number to Python, and "nan" one that no limit stops.
        try:
            share = math.nan if isinstance(data, bool) else super().to_internal_value(data)
        except OverflowError:
            share = math.inf
        if math.isnan(share):
            self.fail("invalid")
        return share


class OpportunitySerializer(RecordSerializer):
    external_id = ExternalIdField()
    owner = VisibleRelatedField(queryset=User.objects.all(), required=False, allow_null=True)
    currency = CurrencyField(required=False)
    status = serializers.ChoiceField(choices=["open", "won", "lost"], read_only=True)
    probability = serializers.SerializerMethodField(
        help_text=_("Chance of a win by stage and age there; null where nobody can know.")
    )
    own_probability = ShareField(
        required=False,
        allow_null=True,
        help_text=_("What a person holds the chance to be; null takes it back. Open deals only."),
    )

    class Meta:
        model = Opportunity
        fields: tuple[str, ...] = (
            "id",
            "external_id",
            "name",
            "customer",
            "contact",
            "owner",
            "pipeline",
            "stage",
            "status",
            "amount",
            "currency",
            "probability",
            "own_probability",
            "source",
            "product",
            "region",
            "created_at",
            "stage_entered_at",
            "expected_close",
            "closed_at",
            "lost_reason",
            "updated_at",
            "archived_at",
            "version",
        )
        read_only_fields: tuple[str, ...] = ("pipeline", *READ_ONLY)
        fixed: tuple[str, ...] = (
            "pipeline",
            "stage",
            "status",
            "created_at",
            "closed_at",
            "lost_reason",
        )
        extra_kwargs = {"customer": {"allow_null": True}}

    def get_probability(self, deal: Opportunity) -> float | None:
        chances: dict[int, float | None] = self.context.get("chances", {})
        return chances.get(deal.pk)


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(
        help_text="`age`, `age_usual`, `oldest`, `stage`, `level` or `usual`."
    )
    text = serializers.CharField(help_text=_("The reason in the caller's language."))
    effect = serializers.FloatField(
        help_text=_("What it adds to the chance or takes from it, as a share of 1.")
    )


class OneOpportunitySerializer(OpportunitySerializer):
    """A deal by itself, with what a list does not say."""

    probability_reasons = serializers.SerializerMethodField(
        help_text=_("Why `probability` is what it is, the strongest reason first.")
    )

    class Meta(OpportunitySerializer.Meta):
        fields = (*OpportunitySerializer.Meta.fields, "probability_reasons")

    @extend_schema_field(ReasonSerializer(many=True))
    def get_probability_reasons(self, deal: Opportunity) -> list[dict[str, Any]]:
        found: tuple[Reason, ...] = self.context.get("reasons", {}).get(deal.pk, ())
        return [
            {
                "code": reason.code,
                "text": sentence_of(reason),
                "effect": round(reason.effect, 4),
            }
            for reason in found
        ]


class OpportunityCreateSerializer(OpportunitySerializer):
    """``created_at`` may lie in the past for deals brought from elsewhere."""

    pipeline = IdOrNameField(queryset=Pipeline.objects.all(), help_text=_("Id or name."))
    stage = StageField(
        queryset=Stage.objects.all(),
        required=False,
        help_text=_("Id or name; the pipeline's first if not said."),
    )
    lost_reason = IdOrNameField(queryset=LostReason.objects.all(), required=False, allow_null=True)
    created_at = InstantField(required=False)

    class Meta(OpportunitySerializer.Meta):
        read_only_fields = ("stage_entered_at", "closed_at", "updated_at", "archived_at", "version")


class OpportunityUpsertSerializer(OpportunityCreateSerializer):
    external_id = ExternalIdField(required=True, allow_null=False)
    name = serializers.CharField(max_length=200, required=False)


class OpportunityMoveSerializer(StrictSerializer):
    stage = StageField(queryset=Stage.objects.all(), help_text=_("Id, name, `won` or `lost`."))
    at = InstantField(required=False, help_text=_("When it happened; now if not said."))
    lost_reason = IdOrNameField(
        queryset=LostReason.objects.all(),
        required=False,
        allow_null=True,
        help_text=_("Id or name; needed for a loss where the company keeps reasons."),
    )
