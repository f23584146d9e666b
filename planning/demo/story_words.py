"""The founding case in sentences, with the figures that were played."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _

from core.templatetags.figures import month, number, percent, short_money
from planning.demo.base_year import BaseYear
from planning.demo.company import CURRENCY, REPS
from planning.demo.story import Told, growth_of
from planning.demo.story_pictures import MONTHS
from planning.funnel_law import KnownFunnel


def money(amount: float) -> str:
    return short_money(amount, CURRENCY)


def times(multiple: float) -> str:
    """4, or 1.3."""
    return number(multiple, 0 if float(multiple).is_integer() else 1)


def span(low: float, high: float, digits: int = 2) -> str:
    """1.38 to 1.84, or one number where both read alike."""
    few, many = number(low, digits), number(high, digits)
    return few if few == many else _("%(low)s to %(high)s") % {"low": few, "high": many}


def money_span(low: float, high: float) -> str:
    few, many = money(low), money(high)
    return few if few == many else _("%(low)s to %(high)s") % {"low": few, "high": many}


def base_sentence(funnel: KnownFunnel, base: BaseYear) -> str:
    return _(
        "In 2001 Billion sold for %(revenue)s, %(growth)s more than the year before, and its "
        "%(reps)s sales engineers were busy for %(load)s of their hours."
    ) % {
        "revenue": money(base.revenue),
        "growth": percent(growth_of(funnel)),
        "reps": number(_reps_of(base)),
        "load": percent(base.utilisation),
    }


def _reps_of(base: BaseYear) -> int:
    """Of all branches, where the company was built several times."""
    copies = float(base.known[-1]) / sum(rep.pace for rep in REPS)
    return round(len(REPS) * copies)


def decision_sentence(told: Told) -> str:
    return _(
        "For 2002 the target is %(target)s, %(times)s times as much. Billion buys %(leads)s times "
        "the leads from January on, and hires %(people)s sales engineers evenly over the year."
    ) % {
        "target": money(told.played.target),
        "times": times(told.choice.target),
        "leads": times(told.choice.leads),
        "people": times(told.choice.people),
    }


def load_sentence(told: Told) -> str:
    """When hours run out, and how many wait then."""
    kind, harsh = told.played.band.kind, told.played.band.harsh
    first = float(kind.utilisation[0, 0])
    waiting = sorted(float(load.waiting[:, 0].sum()) for load in (kind, harsh))
    return _(
        "January already asks for %(load)s of the hours there are; at its end %(waiting)s "
        "customers wait, and over the year %(wasted)s leads are lost by waiting."
    ) % {
        "load": percent(first),
        "waiting": rounded(*waiting),
        "wasted": rounded(*told.wasted),
    }


def outcome_sentence(told: Told) -> str:
    low, high = told.profits
    known = {
        "span": span(*told.multiples),
        "times": times(told.choice.target),
        "cost": percent(told.played.selling_cost_multiple - 1),
        "loss": money_span(-high, -low),
        "profit": money_span(low, high),
    }
    text = (
        _(
            "Revenue comes to %(span)s times that of 2001, not %(times)s times. Marketing and "
            "sales cost %(cost)s more, and the year ends with a loss of %(loss)s."
        )
        if high < 0
        else _(
            "Revenue comes to %(span)s times that of 2001. Marketing and sales cost %(cost)s "
            "more, and the year ends with %(profit)s."
        )
    )
    return text % known


def chance_sentence(told: Told) -> str:
    """Known before the year began."""
    return _(
        "On 1 January, before any of it happened, the chance of the target was %(chance)s."
    ) % {"chance": chance(told.played.chance)}


def signed(share: float) -> str:
    return ("+" if share > 0 else "") + percent(share)


def chance(share: float) -> str:
    """Below one in a hundred no digit means anything."""
    return _("below 1 %") if share < 0.01 else percent(share)


def reasons(told: Told) -> list[tuple[str, str]]:
    """Why: (title, text), the strongest first."""
    return [_convoy(told), _late_first(told), _training(told), _late_leads(told)]


def _convoy(told: Told) -> tuple[str, str]:
    harsh, assumed = told.played.band.harsh, told.played.assumed
    waits = harsh.mean_wait[0]
    worst = int(np.argmax(waits))
    left = 2 ** -((max(float(waits[worst]) - assumed.sla_days, 0.0)) / assumed.half_life_days)
    return _("Waiting leads form a convoy"), _(
        "Somebody who asks is content to wait %(sla)s days; after that every %(half)s days halve "
        "the chance. Served in the order in which they came, those called in %(month)s had waited "
        "%(wait)s days, and %(left)s of their chance was left. Each was work all the same. Called "
        "freshest first, the new ones are served in time, but %(never)s are never called at all."
    ) % {
        "sla": number(assumed.sla_days),
        "half": number(assumed.half_life_days),
        "month": month(MONTHS[worst]),
        "wait": number(float(waits[worst])),
        "left": percent(left),
        "never": about(float(told.played.band.kind.waiting[:, -1].sum())),
    }


def _late_first(told: Told) -> tuple[str, str]:
    base, kind = told.played.base, told.played.band.kind
    spent = kind.served * base.hours_per_entry[:, None]
    share = spent[1:].sum(axis=0) / spent.sum(axis=0)
    return _("What is nearly won goes first"), _(
        "Nobody lets a proposal lie to call a stranger. In January %(first)s of the hours go to "
        "customers and deals already on their way, in December %(last)s: every lead that is "
        "called makes more such work, and what is left for new leads shrinks while they keep "
        "coming."
    ) % {"first": percent(float(share[0])), "last": percent(float(share[-1]))}


def _training(told: Told) -> tuple[str, str]:
    played = told.played
    days = played.band.kind.window.horizon
    worth = float(played.hires.strength(played.assumed, 0, days).sum()) / days
    return _("New people come late, and cost time first"), _(
        "For %(days)s days somebody new does half of a colleague's work and takes half of a "
        "colleague's time, so that nothing is left over. Of %(paid)s person-years of pay for new "
        "people the year gets %(worth)s of work; who begins after September is no help at all."
    ) % {
        "days": number(90),
        "paid": number(played.hires.paid_days(days) / days, 1),
        "worth": number(worth, 1),
    }


def _late_leads(told: Told) -> tuple[str, str]:
    return _("Late leads pay next year"), _(
        "Even with people for every one of them, %(leads)s times the leads are worth %(worth)s "
        "times the revenue within the year: a lead takes months to become a deal, and those of "
        "the autumn pay in 2003."
    ) % {
        "leads": times(told.choice.leads),
        "worth": number(told.played.unlimited_multiple, 2),
    }


def about(count: float) -> str:
    """To the nearest ten where there are many: the last digit of a forecast says nothing."""
    return number(round(count, -1 if count >= 100 else 0))


def rounded(low: float, high: float) -> str:
    few, many = about(low), about(high)
    return few if few == many else _("%(low)s to %(high)s") % {"low": few, "high": many}
