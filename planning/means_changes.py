"""What of people, channels and budgets is not as it was when a plan was solved, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from core.money import MissingExchangeRate
from core.vocabulary import label
from planning.as_solved import kept_means
from planning.engine.means import Means
from planning.engine.window import PlanWindow
from planning.known_means import Floats, KnownMeans
from planning.means import known_means
from planning.models import Plan
from planning.solving import first_day, funnel_of


@dataclass(frozen=True)
class MeansChanges:
    """What differs now from the means a plan was solved with, in words; ``is_known`` is False of a
    plan that was solved before they were kept."""

    rows: tuple[str, ...] = ()
    is_known: bool = True

    @property
    def any(self) -> bool | None:
        return bool(self.rows) if self.is_known else None


def means_changes(plan: Plan) -> MeansChanges:
    """People, channels and budgets that are not those the stored plan was solved with.

    A fixed number of queries.
    """
    if plan.estimate is None or not plan.solution:
        return MeansChanges()
    try:
        kept = kept_means(plan)
        if kept is None:
            return MeansChanges(is_known=not plan.solution.get("is_limited"))
        funnel = funnel_of(plan, plan.estimate)
        window = PlanWindow.of_year(first_day(plan.year), funnel.as_of)
        now = known_means(plan, rows=funnel.rows, window=window, as_of=funnel.as_of)
    except MissingExchangeRate:
        return MeansChanges(is_known=False)
    return MeansChanges(tuple(_differences(kept, now)))


def _differences(then: KnownMeans, now: KnownMeans) -> Iterator[str]:
    roles, roles_now = _named_roles(then), _named_roles(now)
    yield from _come_and_gone(roles, roles_now)
    for name in sorted(roles.keys() & roles_now.keys()):
        yield from _of_role(name, roles[name], roles_now[name])
    channels, channels_now = _named_channels(then.means), _named_channels(now.means)
    yield from _come_and_gone(channels, channels_now)
    for name in sorted(channels.keys() & channels_now.keys()):
        if not _same(channels[name], channels_now[name]):
            yield _("%(name)s: other leads or prices") % {"name": label(name)}
    yield from _of_budgets(then.means, now.means)


def _come_and_gone(before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    gone, come = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    for name in come:
        yield _("%(name)s: new") % {"name": label(name)}
    for name in gone:
        yield _("%(name)s: no longer there") % {"name": label(name)}


def _named_roles(known: KnownMeans) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Hours of work, of people, and the terms of hiring and overtime, by role."""
    effort, team = known.means.effort, known.means.workforce
    return {
        name: (
            np.concatenate([effort.per_entry[r], effort.per_month[r]]),
            np.concatenate([team.available[r], team.payroll[r]]),
            np.concatenate(
                [
                    team.hire_hours[r].ravel(),
                    team.hire_cost[r],
                    team.most_hires[r],
                    [team.overtime_share[r], team.overtime_cost[r]],
                ]
            ),
        )
        for r, name in enumerate(team.roles)
    }


def _of_role(
    name: str, before: tuple[Floats, Floats, Floats], after: tuple[Floats, Floats, Floats]
) -> Iterator[str]:
    texts = (
        _("%(name)s: other hours for each customer or deal"),
        _("%(name)s: other people, working time or pay"),
        _("%(name)s: other terms of hiring or overtime"),
    )
    # Working time moves the hours of a hire as well: once is enough.
    for text, then, now in zip(texts, before, after, strict=True):
        if not _same(then, now):
            yield text % {"name": label(name)}
            if text is texts[1]:
                return


def _named_channels(means: Means) -> dict[str, Floats]:
    """Prices, volumes and lead times by channel."""
    tiers = means.tiers
    named: dict[str, list[Floats]] = {}
    for k, name in enumerate(tiers.channel):
        row = np.concatenate([[tiers.cost[k], tiers.lead_months[k]], tiers.most[k]])
        named.setdefault(name, []).append(row)
    return {name: np.concatenate(rows) for name, rows in named.items()}


def _of_budgets(then: Means, now: Means) -> Iterator[str]:
    before, after = then.limits.channel_budget, now.limits.channel_budget
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after or not _same(before[name], after[name]):
            yield _("%(name)s: another budget") % {"name": label(name)}


def _same(then: Floats, now: Floats) -> bool:
    return then.shape == now.shape and np.allclose(then, now, rtol=1e-9, atol=1e-9)
