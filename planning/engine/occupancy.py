"""How many subjects are in each stage, month by month: what work by the month is counted on.

A number of subject-months is a number of subject-days over the days of the month; a subject
that is in a stage for a whole month counts one. Who stays longer than any age of the law stays.

On the grid of kernels.py, a stay that begins within a day and lasts a whole number of days is
in its stage for half its first day, half its last and all between. With the share S[u] that
stays at least u days (linear between), and a day's moves split between its ends, it is there
on day u with probability (S[u-1] + 2 S[u] + S[u+1]) / 4, on the first (1 + S[1]) / 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from planning.engine.expected import arriving_by_day, renewals_of
from planning.engine.kernels import Renewals, by_month
from planning.engine.law import NOBODY_LEFT, Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import by_months
from planning.engine.open_pipeline import PipelineCredit, credit_open_stays, group
from planning.engine.window import PlanWindow


@dataclass(frozen=True, eq=False)
class Occupancy:
    """Expected subject-months. per_lead: float[M, M, S], in the second month, of a lead that
    enters in the first; fixed: float[M, S], of the open stays, the direct entries, and what
    follows from both."""

    per_lead: Floats
    fixed: Floats


def occupancy(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    before: Floats | None = None,
    *,
    renewals: Renewals | None = None,
    credit: PipelineCredit | None = None,
) -> Occupancy:
    """The expected number in each stage in the months of a window.

    before: float[S], entries a month between `as_of` and the window's start; renewals and
    credit: those of this law and window where they are known already.
    """
    renewals = renewals or renewals_of(law, window)
    credit = credit or credit_open_stays(law, stays, window.horizon, renewals)
    length = np.diff(window.edges)
    return Occupancy(
        per_lead=_per_lead(law, window, renewals) / length[:, None],
        fixed=_fixed(law, stays, window, before, renewals, credit) / length[:, None],
    )


def _per_lead(law: FunnelLaw, window: PlanWindow, renewals: Renewals) -> Floats:
    """float[M, M, S] subject-days; a stay of a lag of whole days fills whole days after it."""
    entries = renewals.counts.kernel()[0][: window.length]
    stays_on = lasting(law, window.length + 1)
    there = _convolve(entries, (stays_on[1:] + stays_on[:-1]) / 2)
    return by_months(half_a_day_later(there), window)


def _fixed(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    before: Floats | None,
    renewals: Renewals,
    credit: PipelineCredit,
) -> Floats:
    """float[M, S] subject-days of those still in the stage of `as_of`, and of later entries."""
    days = window.horizon
    if days == 0:
        return np.zeros((window.months, len(law.stages)))
    entries = credit.entries.sum(axis=0)
    if law.direct_per_month is not None or before is not None:
        inflow = arriving_by_day(law, window, before)
        entries = entries + renewals.counts.entries(inflow[None])[0]
    stays_on = lasting(law, days + 1)
    later = half_a_day_later(_convolve(entries, (stays_on[1:] + stays_on[:-1]) / 2))
    return by_month(later + still_there(law, stays, days), window.edges, axis=0)


def lasting(law: FunnelLaw, days: int) -> Floats:
    """float[days, S]: probability that a stay lasts at least to each whole day."""
    at = np.arange(days, dtype=float)
    return np.stack([np.interp(at, law.edges, row) for row in law.survival], axis=1)


def still_there(law: FunnelLaw, stays: OpenStays, days: int) -> Floats:
    """float[days, S]: how many of the open stays are still where they are.

    As in open_pipeline.py, a cohort has all survived to the start of its age bin, and leaves
    at the bin's rate from now to the bin's end.
    """
    there = np.zeros((days + 1, len(law.stages)))
    at = np.arange(days + 1, dtype=float)
    cohorts = group(law, stays)
    for stage, own, age, count in zip(
        cohorts.stage, cohorts.bin, cohorts.age, cohorts.count, strict=True
    ):
        survival = law.survival[stage, own:]
        if survival[0] > NOBODY_LEFT:
            ahead = np.maximum(law.edges[own:] - age, 0.0)
            there[:, stage] += count * np.interp(at, ahead, survival / survival[0])
    return (there[1:] + there[:-1]) / 2


def half_a_day_later(there: Floats) -> Floats:
    """Of what begins at an even rate within a day, half falls into the next."""
    later = there / 2
    later[1:] += there[:-1] / 2
    return later


def _convolve(entries: Floats, lasting: Floats) -> Floats:
    days = entries.shape[0]
    # Rounding may leave a hair below zero where nobody can be.
    return np.maximum(signal.fftconvolve(entries, lasting, axes=0)[:days], 0.0)
