"""Why a plan's repeat business is typed: never without a reason, and never with that of others."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from planning.models import Plan


def with_reason(plan: Plan, fields: dict[str, Any]) -> dict[str, Any]:
    """What to write on ``plan`` so that typed repeat business and its reason go together.

    Typed amounts take the place of purchases. Raises ValidationError where amounts are typed that
    are not there yet, or a reason is taken away, without one being given.
    """
    if not {"repeat_by_month", "repeat_reason"} & set(fields):
        return fields
    amounts = fields.get("repeat_by_month", plan.repeat_by_month)
    if amounts is None:
        return fields | {"repeat_reason": ""}
    is_new = amounts != plan.repeat_by_month
    reason = fields.get("repeat_reason", "" if is_new else plan.repeat_reason).strip()
    if not reason and (is_new or plan.repeat_reason):
        text = _("Say why: others will read it beside the value.")
        raise ValidationError({"repeat_reason": text})
    return {"repeat_from_purchases": False} | fields | {"repeat_reason": reason}
