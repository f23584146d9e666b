"""Base serializers: strict about what they are given, free of rules of the business."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import CurrencyField, DayField, InstantField, VisibleRelatedField
from core.models import ExchangeRate, ImportBatch, Job


class StrictFields:
    """Refuse fields that do not exist or that this request cannot set.

    A whole object as it was read may be sent back by PUT, so there what can only be read is passed
    over; ``Meta.fixed`` names those that must then be as they are.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            refused = self._refused(data)
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)  # type: ignore[misc]

    def _refused(self, data: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, serializers.Field[Any, Any, Any, Any]] = self.fields  # type: ignore[attr-defined]
        refused: dict[str, Any] = {}
        for name in data:
            if name not in fields:
                refused[name] = [_("There is no such field.")]
            elif fields[name].read_only and not self._may_repeat(name, data[name]):
                refused[name] = [_("This cannot be set here.")]
        return refused

    def _may_repeat(self, name: str, value: Any) -> bool:
        instance = getattr(self, "instance", None)
        if instance is None or getattr(self, "partial", False):
            return False
        if name not in getattr(self.Meta, "fixed", ()):  # type: ignore[attr-defined]
            return True
        field = self.fields[name]  # type: ignore[attr-defined]
        return bool(_representation(field, instance) == value)


def _representation(field: Any, instance: Any) -> Any:
    value = field.get_attribute(instance)
    return value if value is None else field.to_representation(value)


class StrictSerializer(StrictFields, serializers.Serializer[Any]):
    class Meta:
        fixed: tuple[str, ...] = ()


class RecordSerializer(StrictFields, serializers.ModelSerializer[Any]):
    """A model's fields as they are; whether they fit together, the services and database say."""

    serializer_related_field = VisibleRelatedField
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateTimeField: InstantField,
        models.DateField: DayField,
    }

    def get_validators(self) -> list[Any]:
        return []

    def get_uniqueness_extra_kwargs(
        self, field_names: Any, declared_fields: Any, extra_kwargs: Any
    ) -> tuple[Any, Any]:
        return extra_kwargs, {}


class FieldErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON pointer of the value, as a URI fragment.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField(help_text="Stable identifier of the kind of problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]


class JobSerializer(RecordSerializer):
    class Meta:
        model = Job
        fields = ("id", "state", "progress", "result", "error", "created_at", "finished_at")
        read_only_fields = fields


class ExchangeRateSerializer(RecordSerializer):
    base = CurrencyField(help_text="One unit of this …")
    quote = CurrencyField(help_text="… costs `rate` of this.")

    class Meta:
        model = ExchangeRate
        fields = ("id", "base", "quote", "date", "rate")


class ImportSerializer(RecordSerializer):
    class Meta:
        model = ImportBatch
        fields = (
            "id",
            "kind",
            "file_name",
            "state",
            "rows_read",
            "created",
            "updated",
            "unchanged",
            "refused",
            "error",
            "requested_by",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields
