"""Activities over the API, with their reminders."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.fields import InstantField
from core.api.serializers import RecordSerializer, StrictSerializer
from core.api.viewsets import Changing
from crm.api.filters import ActivityFilter
from crm.models import Activity
from crm.services.activities import check_owner, delete_activity, log_activity, update_activity
from crm.services.snooze import Snooze, snooze, snoozed_until, unsnooze


class ActivitySerializer(RecordSerializer):
    remind_at = serializers.SerializerMethodField(
        help_text="When its owner will be reminded; null where there is nothing to come."
    )

    class Meta:
        model = Activity
        fields = (
            "id",
            "customer",
            "opportunity",
            "owner",
            "kind",
            "subject",
            "note",
            "minutes",
            "created_at",
            "due_at",
            "all_day",
            "reminder",
            "remind_at",
            "done_at",
            "version",
        )
        read_only_fields = ("created_at", "version")
        fixed = ("created_at",)
        extra_kwargs = {
            "all_day": {"help_text": _("On the company's day of `due_at`, at no certain hour.")}
        }

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_remind_at(self, activity: Activity) -> str | None:
        alarm = getattr(activity, "alarm", None)
        if alarm is None or alarm.fired_at or activity.done_at:
            return None
        return InstantField().to_representation(alarm.at)


class SnoozeSerializer(StrictSerializer):
    """Either of the two."""

    until = InstantField(required=False, help_text=_("When to remind again."))

    def get_fields(self) -> dict[str, Any]:
        # "for" is a word of Python.
        choice = serializers.ChoiceField(
            Snooze.choices, required=False, help_text=_("For how long, in the caller's time zone.")
        )
        return {**super().get_fields(), "for": choice}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Give either “until” or “for”."))
        return attrs


class ActivityViewSet(Changing):
    """Calls, meetings, emails, tasks and notes with customers."""

    queryset = Activity.objects.all()
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter
    is_versioned = True
    ordering = ("-created_at",)
    ordering_fields = ("created_at", "due_at", "done_at")

    def get_queryset(self) -> QuerySet[Activity]:
        return Activity.objects.visible_to(self.caller).select_related("alarm")

    def create_object(self, fields: dict[str, Any]) -> Activity:
        check_owner(fields["customer"], fields.get("owner"))
        return log_activity(fields.pop("customer"), by=self.caller, **fields)

    def update_object(self, obj: Activity, fields: dict[str, Any]) -> None:
        if {"owner", "customer"} & set(fields):
            check_owner(fields.get("customer", obj.customer), fields.get("owner", obj.owner))
        update_activity(obj, by=self.caller, **fields)

    def delete_object(self, obj: Activity) -> None:
        delete_activity(obj, by=self.caller)

    @extend_schema(request=SnoozeSerializer, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: int) -> Response:
        """Put the reminder of the caller's own activity off; `unsnooze/` takes it back."""
        activity = self.get_object()
        self.check_precondition(activity, required=False)
        asked = SnoozeSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        fields = asked.validated_data
        until = fields.get("until") or snoozed_until(
            fields["for"], user=self.caller, at=clock.now()
        )
        snooze(activity, until=until, by=self.caller)
        return self.answer(self.reread(activity))

    @extend_schema(request=None, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def unsnooze(self, request: Request, pk: int) -> Response:
        """Take the last snooze of the caller's own activity back."""
        activity = self.get_object()
        self.check_precondition(activity, required=False)
        unsnooze(activity, by=self.caller)
        return self.answer(self.reread(activity))
