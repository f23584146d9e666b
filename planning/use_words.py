"""What a plan uses of people, leads and money, and what it lacks, in words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.figures import month, number, percent, short_money
from core.vocabulary import label
from planning.models import Plan
from planning.utilisation import HARD

Document = dict[str, Any]
A_TWENTIETH = 0.05
"""Of so small a multiple of the last year its decimal tells nothing."""


def hired(found: Document) -> float:
    """How many people the plan hires."""
    return float(sum(row["count"] for row in found["hires"]))


def uses(plan: Plan, found: Document) -> str:
    """It takes 1,240 leads for 310 k and 3 hires; of a plan that is to bring the most, what brings
    it, as the target alone would take less."""
    parts = [_leads(plan, found)]
    if hires := hired(found):
        text = ngettext("%(n)s more person", "%(n)s more people", round(hires) or 1)
        parts.append(text % {"n": number(hires, 0 if abs(hires - round(hires)) < 0.05 else 1)})
    texts = {
        "cost": _("it takes %(what)s."),
        "revenue": _("the most revenue, %(mean)s to be expected, comes of %(what)s."),
        "profit": _("the most profit, with %(mean)s of revenue to be expected, comes of %(what)s."),
    }
    known = {
        "what": _(" and ").join(parts),
        "mean": short_money(found["expected"], plan.currency),
    }
    return texts[found.get("best_in", "cost")] % known


def waiting_sentence(plan: Plan, found: Document) -> str:
    """Of people who are short of hours from the start: what that costs, and what it would be
    worth to find the hours."""
    waiting = found.get("waiting")
    if waiting is None:
        return ""
    text = _(
        "What is open already takes %(hours)s hours more than there are: customers wait, which "
        "costs %(lost)s of revenue and is counted here. Were these hours found, the chance would "
        "be %(served)s instead of %(chance)s."
    )
    return text % {
        "hours": number(waiting["hours"]),
        "lost": short_money(waiting["lost"], plan.currency),
        "served": percent(waiting["p_if_served"]),
        "chance": percent(found["p_target"]),
    }


def unknown_volume(found: Document) -> str:
    """Of leads of which none came lately; empty where some did, or none are needed."""
    if found.get("multiplier") is not None or not found["leads"]:
        return ""
    return _("No new leads came in the last year: nothing tells that so many can be had.")


def _leads(plan: Plan, found: Document) -> str:
    known = {"n": number(found["leads"])}
    if found["has_channels"]:
        spent = sum(row["amount"] for row in found["spend"])
        known["cost"] = short_money(spent, plan.currency)
        text = _("%(n)s new leads for %(cost)s")
    else:
        text = _("%(n)s new leads")
    times = found.get("multiplier")
    if times is None or times < A_TWENTIETH:
        return text % known
    known["times"] = number(times, 0 if times >= 10 else 1)
    return (text % known) + _(" (%(times)s times those of the last year)") % known


def busy_clause(found: Document) -> str:
    peak = busiest(found["capacity"])
    if peak is None or peak["share"] <= HARD:
        return ""
    text = (
        _(" %(role)s: %(share)s busy in %(month)s, with overtime.")
        if peak["overtime"] > 0
        else _(" %(role)s: %(share)s busy in %(month)s.")
    )
    return text % {
        "role": label(peak["role"]),
        "share": percent(peak["share"]),
        "month": month(date.fromisoformat(peak["month"])),
    }


def busiest(capacity: Sequence[Document]) -> Document | None:
    """The row of the role and month with the highest share of its hours needed."""
    rows = [
        row | {"share": row["hours_needed"] / row["hours_available"]}
        for row in capacity
        if row["hours_available"] > 0
    ]
    return max(rows, key=lambda row: row["share"], default=None)
