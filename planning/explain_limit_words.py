"""The arithmetic of hours, channels, costs and limits in sentences."""

from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent, short_money
from core.vocabulary import label
from planning.explain_names import exact_money, month_of, period, stage_name
from planning.explain_rows import rows_of
from planning.explained import Explained
from planning.limit_words import hire_sentence, limit_sentence, worth_sentence
from planning.solving import SolvedPlan
from planning.within_documents import limit_document


def means_sentences(solved: SolvedPlan, explained: Explained) -> list[str]:
    about = explained.asked.about
    return {
        "hours": _hours,
        "channel": _channel,
        "spend": _spend,
        "cost": _cost,
        "profit": _profit,
    }[about](solved, explained)


def _hours(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts = explained.facts
    known = {
        "needed": number(explained.shown),
        "there": number(facts["there"]),
        "role": label(explained.asked.name),
        "period": period(solved, explained.asked),
        "share": percent(explained.value / facts["there"]) if facts["there"] > 0 else "",
        "hired": number(facts["hired"]),
        "overtime": number(facts["overtime"]),
    }
    if facts["there"] > 0:
        text = _(
            "%(role)s, %(period)s: %(needed)s hours needed ÷ %(there)s hours there = %(share)s."
        )
    else:
        text = _("%(role)s, %(period)s: %(needed)s hours needed, and nobody there for them.")
    said = [text % known]
    if abs(facts["hired"]) >= 1:
        said.append(_("Of the hours there, %(hired)s are of people still to be hired.") % known)
    if facts["overtime"] >= 1:
        said.append(_("Beside them stand %(overtime)s hours of overtime.") % known)
    return [*said, *_origin(solved, facts)]


def _origin(solved: SolvedPlan, facts: dict[str, Any]) -> list[str]:
    """Whether the hours of the stages were measured or typed."""
    measured = ", ".join(stage_name(solved, stage) for stage in facts["measured"])
    typed = ", ".join(stage_name(solved, stage) for stage in facts["typed"])
    if measured and typed:
        text = _(
            "The hours of these stages are measured from logged activities: %(measured)s; typed: "
            "%(typed)s."
        )
        return [text % {"measured": measured, "typed": typed}]
    if measured:
        return [_("The hours of every stage are measured from logged activities.")]
    return [_("The hours of every stage are typed.")] if typed else []


def _channel(solved: SolvedPlan, explained: Explained) -> list[str]:
    facts, currency = explained.facts, solved.plan.currency
    known = {
        "n": number(explained.shown),
        "channel": label(explained.asked.name),
        "period": period(solved, explained.asked),
        "amount": short_money(facts["amount"], currency),
        "each": short_money(facts["amount"] / explained.value, currency) if explained.value else "",
        "most": number(facts["most"]),
    }
    if explained.value < 0.5:
        return [_("%(channel)s, %(period)s: no leads of %(most)s that could be had.") % known]
    text = _(
        "%(channel)s, %(period)s: %(n)s leads cost %(amount)s, %(each)s each; %(most)s could be "
        "had, and the cheapest are taken first."
    )
    return [text % known]


def _spend(solved: SolvedPlan, explained: Explained) -> list[str]:
    currency, budget = solved.plan.currency, explained.facts["budget"]
    known = {"spend": short_money(explained.value, currency), "budget": ""}
    if budget is None:
        return [_("Leads cost %(spend)s, by channel as below; no budget is typed.") % known]
    known["budget"] = short_money(budget, currency)
    return [_("Leads cost %(spend)s of a budget of %(budget)s, by channel as below.") % known]


def _cost(solved: SolvedPlan, explained: Explained) -> list[str]:
    by_origin: dict[str, float] = {}
    for row in rows_of(explained):
        by_origin[row.part.origin] = by_origin.get(row.part.origin, 0.0) + row.shown
    texts = {
        "spend": _("%(n)s for leads"),
        "payroll": _("%(n)s pay of today's people"),
        "hires": _("%(n)s for hires"),
        "overtime": _("%(n)s for overtime"),
    }
    currency = solved.plan.currency
    said = [texts[name] % {"n": exact_money(n, currency)} for name, n in by_origin.items()]
    known = {"cost": short_money(explained.value, currency), "parts": " + ".join(said)}
    return [_("%(cost)s = %(parts)s.") % known]


def _profit(solved: SolvedPlan, explained: Explained) -> list[str]:
    shown = {"margin": 0.0, "costs": 0.0}
    for row in rows_of(explained):
        shown["margin" if row.part.origin == "margin" else "costs"] += row.shown
    currency, facts = solved.plan.currency, explained.facts
    text = _(
        "%(profit)s = %(margin)s (%(share)s of %(expected)s expected) − %(costs)s that it costs."
    )
    known = {
        "profit": short_money(explained.value, currency),
        "margin": exact_money(shown["margin"], currency),
        "costs": exact_money(-shown["costs"], currency),
        "share": percent(facts["margin"]),
        "expected": short_money(facts["expected"], currency),
    }
    return [text % known]


def limit_sentences(solved: SolvedPlan, explained: Explained) -> list[str]:
    """What holds the plan back, what more of it would be worth, and how that comes about."""
    found, within = explained.facts["limit"], solved.within
    assert within is not None
    document = limit_document(found, solved.months, within.program)
    said = [limit_sentence(document)]
    if found.kind == "overload":
        text = _("%(n)s hours are missing even without new leads, month by month as below.")
        return [*said, text % {"n": number(explained.shown)}]
    if found.hire_price:
        said.append(hire_sentence(solved.plan, document))
        text = _(
            "That is the hours of such a hire, month by month, × what one more hour is worth: "
            "%(price)s in %(month)s, the most."
        )
    elif found.kind == "shape":
        said.append(worth_sentence(solved.plan, document))
        text = _(
            "That is one percent of a month's share of the leads, month by month, × what one lead "
            "more or less there is worth: %(price)s in %(month)s, the most."
        )
    else:
        said.append(worth_sentence(solved.plan, document))
        text = _(
            "That is one percent more, one at least, × what one more of it is worth: %(price)s in "
            "%(month)s, the most."
        )
    dearest = month_of(solved, int(found.by_month.argmax()))
    price = short_money(found.price, solved.plan.currency)
    return [*said, text % {"price": price, "month": dearest}]
