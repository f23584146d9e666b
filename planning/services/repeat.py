"""Where a plan reads the repeat business of existing customers: deals, purchases, or typed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from pipeline.selectors import latest_estimate
from planning.models import Plan
from planning.models.plans import MONTHS
from planning.repeat import repeat_of_purchases
from planning.services.plans import update_plan
from planning.solving import plan_months

KEPT = ("repeat_from_purchases", "repeat_by_month", "repeat_reason", "repeat_overlap")
"""What an undo puts back."""

Source = Plan.RepeatFrom


@transaction.atomic
def set_repeat_business(
    plan: Plan,
    *,
    by: User,
    source: str,
    by_month: Sequence[Decimal] | None = None,
    reason: str = "",
    overlap: str = Plan.RepeatOverlap.PURCHASES,
) -> Plan:
    """Read it there and nowhere else, so that nothing counts twice; the plan is solved anew.

    ``overlap``: what to read of customers with purchases and deals, where it is of purchases.

    Raises ValidationError where typed amounts are not twelve or without a reason, or where there
    are no purchases to read it from; StaleVersion where somebody changed the plan meanwhile;
    MissingExchangeRate.
    """
    is_typed = source == Source.TYPED
    if is_typed:
        _check_typed(by_month, reason)
    if source == Source.PURCHASES:
        _check_purchases(plan, overlap)
    fields: dict[str, Any] = {
        "repeat_from_purchases": source == Source.PURCHASES,
        "repeat_by_month": [float(n) for n in by_month or ()] if is_typed else None,
        "repeat_reason": reason.strip() if is_typed else "",
        "repeat_overlap": overlap if source == Source.PURCHASES else Plan.RepeatOverlap.PURCHASES,
    }
    return update_plan(plan, by=by, **fields)


def _check_typed(by_month: Sequence[Decimal] | None, reason: str) -> None:
    if by_month is None or len(by_month) != MONTHS:
        raise ValidationError({"by_month": _("Give twelve amounts, none negative.")})
    if not reason.strip():
        text = _("Say why: others will read it beside the value.")
        raise ValidationError({"reason": text})


def _check_purchases(plan: Plan, overlap: str) -> None:
    estimate = latest_estimate(plan.pipeline)
    as_of = estimate.as_of if estimate else clock.default_as_of()
    months = plan_months(plan.year)
    asked: dict[str, Any] = {"as_of": as_of, "currency": plan.currency}
    if not repeat_of_purchases(months, **asked).is_known:
        text = _("In the last twelve months nobody who had bought before purchased anything.")
        raise ValidationError({"repeat_from": text})
    if not repeat_of_purchases(months, **asked, overlap=overlap).is_known:
        text = _("All repeat purchases are of customers whose deals would be read instead.")
        raise ValidationError({"overlap": text})
