"""Merges of customers over the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import VisibleRelatedField
from core.api.serializers import RecordSerializer, StrictSerializer
from crm.merging.fields import BOTH, CHOSEN, OTHER, THIS
from crm.models import Customer, CustomerMerge


class ChosenFieldsSerializer(StrictSerializer):
    """Whose value stays, field by field; of the note ``both`` may."""

    def get_fields(self) -> dict[str, Any]:
        return {
            name: serializers.ChoiceField(
                [THIS, OTHER, BOTH] if name == "note" else [THIS, OTHER], required=False
            )
            for name in CHOSEN
        }


class MergeRequestSerializer(StrictSerializer):
    other = VisibleRelatedField(
        queryset=Customer.objects.all(), help_text=_("The customer that is the same.")
    )
    fields = ChosenFieldsSerializer(  # type: ignore[assignment]
        required=False,
        help_text=_("What is not named stays as it is here; what is empty here is filled."),
    )


class CustomerMergeSerializer(RecordSerializer):
    """``merged`` is the customer that is ``survivor`` now; ``moved`` counts what went over."""

    merged_name = serializers.CharField(source="merged.name", read_only=True)
    moved = serializers.SerializerMethodField()

    class Meta:
        model = CustomerMerge
        fields = (
            "id",
            "survivor",
            "merged",
            "merged_name",
            "by",
            "merged_at",
            "undone_until",
            "undone_by",
            "undone_at",
            "moved",
        )
        read_only_fields = fields

    def get_moved(self, merge: CustomerMerge) -> dict[str, int]:
        return {name: len(keys) for name, keys in merge.journal["moved"].items() if keys}
