"""What this app does when people change."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import reminding_changed
from crm.services.reminders import replan


@receiver(reminding_changed)
def follow_preference(user: User, **kwargs: Any) -> None:
    replan(user)
