"""Everything a plan's months will see, per lead and without new leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.kernels import Renewals, by_month
from planning.engine.law import Floats, FunnelLaw, OpenStays
from planning.engine.month_kernels import MonthKernels, month_kernels
from planning.engine.open_pipeline import PipelineCredit, credit_open_stays
from planning.engine.window import DAYS_PER_MONTH, PlanWindow


@dataclass(frozen=True, eq=False)
class SourceFlows:
    """Flows by month, kept apart by the stage s in which their subjects start.

    entries: float[S, M, S], into the last axis; wins and revenue: float[S, M].
    """

    entries: Floats
    wins: Floats
    revenue: Floats

    @classmethod
    def zero(cls, stages: int, months: int) -> SourceFlows:
        flat = np.zeros((stages, months))
        return cls(np.zeros((stages, months, stages)), flat, flat)


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is to come in a window: from open stays, from direct entries, and per new lead."""

    credit: PipelineCredit
    pipeline: SourceFlows
    direct: SourceFlows
    per_lead: MonthKernels


def renewals_of(law: FunnelLaw, window: PlanWindow) -> Renewals:
    """The renewal equations of a law over as many days as a window needs."""
    return Renewals(law, max(window.horizon, window.length))


def look_ahead(
    law: FunnelLaw,
    stays: OpenStays,
    window: PlanWindow,
    before: Floats | None = None,
    renewals: Renewals | None = None,
) -> Outlook:
    """The expected flows of a window, before any target is known.

    before: float[S], entries a month between `as_of` and the window's start.
    """
    renewals = renewals or renewals_of(law, window)
    credit = credit_open_stays(law, stays, window.horizon, renewals)
    return Outlook(
        credit=credit,
        pipeline=credit_by_month(credit, window),
        direct=_arriving_flows(law, window, renewals, before),
        per_lead=month_kernels(law, window, renewals),
    )


def credit_by_month(credit: PipelineCredit, window: PlanWindow) -> SourceFlows:
    """The credit of open stays in the months of a window."""
    return SourceFlows(
        entries=by_month(credit.entries, window.edges, axis=1),
        wins=by_month(credit.wins, window.edges),
        revenue=by_month(credit.revenue, window.edges),
    )


def _arriving_flows(
    law: FunnelLaw, window: PlanWindow, renewals: Renewals, before: Floats | None
) -> SourceFlows:
    """Entries past the first stage, at an even daily rate from the window's start or `as_of`,
    and the entries before it that are not the plan's to decide."""
    if law.direct_per_month is None and before is None:
        return SourceFlows.zero(len(law.stages), window.months)
    inflow = np.eye(len(law.stages))[:, None, :] * arriving_by_day(law, window, before)
    return SourceFlows(
        entries=by_month(renewals.counts.entries(inflow), window.edges, axis=1),
        wins=by_month(renewals.counts.wins(inflow), window.edges),
        revenue=by_month(renewals.money.wins(inflow), window.edges) * law.money_unit,
    )


def arriving_by_day(law: FunnelLaw, window: PlanWindow, before: Floats | None) -> Floats:
    """float[D, S]: entries a day that are not the plan's to decide."""
    nobody = np.zeros(len(law.stages))
    begun = np.clip(np.arange(window.horizon) + 1 - max(window.edges[0], 0.0), 0, 1)
    direct = nobody if law.direct_per_month is None else law.direct_per_month
    monthly = np.outer(begun, direct) + np.outer(1 - begun, nobody if before is None else before)
    return monthly / DAYS_PER_MONTH
