"""A plan within its means, in words: the verdict, what limits it, and what more of it is worth."""

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
KINDS = ("overload", "hours", "hires", "budget", "month_budget", "channel_budget", "volume")
WORTH_SAYING = 1000.0
"""Less than a thousand of the plan's currency is no news."""


def limited_verdict(plan: Plan, found: Document) -> str:
    """The verdict of a solve within people, channels and budget, and what follows from it."""
    if found["code"] == "unreachable":
        return " ".join(filter(None, [_out_of_reach(plan, found), *_causes(plan, found)]))
    if not found["leads"] and found["code"] in ("reachable", "tight"):
        text = _("Covered: what is open now already gives a chance of %(chance)s.")
        return text % {"chance": percent(found["p_target"])} + _busy_clause(found)
    text = _("Reachable") if found["code"] == "reachable" else _("Tight")
    return f"{text}{_colon()}{_takes(plan, found)}{_busy_clause(found)}"


def _out_of_reach(plan: Plan, found: Document) -> str:
    known = {
        "target": short_money(plan.target, plan.currency),
        "most": short_money(found["p80_revenue"], plan.currency),
        "mean": short_money(found["expected"], plan.currency),
        "n": number(hired(found)),
    }
    if hired(found) >= 1:
        text = _("%(target)s is out of reach, even with %(n)s more people.")
    elif found["has_people"] and found["has_channels"]:
        text = _("%(target)s is out of reach with these people and channels.")
    elif found["has_people"]:
        text = _("%(target)s is out of reach with these people.")
    else:
        text = _("%(target)s is out of reach with these channels.")
    most = _("At most %(mean)s can be expected, %(most)s with a chance of 80 %%.")
    return " ".join([text, most]) % known


def hired(found: Document) -> float:
    """How many people the plan hires."""
    return float(sum(row["count"] for row in found["hires"]))


def _causes(plan: Plan, found: Document) -> list[str]:
    """The first two limits, and the one more hire that is worth the most."""
    limits = by_weight(found["limits"])
    said = [limit_sentence(limit) for limit in limits[:2]]
    hires = [
        limit for limit in limits if limit["hire_price"] and limit["hire_price"] > WORTH_SAYING
    ]
    if hires:
        best = max(hires, key=lambda limit: limit["hire_price"])
        said.append(hire_sentence(plan, best))
    return said


def by_weight(limits: Sequence[Document]) -> list[Document]:
    """People before leads and money, as they are slower to come by."""
    return sorted(limits, key=lambda limit: KINDS.index(limit["kind"]))


def limit_sentence(limit: Document) -> str:
    """Sales hours run out in February."""
    first, last = date.fromisoformat(limit["month"]), date.fromisoformat(limit["last_month"])
    known = {"name": label(limit["name"]), "month": month(first), "last": month(last)}
    is_one = first == last
    texts = {
        "overload": (
            _("%(name)s: what is open already takes more hours than there are in %(month)s."),
            _(
                "%(name)s: what is open already takes more hours than there are from %(month)s to "
                "%(last)s."
            ),
        ),
        "hours": (
            _("%(name)s: hours run out in %(month)s."),
            _("%(name)s: hours run out from %(month)s to %(last)s."),
        ),
        "hires": (
            _("%(name)s: no more can be hired in %(month)s."),
            _("%(name)s: no more can be hired from %(month)s to %(last)s."),
        ),
        "volume": (
            _("%(name)s: no more leads can be had in %(month)s."),
            _("%(name)s: no more leads can be had from %(month)s to %(last)s."),
        ),
        "budget": (_("The budget is used up."), _("The budget is used up.")),
        "month_budget": (
            _("The budget of %(month)s is used up."),
            _("The budgets from %(month)s to %(last)s are used up."),
        ),
        "channel_budget": (
            _("%(name)s: the budget is used up in %(month)s."),
            _("%(name)s: the budget is used up from %(month)s to %(last)s."),
        ),
    }
    return texts[limit["kind"]][0 if is_one else 1] % known


def hire_sentence(plan: Plan, limit: Document) -> str:
    """One more account executive from March is worth 310 k."""
    known = {
        "name": label(limit["name"]),
        "month": month(date.fromisoformat(limit["hire_month"])),
        "worth": short_money(limit["hire_price"], plan.currency),
    }
    texts = {
        "revenue": _("One more %(name)s from %(month)s on would be worth %(worth)s of revenue."),
        "profit": _("One more %(name)s from %(month)s on would be worth %(worth)s of profit."),
        "cost": _("One more %(name)s from %(month)s on would save %(worth)s elsewhere."),
    }
    return texts[limit["priced_in"]] % known


def worth_sentence(plan: Plan, limit: Document) -> str:
    """What one percent more of a limit is worth."""
    known = {"worth": short_money(limit["percent"], plan.currency)}
    texts = {
        "revenue": _("One percent more of it would bring %(worth)s of revenue."),
        "profit": _("One percent more of it would bring %(worth)s of profit."),
        "cost": _("One percent more of it would save %(worth)s."),
    }
    return texts[limit["priced_in"]] % known if limit["percent"] > WORTH_SAYING else ""


def _takes(plan: Plan, found: Document) -> str:
    """1,240 leads for 310 k and 3 hires."""
    parts = [_leads(plan, found)]
    if hires := hired(found):
        text = ngettext("%(n)s more person", "%(n)s more people", round(hires) or 1)
        parts.append(text % {"n": number(hires, 0 if abs(hires - round(hires)) < 0.05 else 1)})
    it_takes = _("it takes %(what)s.")
    return it_takes % {"what": _(" and ").join(parts)}


def _leads(plan: Plan, found: Document) -> str:
    known = {"n": number(found["leads"])}
    if found["has_channels"]:
        spent = sum(row["amount"] for row in found["spend"])
        known["cost"] = short_money(spent, plan.currency)
        text = _("%(n)s new leads for %(cost)s")
    else:
        text = _("%(n)s new leads")
    times = found.get("multiplier")
    if times is None:
        return text % known
    known["times"] = number(times, 0 if times >= 10 else 1)
    return (text % known) + _(" (%(times)s times those of the last year)") % known


def _busy_clause(found: Document) -> str:
    peak = busiest(found["capacity"])
    if peak is None or peak["share"] <= HARD:
        return ""
    text = _(" %(role)s: %(share)s busy in %(month)s.")
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


def _colon() -> str:
    return _(": ")
