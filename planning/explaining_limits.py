"""What a little more of each limit would be worth, month by month."""

from collections.abc import Callable

import numpy as np

from planning.engine.limits import Limit
from planning.engine.program_rows import NO_BUDGET, THOUSAND
from planning.explained import Asked, Explained, NothingToExplain, Part, Told, kept, three_digits
from planning.explaining_means import within_of
from planning.funnel_law import Floats
from planning.limit_words import KINDS
from planning.within import Within


def limit(told: Told, asked: Asked) -> Explained:
    """The price of a limit: of one more hire over the hours he works, of any other of one percent
    more of it. Of a role that is short of hours without new leads: the hours that are missing."""
    within = within_of(told)
    limits = sorted(within.program.limits, key=lambda each: KINDS.index(each.kind))
    if asked.place is None or not 0 <= asked.place < len(limits):
        raise NothingToExplain
    found = limits[asked.place]
    if found.kind == "overload":
        return _missing(asked, found, within)
    value, more = _worth(found, within)
    parts = [
        Part("month", float(n * worth), month=m, quantity=float(n), price=float(worth))
        for m, (n, worth) in enumerate(zip(more, found.by_month, strict=True))
    ]
    facts = {"limit": found, "priced_in": within.program.priced_in}
    by_month = {"new": found.by_month}
    return Explained(asked, "money", value, three_digits(value), kept(parts), facts, by_month)


def _missing(asked: Asked, found: Limit, within: Within) -> Explained:
    missing = within.program.unserved[within.means.workforce.roles.index(found.name)]
    parts = kept([Part("month", float(n), month=m) for m, n in enumerate(missing)])
    value = float(missing.sum())
    facts = {"limit": found, "priced_in": within.program.priced_in}
    return Explained(asked, "hours", value, round(value), parts, facts, {"new": missing})


def _worth(found: Limit, within: Within) -> tuple[float, Floats]:
    """What is told of a limit, and float[M] how much more of it is meant by that."""
    means, program = within.means, within.program
    months = found.by_month.size
    if found.kind == "hours":
        role = means.workforce.roles.index(found.name)
        share = means.limits.utilisation
        if found.hire_price:
            hours = means.workforce.hire_hours[role, found.hire_month]
            return found.hire_price, share * hours
        there = share * program.hours_available[role] + program.overtime[role]
        return found.percent, _sharing(found, there)
    if found.kind == "shape":
        return found.percent, _sharing(found, np.asarray(found.share))
    if found.kind == "hires":
        most = means.workforce.most_hires[means.workforce.roles.index(found.name)]
        worth = found.by_month * _pieces(most, found)
        best = np.arange(months) == worth.argmax()
        return found.percent, np.where(best, _pieces(most, found), 0.0)
    if found.kind == "volume":
        own = [name == found.name for name in means.tiers.channel]
        return found.percent, _pieces(means.tiers.most[own].sum(axis=0), found)
    return found.percent, _budget(found, within) / 100


def _sharing(found: Limit, shares: Floats) -> Floats:
    """What makes up one percent of a limit, in months in proportion to their shares: of the plan
    that was priced, which hires by parts of people."""
    weight = float(shares @ found.by_month)
    return np.asarray(shares * (found.percent / weight if weight else 0.0))


def _pieces(most: Floats, found: Limit) -> Floats:
    """One percent, one at least, in the months in which it would be worth something."""
    finite = np.where(np.isfinite(most), most, 0.0)
    return np.asarray(np.where(found.by_month > 0, np.maximum(finite / 100, 1.0), 0.0))


def _budget(found: Limit, within: Within) -> Floats:
    """float[M] of a budget; that of the whole year stands in the first month."""
    limits, first = within.means.limits, np.arange(found.by_month.size) == 0
    if found.kind == "budget":
        return np.where(first, limits.budget or 0.0, 0.0)
    by_month = limits.budget_by_month
    amounts = by_month if found.kind == "month_budget" else limits.channel_budget[found.name]
    return np.asarray(np.minimum(np.asarray(amounts, float), NO_BUDGET * THOUSAND))


ABOUT: dict[str, Callable[[Told, Asked], Explained]] = {"limit": limit}
