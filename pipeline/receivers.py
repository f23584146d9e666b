"""What pipelines do when a customer moves on a ladder that leads to them."""

from typing import Any

from django.dispatch import receiver

from crm.models import LifecycleChange
from crm.signals import customer_moved
from pipeline.models import Pipeline
from pipeline.services.requests import request_refresh


@receiver(customer_moved)
def refresh_joined_pipelines(change: LifecycleChange, **kwargs: Any) -> None:
    for pk in Pipeline.objects.filter(ladder=change.ladder_id).values_list("pk", flat=True):
        request_refresh(pk)
