"""What a person chooses for themselves."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from accounts.signals import reminding_changed
from core.services.mails import drop_unsent

REMINDER_MAIL = "reminder"


@transaction.atomic
def save_preferences(user: User, fields: Iterable[str]) -> None:
    """Write ``fields`` of ``user``; reminders follow what they now say."""
    names = list(fields)
    user.save(update_fields=names)
    follow_preferences(user, names)


def follow_preferences(user: User, changed: Iterable[str]) -> None:
    """What is still to be told follows the ``changed`` fields, in the caller's transaction."""
    names = set(changed)
    if "reminder_emails" in names and not user.reminder_emails:
        drop_unsent(user, REMINDER_MAIL)
    if {"remind_before", "time_zone"} & names:
        reminding_changed.send(User, user=user)


def set_reminder_emails(user: User, wanted: bool) -> None:
    user.reminder_emails = wanted
    save_preferences(user, ["reminder_emails"])
