"""Kernels reduced to months: what a lead entering in one month brings in each later one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.kernels import Renewals
from planning.engine.law import Floats, FunnelLaw
from planning.engine.window import PlanWindow


@dataclass(frozen=True, eq=False)
class MonthKernels:
    """Per lead entering the first stage at a uniform instant of a month of the window.

    entries: float[M, M, S], entries in the second month into each stage; wins and revenue:
    float[M, M]. Of the month of `as_of`, leads enter in the part still to come.
    """

    entries: Floats
    wins: Floats
    revenue: Floats


def month_kernels(
    law: FunnelLaw, window: PlanWindow, renewals: Renewals | None = None
) -> MonthKernels:
    """Renewal kernels of the first stage, by month of entry and month of landing."""
    renewals = renewals or Renewals(law, window.length)
    entries, wins = renewals.counts.kernel()
    value = renewals.money.kernel()[1] if law.has_value_law else wins
    entries, wins, value = (kernel[: window.length] for kernel in (entries, wins, value))
    landed = by_months(np.column_stack([entries, wins, value]), window)
    return MonthKernels(landed[..., :-2], landed[..., -2], landed[..., -1] * law.money_unit)


def entry_spans(window: PlanWindow) -> tuple[Floats, Floats]:
    """float[M] twice: from when to when leads of each month enter, days from `as_of`."""
    starts, ends = window.edges[:-1], window.edges[1:]
    started = (starts < 0) & (ends > 0)
    return np.where(started, 0.0, starts), ends


def by_months(kernel: Floats, window: PlanWindow) -> Floats:
    """float[M, M, K] of float[D, K] by day after a lead: what comes in the second month per lead
    that enters at an even rate within the first.

    With F(x) the sum of kernel[d] (x - d) over all days d before x, what comes up to a day e
    per lead entering between s and t is (F(e - s) - F(e - t)) / (t - s): as `landing_share`
    gives it, without a table of months by months by days.
    """
    starts, ends = entry_spans(window)
    reached = np.zeros((kernel.shape[0] + 1, kernel.shape[1]))
    np.cumsum(np.cumsum(kernel, axis=0), axis=0, out=reached[1:])

    def up_to(days: Floats) -> Floats:
        at = np.clip(days, 0, kernel.shape[0])
        below = np.minimum(at.astype(int), kernel.shape[0] - 1)
        rest = (at - below)[..., None]
        return np.asarray((1 - rest) * reached[below] + rest * reached[below + 1])

    since, until = (window.edges - instant[:, None] for instant in (starts, ends))
    come = (up_to(since) - up_to(until)) / (ends - starts)[:, None, None]
    # Differences of sums leave rounding of either sign where nothing comes.
    return np.maximum(np.diff(come, axis=1), 0.0)


def payoff_share(law: FunnelLaw, kernels: MonthKernels, window: PlanWindow) -> Floats:
    """float[M]: of what a lead entering in each month will ever bring, the share in the plan."""
    eventual = float(law.eventual_revenue[0])
    if eventual <= 0:
        return np.zeros(window.months)
    return np.clip(kernels.revenue @ window.in_plan / eventual, 0, 1)
