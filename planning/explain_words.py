"""The arithmetic of a plan's numbers in sentences, rounded as the page shows them."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent, short_money
from core.vocabulary import label
from planning.explain_entry_words import entry_sentences, known_of
from planning.explain_limit_words import limit_sentences, means_sentences
from planning.explain_names import count, exact_money, month_of, period, stage_name
from planning.explain_rows import groups_of, rows_of
from planning.explain_share_words import share_sentences
from planning.explained import Explained
from planning.models import Plan
from planning.rounding import adding_up
from planning.solving import SolvedPlan


def sentences(solved: SolvedPlan, explained: Explained) -> list[str]:
    """How a number comes about, the shortest first."""
    said = share_sentences(solved, explained)
    if not said or explained.value:
        said += SAYING.get(explained.asked.about, means_sentences)(solved, explained)
    return [sentence for sentence in said if sentence]


def _entries(solved: SolvedPlan, explained: Explained) -> list[str]:
    return [*entry_sentences(solved, explained), _origins(solved, explained)]


def _won(solved: SolvedPlan, explained: Explained) -> list[str]:
    text = _("%(n)s wins in %(period)s; those to come bring %(money)s.")
    so_far = sum(p.value for p in explained.parts if p.origin == "so_far")
    coming = explained.value - so_far
    if coming <= 0:
        return [_("%(n)s wins in %(period)s, all of them so far.") % known_of(solved, explained)]
    money = short_money(explained.facts["coming"], solved.plan.currency)
    known = known_of(solved, explained) | {"money": money}
    return [text % known, _origins(solved, explained)]


def _revenue(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts, currency = explained.facts, solved.plan.currency
    known = {
        "money": short_money(explained.value, currency),
        "period": period(solved, explained.asked),
        "wins": count(facts["wins"]),
        "each": short_money(facts["per_win"], currency),
        "certain": short_money(explained.value - facts["coming"], currency),
    }
    if not facts["wins"]:
        text = _("%(money)s in %(period)s, all of it certain.")
    elif explained.value - facts["coming"] > 0:
        text = _(
            "%(money)s in %(period)s = %(certain)s that is certain + %(wins)s wins to come × "
            "%(each)s each, on average."
        )
    else:
        text = _("%(money)s in %(period)s = %(wins)s wins to come × %(each)s each, on average.")
    return [text % known, _origins(solved, explained), _repeat(solved, explained)]


def _repeat(solved: SolvedPlan, explained: Explained) -> str:
    """Where the repeat business comes from that is no deal, and why it is typed."""
    plan = solved.plan
    if not groups_of(explained).get("base"):
        return ""
    if plan.repeat_from == Plan.RepeatFrom.PURCHASES:
        return _(
            "Repeat business: what purchases of existing customers last brought in the same month; "
            "deals that they have yet to begin are left out, so that these do not count twice."
        )
    text = _("Repeat business is typed, instead of that of deals: %(reason)s")
    return text % {"reason": plan.repeat_reason} if plan.repeat_reason else ""


def _origins(solved: SolvedPlan, explained: Explained) -> str:
    """Of it: 8 so far, 40 from what is open, 20 by themselves or again, 120 from new leads."""
    groups = groups_of(explained)
    if not groups:
        return ""
    texts = {
        "so_far": _("%(n)s so far"),
        "base": _("%(n)s of repeat business, as purchases tell it")
        if solved.plan.repeat_from == Plan.RepeatFrom.PURCHASES
        else _("%(n)s of repeat business, as typed"),
        "open": _("%(n)s from what is open"),
        "self": _("%(n)s by themselves or again"),
        "new": _("%(n)s from new leads"),
    }
    said = [texts[name] % {"n": _shown(solved, explained, n)} for name, n in groups.items()]
    return _("Of it: %(parts)s.") % {"parts": _(", ").join(said)}


def _shown(solved: SolvedPlan, explained: Explained, value: float) -> str:
    is_money = explained.unit == "money"
    return exact_money(value, solved.plan.currency) if is_money else number(value)


def _leads(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts, currency = explained.facts, solved.plan.currency
    if not facts["per_lead"]:
        fixed = facts["certain"] + facts["from_open"] + facts["from_direct"]
        text = _(
            "No new leads: what is certain, open or comes by itself is expected to bring %(n)s."
        )
        return [text % {"n": short_money(fixed, currency)}]
    known = {
        "n": number(explained.shown),
        "brought": short_money(facts["brought"], currency),
        "each": short_money(facts["per_lead"], currency),
    }
    text = _(
        "%(n)s new leads = %(brought)s ÷ %(each)s that one brings within the year, on average."
    )
    return [text % known, _missing(solved, facts), _bought(facts)]


def _missing(solved: SolvedPlan, facts: dict[str, Any]) -> str:
    names = ("target", "cushion", "certain", "from_open", "from_direct")
    values = [facts["target"], facts["cushion"], *(-facts[name] for name in names[2:])]
    shown, total = adding_up(values, facts["brought"])
    currency = solved.plan.currency
    known = {n: exact_money(abs(v), currency) for n, v in zip(names, shown, strict=True)}
    known |= {"brought": short_money(total, currency), "chance": str(solved.plan.confidence)}
    if shown[1] < 0:
        text = _(
            "%(brought)s = %(target)s target − %(cushion)s short of it − %(certain)s certain − "
            "%(from_open)s from what is open − %(from_direct)s by themselves or again."
        )
    else:
        text = _(
            "%(brought)s = %(target)s target + %(cushion)s so that it is reached with a chance of "
            "%(chance)s %% − %(certain)s certain − %(from_open)s from what is open − "
            "%(from_direct)s by themselves or again."
        )
    return text % known


def _bought(facts: dict[str, Any]) -> str:
    some = {name: n for name, n in facts["by_channel"].items() if n >= 1}
    if not some:
        return ""
    said = [f"{label(name)} {number(n)}" for name, n in some.items()]
    return _("Bought from: %(channels)s.") % {"channels": _(", ").join(said)}


def _last(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts, month = explained.facts, explained.facts["month"]
    least = percent(facts["least"])
    if month is None:
        text = _("Of what a lead from now on will ever bring, less than %(least)s comes in time.")
        return [text % {"least": least}]
    text = _(
        "Of what a lead of %(month)s will ever bring, %(share)s still comes within the year; a "
        "lead pays off while that is at least %(least)s."
    )
    known = {"month": month_of(solved, month), "share": percent(explained.value), "least": least}
    return [text % known]


def _amount(solved: SolvedPlan, explained: Explained) -> list[str]:
    known = {
        "money": short_money(explained.value, solved.plan.currency),
        "n": number(explained.facts["entries"]),
        "stage": stage_name(solved, explained.asked.stage or 0),
        "period": period(solved, explained.asked),
    }
    text = _("%(money)s is the mean amount of the %(n)s who enter %(stage)s in %(period)s.")
    of_customers = _("A customer who has no deal yet stands for what the deals of one come to.")
    return [text % known, of_customers if explained.facts["kind"] == "customer" else ""]


def _chance(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts, currency = explained.facts, solved.plan.currency
    known = {
        "chance": percent(explained.value),
        "expected": short_money(facts["expected"], currency),
        "sd": short_money(facts["sd"], currency),
        "target": short_money(facts["target"], currency),
    }
    text = _(
        "%(chance)s is the chance of %(target)s or more where %(expected)s is expected, give or "
        "take %(sd)s (one standard deviation)."
    )
    parts = [f"{percent(row.shown)} {_UNCERTAIN[row.part.origin]()}" for row in rows_of(explained)]
    spread = _("Of this uncertainty: %(parts)s.") % {"parts": _(", ").join(parts)}
    return [text % known, spread if parts else ""]


_UNCERTAIN: dict[str, Callable[[], str]] = {
    "luck": lambda: _("luck with single deals"),
    "rates": lambda: _("rates known from so many cases only"),
    "shock": lambda: _("years that differ as a whole"),
}


def _p80(solved: SolvedPlan, explained: Explained) -> list[str]:
    currency = solved.plan.currency
    facts = explained.facts
    shown = {row.part.origin: row.shown for row in rows_of(explained)}
    known = {
        "p80": short_money(explained.value, currency),
        "expected": exact_money(shown.get("expected", facts["expected"]), currency),
        "reserve": exact_money(-shown.get("reserve", 0.0), currency),
    }
    text = _("%(p80)s = %(expected)s expected − %(reserve)s: four years of five bring more.")
    return [text % known]


SAYING: dict[str, Callable[[SolvedPlan, Explained], list[str]]] = {
    "entries": _entries,
    "won": _won,
    "revenue": _revenue,
    "expected": _revenue,
    "leads": _leads,
    "last": _last,
    "amount": _amount,
    "p_target": _chance,
    "p80": _p80,
    "limit": limit_sentences,
}
