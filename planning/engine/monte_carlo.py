"""The chance of a plan, drawn and not approximated: years in which rates and luck differ.

The normal approximation sizes a plan at once (chance.py); this reports what was sized, with the
skewness and the lumps that a few big deals have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine.closed_form import Goal
from planning.engine.draws import Stream, draw_revenue, spawn
from planning.engine.expected import look_ahead
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.window import PlanWindow

RUNS = 20_000
LEVELS = (0.10, 0.25, 0.50, 0.75, 0.90)


@dataclass(frozen=True, eq=False)
class Chances:
    """The distribution of revenue, plan currency, in M months of a window.

    p_target: share of the years that reach the target, with its standard_error; expected: their
    mean. months, running: float[5, M], revenue of each month, and from the plan's first month
    to its end, that is not passed with probability .1, .25, .5, .75 and .9; year: float[5], the
    same of the plan's months. running is 0 in lead months.
    """

    runs: int
    p_target: float
    standard_error: float
    expected: float
    months: Floats
    running: Floats
    year: Floats


def monte_carlo(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    goal: Goal,
    new_leads: Floats,
    *,
    seed: int,
    runs: int = RUNS,
) -> Chances:
    """The chances of `goal` with `new_leads`, float[M], entering; the same for the same seed."""
    outlook = look_ahead(law, stays, window, goal.before_per_month)
    stream = Stream(law, stays, outlook, new_leads)
    return chances_of([stream], window, goal, seed=seed, runs=runs)


def chances_of(
    streams: Sequence[Stream],
    window: PlanWindow,
    goal: Goal,
    *,
    seed: int,
    runs: int = RUNS,
    shock_sd: float | None = None,
    left: Floats | None = None,
) -> Chances:
    """The chances of several funnels or segments together.

    Their rates are drawn apart, the shock is common to all: shock_sd, by default the largest of
    theirs. left: float[M], the share of each month's revenue to come that waiting leaves, by
    default all of it. Raises ValueError with fewer than two runs.
    """
    if runs < 2:
        raise ValueError("chances take two runs or more")
    revenue = years(streams, window, goal, seed=seed, runs=runs, shock_sd=shock_sd)
    if left is not None:
        certain = goal.certain_revenue(window)[:, None]
        revenue = certain + (revenue - certain) * left[:, None]
    running = revenue * window.in_plan[:, None]
    for month in range(1, window.months):
        running[month] += running[month - 1]
    year = running[-1]
    hit = float(np.mean(year >= goal.target * (1 - 1e-12)))
    return Chances(
        runs=runs,
        p_target=hit,
        # One run more of either kind, so that a hundred of a hundred is not taken for certain.
        standard_error=float(np.sqrt(max(hit * (1 - hit), 1 / runs) / runs)),
        expected=float(year.mean()),
        months=_quantiles(revenue),
        running=_quantiles(running),
        year=_quantiles(running[-1:])[:, 0],
    )


def years(
    streams: Sequence[Stream],
    window: PlanWindow,
    goal: Goal,
    *,
    seed: int,
    runs: int = RUNS,
    shock_sd: float | None = None,
) -> Floats:
    """float[M, N]: revenue by month in `runs` years, that which is certain included."""
    sd = shock_sd
    if sd is None:
        sd = max((stream.law.shock_sd for stream in streams), default=0.0)
    generators = spawn(seed)
    shock = np.exp(sd * next(generators).standard_normal(runs) - sd**2 / 2)
    total = np.tile(goal.certain_revenue(window)[:, None], runs)
    for stream, rng in zip(streams, generators, strict=False):
        total += draw_revenue(stream, shock, rng)
    return total


def _quantiles(revenue: Floats) -> Floats:
    """float[5, M] of float[M, N], linear between the runs."""
    ordered = np.sort(revenue, axis=1)
    at = np.array(LEVELS) * (revenue.shape[1] - 1)
    below = np.minimum(at.astype(int), revenue.shape[1] - 2)
    low, high = ordered[:, below], ordered[:, below + 1]
    return np.asarray((low + (at - below) * (high - low)).T)
