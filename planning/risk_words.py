"""How sure a plan is and where it breaks, in words."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import day, number, percent, short_money
from core.vocabulary import label
from planning.models import Plan

Document = dict[str, Any]
NO_LEADS = 0.5


def chance_sentence(plan: Plan, risk: Document) -> str:
    """Of 20,000 years drawn, 80 % reach the target; four of five end between 60 M and 81 M."""
    if risk["is_reached"]:
        text = _(
            "Of %(runs)s years drawn, %(chance)s reach %(target)s; four of five end between "
            "%(low)s and %(high)s."
        )
    else:
        text = _(
            "Were there leads and people for it, %(chance)s of %(runs)s years drawn would reach "
            "%(target)s, and four of five would end between %(low)s and %(high)s."
        )
    return text % {
        "runs": number(risk["runs"]),
        "chance": percent(risk["p_target"]),
        "target": short_money(plan.target, plan.currency),
        "low": short_money(risk["year"]["p10"], plan.currency),
        "high": short_money(risk["year"]["p90"], plan.currency),
    }


def load_sentences(plan: Plan, risk: Document) -> list[str]:
    """When people fall behind, and what that costs."""
    overload = risk["overload"]
    if overload is None:
        return []
    said = [_strain(role, overload, place) for place, role in enumerate(overload["roles"])]
    said.append(_waste(plan, risk, overload))
    return [sentence for sentence in said if sentence]


def _strain(role: str, overload: Document, place: int) -> str:
    kind = overload["kind"]
    strained, full = kind["strained"][place], kind["full"][place]
    known = {"role": label(role), "strained": _day(strained), "full": _day(full)}
    if full:
        if full == strained:
            return _("%(role)s: more work than hours from %(full)s on.") % known
        text = _("%(role)s: past 85 %% on %(strained)s, more work than hours from %(full)s on.")
        return text % known
    if strained:
        return _("%(role)s: past 85 %% on %(strained)s, where waiting begins to grow.") % known
    return ""


def _waste(plan: Plan, risk: Document, overload: Document) -> str:
    """From the worse to the better end of the band, whichever order of serving that is."""
    ends = [overload["kind"], overload["harsh"]]
    low, high = sorted(end["revenue"] for end in ends)
    few, many = sorted(end["wasted_leads"] for end in ends)
    if many < NO_LEADS:
        return _("Nobody waits so long as to be lost.")
    known = {
        "low": short_money(low, plan.currency),
        "high": short_money(high, plan.currency),
        "few": number(few),
        "many": number(many),
    }
    if not risk["is_reached"]:
        text = _(
            "Tried with the people who are there, so many leads bring only %(low)s to %(high)s: "
            "%(few)s to %(many)s leads are wasted waiting."
        )
    elif known["low"] == known["high"]:
        text = _("Waiting wastes %(few)s to %(many)s leads; the year still brings %(high)s.")
    else:
        text = _(
            "With waiting the year brings %(low)s to %(high)s, and %(few)s to %(many)s leads are "
            "wasted."
        )
    return text % known


def _day(text: str | None) -> str:
    return day(date.fromisoformat(text)) if text else ""
