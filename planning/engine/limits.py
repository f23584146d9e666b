"""The limits that hold a plan back, by name and with what a little more of each is worth.

The worth of a limit is its dual value: what the plan's objective (revenue, profit, cost saved)
gains from one more unit. Hours are nobody's to buy, so they are also told as people: one more
hire of role r from month m is worth the sum over months of the worth of his hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from planning.engine.law import Bools, Floats
from planning.engine.linear import Answer
from planning.engine.means import Means
from planning.engine.program_rows import THOUSAND, Rows

Kind = Literal[
    "overload", "hours", "hires", "volume", "budget", "month_budget", "channel_budget", "shape"
]
# Worth less than this, plan currency, is rounding.
WORTHLESS = 1e-3
# Share of the dearest month's worth below which a month is not spoken of.
MATTERS = 0.1
# Hours below this are rounding.
NO_HOURS = 0.01


@dataclass(frozen=True, eq=False)
class Limit:
    """A limit that binds in months `month` .. `last_month` (of a total budget: all).

    kind and name: hours (of a role), overload (a role that has too few hours even without
        new leads), hires (of a role: no more can begin), volume (of a channel, with its
        segment), budget, month_budget, channel_budget, shape (of the year; by name, the "most"
        or the "least" leads that it lets come in a month).
    price: worth of one more hour, hire, lead or unit of money where it is worth the most, plan
        currency; by_month: float[M], month by month. Of the least leads: of one lead fewer.
    percent: worth of one percent more of it in all its months; of one hire or lead at least. Of
        the shape: of one percent of a month's share more to differ by.
    hire_month, hire_price: of hours, from when on one more hire is worth the most, and how much.
    share: of the shape, float[M]: what it gives to each month of all new leads.
    """

    kind: Kind
    name: str
    month: int
    last_month: int
    price: float
    by_month: Floats
    percent: float
    segment: int | None = None
    hire_month: int | None = None
    hire_price: float | None = None
    share: Floats | None = None


def hour_worth(rows: Rows, answer: Answer, missing: Floats) -> Floats:
    """float[R, M]: what one more hour is worth, plan currency. Where hours are missing even
    without new leads, one more only shortens the queue."""
    worth = answer.row_worth[rows.hours].reshape(missing.shape) * THOUSAND
    return np.where(missing > 0, 0.0, worth)


def hire_worth(worth: Floats, means: Means) -> Floats:
    """float[R, M]: what one more hire of each month is worth, his cost not deducted; worth:
    float[R, M] of an hour."""
    hours = means.limits.utilisation * means.workforce.hire_hours
    return np.asarray(np.einsum("rt,rmt->rm", worth, hours))


def latest_hires(worth: Floats, means: Means) -> tuple[int | None, ...]:
    """By role: the last month in which one more hire, worth float[R, M], would pay for himself."""
    team = means.workforce
    pays = (worth > WORTHLESS) & (worth >= team.hire_cost * (1 - 1e-6)) & (team.most_hires > 0)
    return tuple(int(np.flatnonzero(row)[-1]) if row.any() else None for row in pays)


def name_limits(
    rows: Rows, answer: Answer, means: Means, missing: Floats, *, hires_cost: bool
) -> tuple[Limit, ...]:
    """All limits that bind, overloads first, then by the worth of one percent more.

    missing: float[R, M], hours that fixed flows lack. hires_cost: whether the objective counts
    what a hire costs.
    """
    worth = hour_worth(rows, answer, missing)
    found = [
        *_hours(rows, answer, means, worth),
        *_hires(rows, answer, means, worth, hires_cost=hires_cost),
        *_volumes(rows, answer, means),
        *_budgets(rows, answer),
        *_shapes(rows, answer),
    ]
    return (*_overloads(means, missing), *sorted(found, key=lambda limit: -limit.percent))


def _limit(
    kind: Kind, name: str, by_month: Floats, percent: float, binding: Bools | None = None
) -> Limit:
    months = np.flatnonzero(by_month > 0 if binding is None else binding)
    price = float(by_month.max())
    return Limit(kind, name, int(months[0]), int(months[-1]), price, by_month, percent)


def _overloads(means: Means, missing: Floats) -> list[Limit]:
    over = missing > NO_HOURS
    return [
        _limit("overload", name, np.zeros(over.shape[1]), 0.0, over[role])
        for role, name in enumerate(means.workforce.roles)
        if over[role].any()
    ]


def _hours(rows: Rows, answer: Answer, means: Means, worth: Floats) -> list[Limit]:
    hires, overtime = rows.split(answer.choices)[1:]
    team = means.workforce
    there = team.available + np.einsum("rm,rmt->rt", hires, team.hire_hours)
    percent = (worth * (means.limits.utilisation * there + overtime)).sum(axis=1) / 100
    can_begin = team.most_hires > 0
    can_begin |= ~can_begin.any(axis=1, keepdims=True) & rows.open_months
    by_hire = np.where(can_begin, hire_worth(worth, means), -np.inf)
    worth = np.where(worth > WORTHLESS, worth, 0.0)
    return [
        replace(
            _limit("hours", team.roles[role], worth[role], float(percent[role])),
            hire_month=int(by_hire[role].argmax()),
            hire_price=float(by_hire[role].max()),
        )
        for role in np.flatnonzero(worth.any(axis=1))
    ]


def _hires(
    rows: Rows, answer: Answer, means: Means, worth: Floats, *, hires_cost: bool
) -> list[Limit]:
    """Roles of which no more may begin, though one more would be worth his cost."""
    team = means.workforce
    gain = hire_worth(worth, means) - hires_cost * team.hire_cost
    no_more = rows.open_months & (rows.split(answer.choices)[1] >= team.most_hires - 1e-6)
    gain = np.where(no_more & (gain > WORTHLESS), gain, 0.0)
    pieces = np.maximum(np.where(gain > 0, team.most_hires, 0.0) / 100, 1.0)
    return [
        _limit("hires", team.roles[role], gain[role], float((gain * pieces)[role].max()))
        for role in np.flatnonzero(gain.any(axis=1))
    ]


def _volumes(rows: Rows, answer: Answer, means: Means) -> list[Limit]:
    """Channels all of whose tiers are used up; one more lead is one of the dearest tier."""
    tiers = means.tiers
    worth = rows.split(answer.bound_worth)[0] * THOUSAND
    found = []
    for channel, segment in sorted(set(zip(tiers.channel, tiers.segment.tolist(), strict=True))):
        own = (np.array(tiers.channel) == channel) & (tiers.segment == segment)
        most, gain = tiers.most[own], worth[own]
        dearest = np.where(most > 0, gain, np.inf).min(axis=0)
        gain = np.where(np.isfinite(dearest), dearest, gain.max(axis=0)) * rows.open_months
        gain = np.where(gain > WORTHLESS, gain, 0.0)
        if gain.any():
            pieces = np.maximum(np.where(gain > 0, most.sum(axis=0), 0.0) / 100, 1.0)
            limit = _limit("volume", channel, gain, float(gain @ pieces))
            found.append(replace(limit, segment=int(segment)))
    return found


def _budgets(rows: Rows, answer: Answer) -> list[Limit]:
    found = []
    for budget in rows.budgets:
        worth, amount = answer.row_worth[budget.place], rows.limit[budget.place] * THOUSAND
        worth = np.where(worth > WORTHLESS, worth, 0.0)
        if worth.any():
            percent = float(worth @ amount) / 100
            by_month = np.broadcast_to(worth, rows.shape[2:])
            found.append(_limit(budget.kind, budget.name, by_month, percent))
    return found


def _shapes(rows: Rows, answer: Answer) -> list[Limit]:
    """Months that the shape of the year keeps from having more leads, or fewer."""
    shape = rows.year_shape
    if shape is None:
        return []
    by_shape = shape.share * float(rows.split(answer.choices)[0].sum())
    found = []
    for name, place in (("most", shape.most), ("least", shape.least)):
        worth = answer.row_worth[place] * THOUSAND * rows.open_months
        worth = np.where(worth > WORTHLESS, worth, 0.0)
        if worth.any():
            # Nearly every month may be held a little; those that matter are named.
            most = worth >= MATTERS * worth.max()
            limit = _limit("shape", name, worth, float(worth @ by_shape) / 100, most)
            found.append(replace(limit, share=shape.share))
    return found
