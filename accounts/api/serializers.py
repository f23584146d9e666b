from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Role, Team, User
from core.api.serializers import RecordSerializer


class UserSerializer(RecordSerializer):
    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id",
            "email",
            "name",
            "role",
            "team",
            "language",
            "time_zone",
            "remind_before",
            "reminder_emails",
            "is_active",
            "date_joined",
        )
        read_only_fields: tuple[str, ...] = ("date_joined",)
        fixed: tuple[str, ...] = ("date_joined",)

    def validate_time_zone(self, name: str) -> str:
        if name and name not in available_timezones():
            raise serializers.ValidationError(_("This is no time zone, such as Asia/Shanghai."))
        return name


class UserCreateSerializer(UserSerializer):
    """A new colleague, who gets a letter with a link to set the first password."""

    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices, required=False)

    class Meta(UserSerializer.Meta):
        fields = ("id", "email", "name", "role", "team")
        read_only_fields = ()


class TeamSerializer(RecordSerializer):
    parent = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=Team.objects.all(), required=False, allow_null=True, help_text=_("Team above.")
    )

    class Meta:
        model = Team
        fields = ("id", "name", "parent", "shares_records")
