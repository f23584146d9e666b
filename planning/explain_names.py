"""What an explained number and its parts are called."""

from django.utils.translation import gettext as _

from core.templatetags.figures import money, number, percent, short_money
from core.templatetags.figures import month as month_name
from core.vocabulary import label
from planning.explained import Asked, Part, three_digits
from planning.models import Plan
from planning.solving import SolvedPlan


def title_of(solved: SolvedPlan, asked: Asked) -> str:
    """Proposal, May."""
    if asked.about == "limit":
        return _("What more of it would be worth")
    what = {
        "won": _("Won"),
        "revenue": _("Revenue"),
        "expected": _("Expected"),
        "leads": _("New leads"),
        "last": _("Last lead that pays this year"),
        "p_target": _("Chance of the target"),
        "p80": _("At least, 4 of 5 times"),
        "spend": _("Spend on leads"),
        "cost": _("Cost of the plan"),
        "profit": _("Left of the gross margin"),
    }.get(asked.about)
    if asked.stage is not None:
        what = stage_name(solved, asked.stage)
    if asked.about == "amount":
        what = _("%(stage)s, mean amount") % {"stage": what}
    of_part = f"{asked.name} · " if asked.dimension else ""
    return f"{of_part}{what or label(asked.name)} · {period(solved, asked)}"


def period(solved: SolvedPlan, asked: Asked) -> str:
    """The month or quarter asked about, or the year."""
    if asked.quarter is not None:
        known = {"n": asked.quarter, "year": solved.plan.year}
        return _("quarter %(n)s of %(year)s") % known
    return str(solved.plan.year) if asked.month is None else month_of(solved, asked.month)


def month_of(solved: SolvedPlan, place: int) -> str:
    return month_name(solved.months[place])


def stage_name(solved: SolvedPlan, stage: int) -> str:
    return label(solved.funnel.law.stages[stage])


def part_name(solved: SolvedPlan, part: Part) -> str:
    """What a part of a number is called in its table."""
    known = {
        "stage": "" if part.stage is None else stage_name(solved, part.stage),
        "month": "" if part.month is None else month_of(solved, part.month),
        "name": label(part.name),
        "n": number(part.quantity, 1),
        "each": exact_money(part.price, solved.plan.currency),
        "hours": number(part.price, 1),
        "share": percent(part.quantity),
    }
    texts = {
        "so_far": _("so far"),
        "base": repeat_name(solved),
        "open": _("open in %(stage)s"),
        "again": _("customers who buy again, from %(stage)s"),
        "direct": _("those who begin in %(stage)s by themselves"),
        "before": _("leads assumed until the year begins"),
        "back": _("new leads who come back to it"),
        "lead": _("new leads of %(month)s"),
        "entry": _("%(stage)s: %(n)s enter × %(hours)s hours"),
        "stay": _("%(stage)s: %(n)s months there × %(hours)s hours a month"),
        "tier": _("at %(each)s each"),
        "channel": "%(name)s",
        "spend": _("leads"),
        "payroll": _("pay of today's people: %(name)s"),
        "hires": _("%(n)s hires: %(name)s"),
        "overtime": _("%(n)s hours of overtime: %(name)s"),
        "sized": _("%(share)s that are open, or come by themselves or again × %(each)s"),
        "sized_leads": _("%(share)s from new leads × %(each)s")
        if not part.name
        else _("%(share)s from leads of %(name)s × %(each)s"),
        "margin": _("gross margin of what is expected"),
        "expected": _("expected"),
        "reserve": _("reserve for bad luck"),
        "luck": _("luck with single deals"),
        "rates": _("rates known from so many cases only"),
        "shock": _("years that differ as a whole"),
        "month": "%(month)s" if part.price is None else _("%(month)s: %(n)s more × %(each)s"),
    }
    return texts[part.origin] % known


def repeat_name(solved: SolvedPlan) -> str:
    if solved.plan.repeat_from == Plan.RepeatFrom.PURCHASES:
        return _("repeat business, as purchases tell it")
    return _("repeat business, as typed")


def exact_money(value: float | None, currency: str) -> str:
    """Short where three digits tell it all, else every digit."""
    if value is None:
        return money(None)
    value = round(value, 2)
    return short_money(value, currency) if value == three_digits(value) else money(value, currency)


def count(value: float) -> str:
    """61; 6.1; 0.61: as many digits as tell something."""
    return number(value, 0 if value >= 20 else 1 if value >= 1 else 2)
