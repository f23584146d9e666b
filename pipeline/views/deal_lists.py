"""Deals as rows: which, and in which order."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy

from accounts.models import User
from core import clock
from pipeline.boards import matching
from pipeline.models import Opportunity, Pipeline, Stage
from pipeline.models.opportunities import OpportunityQuerySet

# What a column heading sorts by; empty values last in both directions.
SORTS = {
    "name": "name",
    "customer": "customer__name",
    "stage": "stage__order",
    "amount": "amount",
    "close": "expected_close",
    "since": "stage_entered_at",
    "owner": "owner__name",
}


def deal_rows(
    pipeline: Pipeline,
    user: User,
    *,
    stages: Iterable[Stage],
    filters: dict[str, Any],
    sort: str = "",
) -> QuerySet[Opportunity]:
    """Visible deals of ``pipeline``, whose stages are ``stages``, all of them; ``sort`` names a
    column, with ``-`` for downwards."""
    visible = Opportunity.objects.visible_to(user).with_names().filter(pipeline=pipeline)
    of_status = _of_status(visible, filters, stages)
    deals = matching(of_status, filters, pipeline=pipeline, at=clock.now())
    if "stage" in filters:
        deals = deals.filter(stage=filters["stage"])
    return deals.order_by(*_order(sort), "-id")


def _of_status(
    deals: OpportunityQuerySet, filters: dict[str, Any], stages: Iterable[Stage]
) -> OpportunityQuerySet:
    status = filters.get("status", "")
    if status == "archived":
        return deals.filter(archived_at__isnull=False)
    if status == "all" or (not status and "stage" in filters):
        return deals.current()
    # Named one by one: a join with the stages costs more than the rest of the count.
    of_status = [stage.pk for stage in stages if stage.status == (status or "open")]
    return deals.current().filter(stage__in=of_status)


def _order(sort: str) -> list[OrderBy]:
    name = SORTS.get(sort.removeprefix("-"), "stage_entered_at" if not sort else None)
    if name is None:
        return []
    down = sort.startswith("-") or not sort
    return [OrderBy(F(name), descending=down, nulls_last=True)]
