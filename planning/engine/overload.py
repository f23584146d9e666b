"""Overload: what a plan becomes when more work falls due than there are hours.

Rates and times of a history hold at the load of that history. A plan that asks more of its
people is therefore run through a fluid queue, day by day: a subject that enters a stage waits
until somebody has the hours for it, late stages first, and only then behaves as the law says;
once it has waited longer than promised, each further half-life of waiting halves what it
converts to. How badly that ends depends on whom the people take first, so both ends are told:
the freshest first (kind: those who wait too long are let go), or in the order in which they came
(harsh: everybody waits). With hours for all, it is `simulate`'s course.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from planning.engine.kernels import by_month
from planning.engine.law import Bools, Floats
from planning.engine.queueing import DailyFlows, QueueInput, follow
from planning.engine.window import PlanWindow
from planning.engine.work import LeadStream, Patience, Work, queue_input

Order = Literal["fresh_first", "first_in_first_out"]

# Above this share of their hours people have no room for a busy week; above 1 work is left.
STRAINED = 0.85
# A single day's load says little where hours come on work days alone.
WEEK = 7


@dataclass(frozen=True, eq=False)
class Load:
    """The course of a plan under its load; S stages, R roles, M months, D days after `as_of`.

    entries, served: float[S, M], subjects; waiting: float[S, M], at each month's end;
        mean_wait: float[S, M], days that those served in the month had waited.
    needed: float[R, M], hours of the work that fell due in the month; available and spent:
        float[R, M]. Work left from earlier months is not counted again, so that a month that
        needs more than it has shows its own excess.
    wasted: float[S, M], subjects' worth of conversions lost by waiting; wasted_leads: float[M],
        the same as leads of the first stage: as many more would have made up for it.
    wins, revenue: float[M]. daily: the same by day; needed_daily: float[R, D].
    """

    order: Order
    window: PlanWindow
    entries: Floats
    served: Floats
    waiting: Floats
    mean_wait: Floats
    needed: Floats
    available: Floats
    spent: Floats
    wasted: Floats
    wasted_leads: Floats
    wins: Floats
    revenue: Floats
    needed_daily: Floats = field(repr=False)
    available_daily: Floats = field(repr=False)
    daily: DailyFlows = field(repr=False)

    @property
    def utilisation(self) -> Floats:
        """float[R, M]: hours needed per hour available, past 1 where work is left over."""
        return _ratio(self.needed, self.available)

    @property
    def served_share(self) -> Floats:
        """float[S, M]: served per entered; 1 where nobody entered."""
        return np.asarray(np.where(self.entries > 0, _ratio(self.served, self.entries), 1.0))

    def first_month_above(self, level: float = STRAINED) -> tuple[int | None, ...]:
        """By role, the first month of the window whose utilisation passes `level`."""
        return tuple(_first(row > level) for row in self.utilisation)

    def first_day_above(self, level: float = STRAINED) -> tuple[int | None, ...]:
        """By role, the last day of the first week whose utilisation passes it, counted from
        `as_of` on; weeks begin on any day."""
        week = _ratio(_weekly(self.needed_daily), _weekly(self.available_daily))
        found = (_first(row > level) for row in week)
        return tuple(None if start is None else start + WEEK - 1 for start in found)


@dataclass(frozen=True, eq=False)
class Band:
    """The same plan at either end of how people choose whom to serve."""

    kind: Load
    harsh: Load


def overload_band(
    streams: Sequence[LeadStream], window: PlanWindow, work: Work, patience: Patience
) -> Band:
    """A plan under its load, from fresh-first (kind) to first-in-first-out (harsh)."""
    return Band(
        overload(streams, window, work, patience, "fresh_first"),
        overload(streams, window, work, patience, "first_in_first_out"),
    )


def overload(
    streams: Sequence[LeadStream],
    window: PlanWindow,
    work: Work,
    patience: Patience,
    order: Order = "fresh_first",
) -> Load:
    """The expected course of the months to come, with hours as they are.

    All streams pass the same stages and wait in the same queues. The window's edges are whole
    days. Raises ValueError where shapes disagree.
    """
    given = queue_input(streams, window, work, patience, fresh_first=order == "fresh_first")
    return _load(order, window, given, follow(given), _in_leads(streams))


def _in_leads(streams: Sequence[LeadStream]) -> Floats:
    """float[G, S]: how many leads of the first stage are worth one subject in each stage."""
    success = [stream.law.success for stream in streams]
    return np.array([row / row[0] if row[0] > 0 else np.zeros_like(row) for row in success])


def _load(
    order: Order, window: PlanWindow, given: QueueInput, flows: DailyFlows, in_leads: Floats
) -> Load:
    edges = window.edges
    needed = given.effort @ flows.entered.T + flows.care
    served = by_month(flows.served.T, edges)
    evenings = np.pad(flows.waiting, ((1, 0), (0, 0)))
    return Load(
        order=order,
        window=window,
        entries=by_month(flows.entered.T, edges),
        served=served,
        waiting=evenings[np.clip(edges[1:], 0, None).astype(int)].T,
        mean_wait=_ratio(by_month(flows.waited.T, edges), served),
        needed=by_month(needed, edges),
        available=by_month(given.hours, edges),
        spent=by_month(flows.spent, edges),
        wasted=by_month(flows.wasted.sum(axis=1).T, edges),
        wasted_leads=by_month(np.einsum("dgs,gs->d", flows.wasted, in_leads), edges),
        wins=by_month(flows.wins, edges),
        revenue=by_month(flows.revenue, edges),
        needed_daily=needed,
        available_daily=given.hours,
        daily=flows,
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole; 0 of nothing is 0, something of nothing is infinite."""
    empty = np.where(part > 0, np.inf, 0.0)
    return np.divide(part, whole, out=empty, where=whole > 0)


def _weekly(daily: Floats) -> Floats:
    """float[R, D-6]: sums over the week that begins on each day."""
    total = np.cumsum(np.pad(daily, ((0, 0), (1, 0))), axis=1)
    return np.asarray(total[:, WEEK:] - total[:, :-WEEK])


def _first(passed: Bools) -> int | None:
    found = np.flatnonzero(passed)
    return int(found[0]) if found.size else None
