"""What people, budget and leads it would take for a plan that its limits keep from its target."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.utils.translation import gettext as _

from core.templatetags.figures import month, number, short_money
from core.vocabulary import label
from planning.engine.program import ask
from planning.engine.takes_within import (
    MOST_VOLUME,
    Held,
    TakeWithin,
    more_budget,
    more_people,
    more_volume,
)
from planning.engine.window import DAYS_PER_MONTH, PlanWindow
from planning.known_means import KnownRole
from planning.solving import SolvedPlan
from planning.within import Within, means_for

IN_WORDS = ("enough", "too_late", "not_enough")
"""Codes that say something: neither "as it is" nor "nobody knows"."""


@dataclass(frozen=True)
class LeverRow:
    """An answer in words; ``value`` in people, money or times, None where none is enough."""

    lever: str
    name: str
    text: str
    code: str
    value: float | None
    chance: float


def levers(solved: SolvedPlan) -> list[LeverRow]:
    """More people of each role, more money for leads, more leads of the channels, in this order.

    Empty where nothing limits the plan, or its target is reached within the limits.
    """
    within = solved.within
    if within is None or within.is_reached:
        return []
    held = held_by(solved, within)
    told = [*_people(solved, within, held), *_leads(solved, within, held)]
    return [row for row in told if row.code in IN_WORDS]


def held_by(solved: SolvedPlan, within: Within) -> Held:
    means = means_for(within.known, solved.window)
    question, _missing = ask(
        within.segments, solved.window, means, solved.goal, common=solved.funnel.law
    )
    return Held(question, means)


def _people(solved: SolvedPlan, within: Within, held: Held) -> Iterable[LeverRow]:
    """Only of roles that work is needed of."""
    for r, role in enumerate(within.known.roles):
        if not within.needed_hours[r].any():
            continue
        take = more_people(held, r, earliest=earliest_month(role, solved.window))
        beside = float(within.program.hires[r].sum())
        yield _row(take, label(role.name), partial(_people_text, solved, beside))


def earliest_month(role: KnownRole, window: PlanWindow) -> int | None:
    """The first month of ``window`` in which somebody can begin after the notice."""
    begins = np.maximum(window.edges[:-1], 0.0)
    possible = (window.edges[1:] > 0) & (begins >= role.notice_months * DAYS_PER_MONTH)
    return int(np.argmax(possible)) if possible.any() else None


def _people_text(solved: SolvedPlan, beside: float, take: TakeWithin) -> str:
    begins = month(solved.months[take.month or 0])
    if take.value is None:
        return _("Out of reach, however many more begin in %(month)s.") % {"month": begins}
    known = {"n": number(take.value), "month": begins, "hires": number(beside)}
    if take.code == "too_late":
        text = _("%(n)s more would have to begin in %(month)s: too late for that.")
    elif beside >= 1:
        text = _("%(n)s more from %(month)s on, beside the %(hires)s that may be hired anyway")
    else:
        text = _("%(n)s more from %(month)s on")
    return text % known


def _leads(solved: SolvedPlan, within: Within, held: Held) -> Iterable[LeverRow]:
    if not within.known.has_channels:
        return
    budget, volume = more_budget(held), more_volume(held)
    if budget is not None:
        yield _row(budget, _("Budget for leads"), partial(_budget_text, solved))
    if volume is not None:
        yield _row(volume, _("Leads that the channels deliver"), _volume_text)


def _budget_text(solved: SolvedPlan, take: TakeWithin) -> str:
    plan = solved.plan
    if take.value is None:
        return _("Out of reach, however much is spent on leads.")
    known = {"new": short_money(take.value, plan.currency)}
    if plan.budget is None:
        return _("at least %(new)s, whatever the month and channel") % known
    known["old"] = short_money(plan.budget, plan.currency)
    return _("at least %(new)s instead of %(old)s") % known


def _volume_text(take: TakeWithin) -> str:
    if take.value is None:
        text = _("Out of reach even with %(times)s times as many leads to be had.")
        return text % {"times": number(MOST_VOLUME)}
    return _("%(times)s times as many every month") % {"times": number(take.value, 2)}


def _row(take: TakeWithin, name: str, text: Callable[[TakeWithin], str]) -> LeverRow:
    said = text(take) if take.code in IN_WORDS else ""
    return LeverRow(take.lever, name, said, take.code, take.value, take.chance)
