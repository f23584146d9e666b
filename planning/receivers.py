"""What plans do when something that hours are measured by changes elsewhere."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from core.models import DirtyFlag
from crm.models import Activity
from crm.signals import activity_changed
from pipeline.models import Estimate, Pipeline
from pipeline.signals import estimate_written
from planning.models import Staff
from planning.services.hours import flag_name, request_hours, request_hours_of_all


@receiver(activity_changed)
def measure_what_was_done(
    activity: Activity, changes: dict[str, list[Any]] | None = None, **kwargs: Any
) -> None:
    """Of every pipeline: an activity without a deal counts on the ladders. What is open again, or
    took nobody knows how long, has counted before."""
    present = {"done_at": activity.done_at, "minutes": activity.minutes}
    before = present | {name: pair[0] for name, pair in (changes or {}).items() if name in present}
    if any(None not in each.values() for each in (present, before)):
        request_hours_of_all()


@receiver(post_delete, sender=Activity)
def measure_without(instance: Activity, **kwargs: Any) -> None:
    measure_what_was_done(instance)


@receiver(estimate_written)
def measure_by_the_new_history(estimate: Estimate, **kwargs: Any) -> None:
    """Deals and customers moved, or time passed."""
    request_hours(estimate.pipeline_id)


@receiver([post_save, post_delete], sender=Staff)
def measure_with_other_people(**kwargs: Any) -> None:
    request_hours_of_all()


@receiver(post_delete, sender=Pipeline)
def forget_pipeline(instance: Pipeline, **kwargs: Any) -> None:
    DirtyFlag.objects.filter(name=flag_name(instance.pk)).delete()
