"""The letter by which somebody is to come in, over the API."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import Invitation


class InvitationSerializer(serializers.Serializer[Any]):
    """``sent_at`` and ``attempts`` are null of a letter that went out too long ago to be kept."""

    state = serializers.ChoiceField(choices=Invitation.State.choices)
    email = serializers.EmailField()
    written_at = serializers.DateTimeField(help_text="Real time, as everything here.")
    sent_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(help_text="Why the last attempt failed; empty where it did not.")


def told(invitation: Invitation) -> dict[str, Any]:
    """How far ``invitation`` has got, as the serializer shows it."""
    mail, state = invitation.mail, invitation.state(at=timezone.now())
    told = {
        "state": state,
        "email": invitation.email,
        "written_at": invitation.sent_at,
        "sent_at": mail and mail.sent_at,
        "attempts": mail and mail.attempts,
        "next_attempt_at": mail.not_before if mail and state == "waiting" else None,
        "error": mail.last_error if mail else "",
    }
    return InvitationSerializer(told).data
