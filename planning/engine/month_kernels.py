"""Kernels reduced to months: what a lead entering in one month brings in each later one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from planning.engine.kernels import Renewals, landing_share
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
    share = landing(window)
    return MonthKernels(share @ entries, share @ wins, share @ value * law.money_unit)


def entry_spans(window: PlanWindow) -> tuple[Floats, Floats]:
    """float[M] twice: from when to when leads of each month enter, days from `as_of`."""
    starts, ends = window.edges[:-1], window.edges[1:]
    started = (starts < 0) & (ends > 0)
    return np.where(started, 0.0, starts), ends


@lru_cache(maxsize=4)
def landing(window: PlanWindow) -> Floats:
    """float[M, M, length]: chance that what comes so many days after a lead of the first month
    comes in the second. Kept, as all segments of a plan share it; not to be written to."""
    return landing_share(*entry_spans(window), window.edges, window.length)


def payoff_share(law: FunnelLaw, kernels: MonthKernels, window: PlanWindow) -> Floats:
    """float[M]: of what a lead entering in each month will ever bring, the share in the plan."""
    eventual = float(law.eventual_revenue[0])
    if eventual <= 0:
        return np.zeros(window.months)
    return np.clip(kernels.revenue @ window.in_plan / eventual, 0, 1)
