"""What this app does when activities, customers or people change."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import reminding_changed
from crm.models import Activity, Customer, CustomerMerge, LifecycleChange, LifecycleStage
from crm.services.activities import give_activities
from crm.services.leads import follow_owner, settle_leads_of, settle_leads_on, settle_response
from crm.services.reminders import replan, settle_reminders_of
from crm.signals import (
    activity_changed,
    customer_archived,
    customer_given,
    customer_moved,
    customers_merged,
    customers_parted,
)


@receiver(activity_changed)
def settle_with(activity: Activity, **kwargs: Any) -> None:
    settle_response(activity)


@receiver(post_delete, sender=Activity)
def settle_without(instance: Activity, **kwargs: Any) -> None:
    settle_response(instance)


@receiver(customer_moved)
def settle_moved(change: LifecycleChange, **kwargs: Any) -> None:
    settle_leads_of([change.customer_id])


@receiver(post_save, sender=LifecycleStage)
def settle_standing_there(instance: LifecycleStage, created: bool, **kwargs: Any) -> None:
    """A save is listened to, because the administration site writes without a service."""
    if not created:
        settle_leads_on(instance)


@receiver(customer_archived)
def settle_notices(customer: Customer, **kwargs: Any) -> None:
    settle_reminders_of(customer)


@receiver(customer_given)
def give_what_is_planned(
    customer: Customer,
    before: User | None,
    by: User | None,
    along: dict[str, list[int]],
    **kwargs: Any,
) -> None:
    along["activities"] = give_activities(customer, before, by=by)
    follow_owner(customer, before, by=by)


@receiver([customers_merged, customers_parted])
def settle_both(merge: CustomerMerge, **kwargs: Any) -> None:
    settle_leads_of([merge.survivor_id, merge.merged_id])


@receiver(reminding_changed)
def follow_preference(user: User, **kwargs: Any) -> None:
    replan(user)
