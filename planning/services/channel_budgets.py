"""Writes of the budgets of a plan's channels, month by month."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.services import audit
from core.services.versions import save_versioned
from core.templatetags.figures import month as month_name
from core.vocabulary import label
from planning.channel_budgets import Budgets, Key, budgeted_channels, rows_of, stored_budgets
from planning.models import Channel, ChannelBudget, Plan
from planning.rounding import CENT
from planning.services.plans import solve_if_known
from planning.solving import plan_months


class PlanIsApproved(Exception):
    """What was approved is not changed in passing."""

    def __init__(self) -> None:
        super().__init__(
            _("This plan is approved: make it a draft again before its budgets are changed.")
        )


@transaction.atomic
def set_channel_budgets(plan: Plan, *, by: User, budgets: Mapping[Key, Decimal]) -> None:
    """Exactly these budgets, in the plan's currency; a channel and month without one is free.

    Raises PlanIsApproved, ValidationError for a channel, month or amount that cannot be, and
    StaleVersion where somebody changed the plan meanwhile.
    """
    if plan.status == Plan.Status.APPROVED:
        raise PlanIsApproved
    before = stored_budgets(plan)
    wanted = _cleaned(plan, budgets, before)
    if wanted == before:
        return
    save_versioned(plan, fields=[])
    # What is left of another year would come back with that year, unseen.
    plan.channel_budgets.all().delete()
    ChannelBudget.objects.bulk_create(rows_of(plan, wanted))
    names = {channel.pk: str(channel) for channel in budgeted_channels(plan, [*before, *wanted])}
    changes = {"channel_budgets": [_readable(before, names), _readable(wanted, names)]}
    audit.record("update", plan, by=by, changes=changes)
    solve_if_known(plan, by=by)


def _cleaned(plan: Plan, budgets: Mapping[Key, Decimal], before: Iterable[Key]) -> Budgets:
    known = {channel.pk: channel for channel in budgeted_channels(plan, before)}
    months = set(plan_months(plan.year))
    for channel, month in budgets:
        if channel not in known:
            text = _("There is no channel %(id)s to plan with.") % {"id": channel}
            raise ValidationError({"budgets": text})
        if month not in months:
            text = _("%(month)s is no month of this plan: give the first day of one.")
            raise ValidationError({"budgets": text % {"month": month.isoformat()}})
    for row in rows_of(plan, budgets):
        _check_amount(row, known[row.channel_id])
    return {key: amount.quantize(CENT) for key, amount in budgets.items()}


def _check_amount(row: ChannelBudget, channel: Channel) -> None:
    try:
        row.clean_fields(exclude=["plan", "channel", "month"])
    except ValidationError as error:
        where = f"{label(channel.source.name)}, {month_name(row.month)}"
        said = [f"{where}: {message}" for message in error.messages]
        raise ValidationError({"budgets": said}) from error


def _readable(budgets: Budgets, names: Mapping[int, str]) -> str:
    return "; ".join(
        f"{names.get(channel, channel)} {month:%Y-%m}: {amount}"
        for (channel, month), amount in sorted(budgets.items())
    )
