"""The most that a plan may spend on each channel in each month, as it is read and shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from planning.models import Channel, ChannelBudget, Plan
from planning.solving import plan_months

Key = tuple[int, date]
"""Id of a channel, and the first day of a month."""

Budgets = dict[Key, Decimal]


def stored_budgets(plan: Plan) -> Budgets:
    """Those of the plan's year; a month without one has no limit."""
    rows = plan.channel_budgets.filter(month__in=plan_months(plan.year))
    return {(row.channel_id, row.month): row.amount for row in rows}


def budget_total(plan: Plan) -> Decimal | None:
    """All that may be spent on channels in the months that have a limit; None where none has."""
    rows = plan.channel_budgets.filter(month__in=plan_months(plan.year))
    total: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return total


def with_budgets(plan: Plan, budgets: Mapping[Key, Decimal]) -> Plan:
    """``plan`` with these budgets to try instead of those that are stored; nothing is written."""
    plan.tried_channel_budgets = rows_of(plan, budgets)
    return plan


def rows_of(plan: Plan, budgets: Mapping[Key, Decimal]) -> list[ChannelBudget]:
    return [
        ChannelBudget(plan=plan, channel_id=channel, month=month, amount=amount)
        for (channel, month), amount in budgets.items()
    ]


def budgeted_channels(plan: Plan, held: Iterable[Key] = ()) -> QuerySet[Channel]:
    """Those that plans may be made with, and those for which this one holds a budget already."""
    kept = Q(pk__in={channel for channel, _month in held})
    return Channel.objects.filter(Q(is_active=True) | kept).select_related("source")


def budgets_document(plan: Plan) -> dict[str, Any]:
    """The documented shape: amounts in the plan's currency, by channel and month."""
    rows = plan.channel_budgets.filter(month__in=plan_months(plan.year))
    told = rows.select_related("channel__source").order_by("channel__source__name", "month")
    return {
        "plan": plan.pk,
        "version": plan.version,
        "currency": plan.currency,
        "months": [month.isoformat() for month in plan_months(plan.year)],
        "budgets": [_document(row) for row in told],
    }


def _document(row: ChannelBudget) -> dict[str, Any]:
    return {
        "channel": row.channel_id,
        "name": row.channel.source.name,
        "month": row.month.isoformat(),
        "amount": f"{row.amount:.2f}",
    }


def moved(budgets: Sequence[ChannelBudget], *, years: int) -> list[ChannelBudget]:
    """The same budgets so many years later."""
    return [
        ChannelBudget(
            plan_id=row.plan_id,
            channel_id=row.channel_id,
            month=row.month.replace(year=row.month.year + years),
            amount=row.amount,
        )
        for row in budgets
    ]
