"""Forward simulation of an answer: what a given number of new leads will bring.

The check on the closed form, and so built without its algebra: expected numbers are pushed
forward day by day, cohort by cohort, with no kernel, transform or matrix inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.kernels import by_month, split_to_lags
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.open_pipeline import first_moves, group
from planning.engine.window import DAYS_PER_MONTH, PlanWindow


@dataclass(frozen=True, eq=False)
class Course:
    """Expected entries float[S, M], wins float[M] and revenue float[M] by month of a window."""

    entries: Floats
    wins: Floats
    revenue: Floats


def simulate(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    new_leads: Floats,
    before: Floats | None = None,
) -> Course:
    """The expected course of the months to come with `new_leads`, float[M], entering.

    Revenue is that of wins after `as_of`; what was won before and repeat business are not
    in it. The window's edges are whole days. before: float[S], entries a month until it begins.
    """
    days = window.horizon
    counts, money = first_moves(law, group(law, stays), days)
    arriving = arrivals(law, window, new_leads, before)
    per_lag = split_to_lags(law.edges, days)
    entries, wins = _push(
        counts.sum(axis=0), arriving, (law.offspring @ per_lag, law.wins @ per_lag)
    )
    if law.value_offspring is None or law.value_wins is None:
        value = (law.offspring @ per_lag, law.wins @ per_lag)
    else:
        value = (law.value_offspring @ per_lag, law.value_wins @ per_lag)
    _, revenue = _push(money.sum(axis=0), arriving * law.money_unit, value)
    edges = window.edges
    return Course(by_month(entries.T, edges), by_month(wins, edges), by_month(revenue, edges))


def arrivals(
    law: FunnelLaw, window: PlanWindow, new_leads: Floats, before: Floats | None = None
) -> Floats:
    """float[D, S]: new subjects a day, evenly over what is left of each month.

    new_leads: float[M]; before: float[S], entries a month until the window begins.
    """
    arriving = np.zeros((window.horizon, len(law.stages)))
    for month, leads in enumerate(new_leads):
        start, end = (int(max(edge, 0)) for edge in window.edges[month : month + 2])
        arriving[start:end, 0] += leads / max(end - start, 1)
    if law.direct_per_month is not None:
        arriving[int(max(window.edges[0], 0)) :] += law.direct_per_month / DAYS_PER_MONTH
    if before is not None:
        arriving[: int(max(window.edges[0], 0))] += before / DAYS_PER_MONTH
    return arriving


def _push(moves: Floats, arriving: Floats, lags: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Daily entries float[D, S] and wins float[D] that follow from the open stays' next moves,
    float[D, S+1], and new arrivals, float[D, S]; lags are [S, S, D] and [S, D]."""
    offspring, won = lags
    pending, wins = moves[:, :-1] + arriving, moves[:, -1].copy()
    entries = np.zeros_like(pending)
    days = len(pending)
    for day in range(days):
        cohort = pending[day].copy()
        # A day's entries may move on within the day, and those again, ever fewer.
        while cohort.sum() > 1e-13 * (1 + entries[day].sum()):
            entries[day] += cohort
            later = np.einsum("i,ijd->dj", cohort, offspring[:, :, : days - day])
            wins[day:] += cohort @ won[:, : days - day]
            pending[day + 1 :] += later[1:]
            cohort = later[0]
    return entries, wins
