"""A plan that needs no new leads, or that nothing limits, in words."""

from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import percent
from planning.models import Plan

# Fewer subjects, or less money, are rounding.
NOTHING = 1e-6


def covered_sentence(plan: Plan, found: dict[str, Any]) -> str:
    """Covered without new leads: a chance of 93 % from what is won so far, what is open now."""
    known = {"chance": percent(found["p_target"]), "parts": _(", ").join(_parts(plan, found))}
    if not known["parts"]:
        return _("Covered without new leads: a chance of %(chance)s.") % known
    return _("Covered without new leads: a chance of %(chance)s from %(parts)s.") % known


def no_limit_sentence(is_over: bool, is_reached: bool) -> str:
    """Where none of what was typed limits a plan: whether that is good news."""
    if is_over:
        return _("The year is over: nothing that is typed now would change it.")
    if not is_reached:
        return _("What was typed does not limit it: the rates and the time that is left do.")
    return _("It fits into the hours, budget and volumes that were typed.")


def _parts(plan: Plan, found: dict[str, Any]) -> list[str]:
    months = found["months"]
    parts = [_("what is won so far")] if _total(months, "won_so_far") else []
    # Of the certain, what no won deal tells is repeat business; older solutions do not say which.
    if not plan.repeat_is_of_deals and _total(months, "certain"):
        is_typed = plan.repeat_from == Plan.RepeatFrom.TYPED
        parts.append(
            _("repeat business, as typed")
            if is_typed
            else _("repeat business, as purchases tell it")
        )
    if _total(months, "from_pipeline"):
        by_themselves = sum(map(sum, found.get("origins", {}).get("direct", []))) > NOTHING
        parts.append(
            _("what is open or comes by itself") if by_themselves else _("what is open now")
        )
    return parts


def _total(months: list[dict[str, Any]], name: str) -> float:
    """Nought where it is rounding."""
    total = sum(month.get(name, 0.0) for month in months)
    return total if total > NOTHING else 0.0
