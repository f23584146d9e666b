"""The verdict on a plan for 2002: what it comes to, what limits it, what would help."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import month, number
from planning.demo.story import NOBODY, Told
from planning.demo.story_pictures import MONTHS
from planning.demo.story_words import chance, money, money_span, rounded, signed, span, times

AS_GOOD_AS = 0.03
"""What comes within this of what the leads are worth has lost nothing to speak of."""


def verdict(told: Told) -> str:
    """What a choice comes to, what limits it, and what would help."""
    return " ".join([_judged(told), _because(told), _earned(told)])


def _judged(told: Told) -> str:
    known = {
        "span": span(*told.multiples),
        "target": times(told.choice.target),
        "chance": chance(told.chances[0]),
    }
    texts = {
        "reachable": _(
            "This can be kept: %(span)s times the revenue of 2001 is expected, and %(target)s "
            "times is reached with a chance of %(chance)s."
        ),
        "tight": _(
            "Tight: %(span)s times the revenue of 2001 is expected; %(target)s times is reached "
            "with a chance of only %(chance)s."
        ),
        "unreachable": _(
            "Out of reach: %(span)s times the revenue of 2001 is expected, not %(target)s times; "
            "the chance is %(chance)s."
        ),
    }
    return texts[told.code] % known


def _because(told: Told) -> str:
    worth = told.played.unlimited_multiple
    lost = 1 - told.multiples[0] / worth
    if told.wasted[1] < NOBODY:
        text = _("Nobody waits: it is all that the leads can bring within the year.")
    elif lost <= AS_GOOD_AS:
        text = _("Hardly anybody waits: nearly all that the leads can bring comes.")
    else:
        return _(
            "With people for all, the leads would bring %(worth)s times; hours run out %(when)s, "
            "and %(wasted)s leads are lost by waiting. People first, leads after."
        ) % {"worth": number(worth, 2), "when": _when(told), "wasted": rounded(*told.wasted)}
    if told.code == "unreachable":
        text += " " + _("It takes more leads, or a lower target.")
    return text


def _when(told: Told) -> str:
    first = told.played.band.kind.first_month_above(1.0)[0]
    if first is None:
        return _("in single weeks")
    return _("in %(month)s") % {"month": month(MONTHS[first])}


def _earned(told: Told) -> str:
    low, high = told.profits
    if high < 0:
        return _("The year ends with a loss of %(loss)s.") % {"loss": money_span(-high, -low)}
    if low < 0:
        text = _("The year ends between a loss of %(loss)s and a profit of %(profit)s.")
        return text % {"loss": money(-low), "profit": money(high)}
    return _("The year ends with a profit of %(profit)s.") % {"profit": money_span(low, high)}


def tiles(told: Told) -> list[dict[str, Any]]:
    """The few figures beside a verdict."""
    played = told.played
    return [
        {"key": "revenue", "name": _("Revenue"), "value": money_span(*told.revenues)},
        {"key": "multiple", "name": _("× 2001"), "value": span(*told.multiples)},
        {"key": "chance", "name": _("Chance of the target"), "value": chance(told.chances[0])},
        {"key": "profit", "name": _("Profit"), "value": money_span(*told.profits)},
        {
            "key": "cost",
            "name": _("Marketing and sales"),
            "value": signed(played.selling_cost_multiple - 1),
        },
        {"key": "wasted", "name": _("Leads lost by waiting"), "value": rounded(*told.wasted)},
    ]
