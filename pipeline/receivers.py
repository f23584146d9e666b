"""What pipelines do when something that their rates are made of changes elsewhere.

Saves and deletions are listened to, because the administration site writes without a service.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from django.urls import reverse

from core.models import BusinessClock, DirtyFlag, ExchangeRate
from crm.merging.journal import Journal
from crm.models import Customer, CustomerMerge, Ladder, LifecycleChange, LifecycleStage
from crm.signals import (
    customer_archived,
    customer_given,
    customer_handed,
    customer_moved,
    customer_restored,
    customers_locking,
    customers_merged,
    customers_parted,
    merge_hindered,
)
from pipeline.models import Estimate, Opportunity, Pipeline, Stage
from pipeline.services import backtest_requests
from pipeline.services.hand_over import record_given
from pipeline.services.merges import (
    advance_parted,
    crossing_deals,
    lock_deals,
    refresh_of_merge,
)
from pipeline.services.opportunities import restore_opportunity, update_opportunity
from pipeline.services.pipelines import (
    refuse_deletion_of_estimated,
    refuse_deletion_of_estimated_step,
)
from pipeline.services.requests import flag_name, request_refresh
from pipeline.signals import estimate_written


@receiver(customer_moved)
def refresh_joined_pipelines(change: LifecycleChange, **kwargs: Any) -> None:
    _refresh(Pipeline.objects.filter(ladder=change.ladder_id))


@receiver(customer_archived)
def archive_open_deals(customer: Customer, by: Any, **kwargs: Any) -> None:
    """At the same instant, and marked, by which they are known when the customer comes back."""
    deals = Opportunity.objects.open().filter(customer=customer).select_related("stage")
    for deal in deals.order_by("pipeline", "pk"):
        update_opportunity(deal, by=by, archived_at=customer.archived_at, went_along=True)


@receiver(customer_restored)
def restore_open_deals(customer: Customer, by: Any, since: datetime, **kwargs: Any) -> None:
    """Those that went along, but for stages that went out of use meanwhile."""
    deals = Opportunity.objects.filter(customer=customer, archived_at=since, went_along=True)
    here = deals.filter(stage__retired_at__isnull=True).select_related("stage")
    for deal in here.order_by("pipeline", "pk"):
        restore_opportunity(deal, by=by)


@receiver(customer_given)
def give_open_deals(
    customer: Customer, before: Any, by: Any, along: dict[str, list[int]], **kwargs: Any
) -> None:
    """Those of whoever had the customer; what a third person pursues with it stays theirs."""
    if before is None:
        return
    deals = list(Opportunity.objects.open().filter(customer=customer, owner=before))
    for deal in deals:
        update_opportunity(deal, by=by, owner=customer.owner)
    along["deals"] = [deal.pk for deal in deals]


@receiver(customer_handed)
def keep_what_was_given(
    customer: Customer, before: Any, by: Any, along: dict[str, list[int]], **kwargs: Any
) -> str:
    if before is None or by is None:
        return ""
    done = record_given(customer, before, by=by, along=along)
    return reverse("pipeline:undo_hand_over", args=[done.pk])


@receiver(customers_locking)
def lock_their_deals(customers: list[int], **kwargs: Any) -> None:
    lock_deals(customers)


@receiver(customers_merged)
def refresh_pipelines_of_merged(merge: CustomerMerge, **kwargs: Any) -> None:
    refresh_of_merge(merge)


@receiver(customers_parted)
def advance_and_refresh_parted(merge: CustomerMerge, **kwargs: Any) -> None:
    advance_parted(merge)
    refresh_of_merge(merge)


@receiver(merge_hindered)
def name_crossing_deals(merge: CustomerMerge, journal: Journal, **kwargs: Any) -> list[str]:
    return crossing_deals(merge, journal)


@receiver(post_save, sender=Pipeline)
def refresh_pipeline(instance: Pipeline, **kwargs: Any) -> None:
    request_refresh(instance.pk)


@receiver(post_delete, sender=Pipeline)
def forget_pipeline(instance: Pipeline, **kwargs: Any) -> None:
    names = (flag_name(instance.pk), backtest_requests.flag_name(instance.pk))
    DirtyFlag.objects.filter(name__in=names).delete()


@receiver(estimate_written)
def judge_the_estimates(estimate: Estimate, **kwargs: Any) -> None:
    """Once it is kept: whether it is judged must not decide whether there is one."""
    transaction.on_commit(lambda: backtest_requests.request_after_estimate(estimate), robust=True)


@receiver([post_save, post_delete], sender=Stage)
def refresh_pipeline_of_stage(instance: Stage, **kwargs: Any) -> None:
    request_refresh(instance.pipeline_id)


@receiver([post_save, post_delete], sender=Ladder)
def refresh_pipelines_of_ladder(instance: Ladder, **kwargs: Any) -> None:
    _refresh(Pipeline.objects.filter(ladder=instance.pk))


@receiver([post_save, post_delete], sender=LifecycleStage)
def refresh_pipelines_of_lifecycle_stage(instance: LifecycleStage, **kwargs: Any) -> None:
    _refresh(Pipeline.objects.filter(ladder=instance.ladder_id))


@receiver([post_save, post_delete], sender=ExchangeRate)
def refresh_converted_pipelines(**kwargs: Any) -> None:
    """All of them: a rate that was corrected may have been between other currencies before."""
    _refresh(Pipeline.objects.all())


@receiver(post_save, sender=BusinessClock)
def refresh_after_a_step(**kwargs: Any) -> None:
    """The demo company's calendar was stepped: what is open has aged."""
    _refresh(Pipeline.objects.all())


@receiver(pre_delete, sender=Stage)
def keep_estimated_stage(instance: Stage, **kwargs: Any) -> None:
    refuse_deletion_of_estimated(instance)


@receiver(pre_delete, sender=LifecycleStage)
def keep_estimated_step(instance: LifecycleStage, **kwargs: Any) -> None:
    refuse_deletion_of_estimated_step(instance)


def _refresh(pipelines: QuerySet[Pipeline]) -> None:
    for pk in pipelines.order_by("pk").values_list("pk", flat=True):
        request_refresh(pk)
