"""A plan within its means, in words: the verdict, what limits it, and what more of it is worth."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import month, number, percent, short_money
from core.vocabulary import label
from planning.covered_words import covered_sentence
from planning.engine.means import UTILISATION
from planning.models import Plan
from planning.use_words import busy_clause, hired, unknown_volume, uses, waiting_sentence

Document = dict[str, Any]
KINDS = (
    "overload",
    "hours",
    "shape",
    "hires",
    "budget",
    "month_budget",
    "channel_budget",
    "volume",
)
WORTH_SAYING = 1000.0
"""Less than a thousand of the plan's currency is no news."""
A_PART = 0.1
"""What is worth less of what the dearest limit is worth is no cause."""


def limited_verdict(plan: Plan, found: Document) -> str:
    """The verdict of a solve within people, channels and budget, and what follows from it."""
    if found["code"] == "unreachable":
        said = [_out_of_reach(plan, found), waiting_sentence(plan, found), *_causes(plan, found)]
        return " ".join(filter(None, said))
    said = [_within_reach(plan, found), unknown_volume(found), waiting_sentence(plan, found)]
    return " ".join(filter(None, said))


def _within_reach(plan: Plan, found: Document) -> str:
    if not found["leads"] and found["code"] in ("reachable", "tight"):
        return covered_sentence(plan, found) + busy_clause(found)
    text = _("Reachable") if found["code"] == "reachable" else _("Tight")
    return f"{text}{_colon()}{uses(plan, found)}{busy_clause(found)}"


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


def _causes(plan: Plan, found: Document) -> list[str]:
    """The first two limits, and the one more hire that is worth the most."""
    limits = by_weight(found["limits"])
    said = [limit_sentence(limit) for limit in _without_small_shapes(limits)[:2]]
    hires = [
        limit for limit in limits if limit["hire_price"] and limit["hire_price"] > WORTH_SAYING
    ]
    if hires:
        best = max(hires, key=lambda limit: limit["hire_price"])
        said.append(hire_sentence(plan, best))
    return said


def _without_small_shapes(limits: Sequence[Document]) -> list[Document]:
    """The shape of the year is one cause at most, and one only where it is worth something."""
    dearest = max((limit["percent"] for limit in limits), default=0.0)
    shapes = [limit for limit in limits if limit["kind"] == "shape"]
    heavy = [limit for limit in shapes if limit["percent"] >= A_PART * dearest][:1]
    return [limit for limit in limits if limit["kind"] != "shape" or limit in heavy]


def by_weight(limits: Sequence[Document]) -> list[Document]:
    """People before leads and money, as they are slower to come by."""
    return sorted(limits, key=lambda limit: KINDS.index(limit["kind"]))


def limit_sentence(limit: Document) -> str:
    """Sales hours run out in February."""
    first, last = date.fromisoformat(limit["month"]), date.fromisoformat(limit["last_month"])
    known = {
        "name": label(limit["name"]),
        "month": month(first),
        "last": month(last),
        "share": percent(UTILISATION),
    }
    kind = "shape_" + limit["name"] if limit["kind"] == "shape" else limit["kind"]
    in_one, in_more = _limit_texts()[kind]
    return (in_one if first == last else in_more) % known


def _limit_texts() -> dict[str, tuple[str, str]]:
    """By kind: of a single month, and of several."""
    return {
        "overload": (
            _("%(name)s: what is open already takes more hours than there are in %(month)s."),
            _(
                "%(name)s: what is open already takes more hours than there are from %(month)s to "
                "%(last)s."
            ),
        ),
        "hours": (
            _("%(name)s: hours run out in %(month)s, planned up to %(share)s."),
            _("%(name)s: hours run out from %(month)s to %(last)s, planned up to %(share)s."),
        ),
        "shape_most": (
            _("The shape of the year lets no more leads come in %(month)s."),
            _("The shape of the year lets no more leads come from %(month)s to %(last)s."),
        ),
        "shape_least": (
            _(
                "The shape of the year asks for its share of leads in %(month)s, which holds back "
                "the other months."
            ),
            _(
                "The shape of the year asks for its share of leads from %(month)s to %(last)s, "
                "which holds back the year."
            ),
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
    of_freedom = {
        "revenue": _("One percent more freedom of the months would bring %(worth)s of revenue."),
        "profit": _("One percent more freedom of the months would bring %(worth)s of profit."),
        "cost": _("One percent more freedom of the months would save %(worth)s."),
    }
    texts = (
        of_freedom
        if limit["kind"] == "shape"
        else {
            "revenue": _("One percent more of it would bring %(worth)s of revenue."),
            "profit": _("One percent more of it would bring %(worth)s of profit."),
            "cost": _("One percent more of it would save %(worth)s."),
        }
    )
    return texts[limit["priced_in"]] % known if limit["percent"] > WORTH_SAYING else ""


def _colon() -> str:
    return _(": ")
