"""A solved plan: arrays by stage and month, all unrounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

import numpy as np

from planning.engine.chance import band80, effective_events, pipeline_luck, relative_rate_variance
from planning.engine.expected import Outlook
from planning.engine.law import Floats, FunnelLaw
from planning.engine.window import PlanWindow

Code = Literal["reachable", "tight", "unreachable", "too_little_history"]


@dataclass(frozen=True)
class RequirementRow:
    """How many must enter a stage in a month; `entries = from_pipeline + new`."""

    month: int
    stage: int
    entries: float
    from_pipeline: float
    new: float
    low80: float
    high80: float


class Verdict(TypedDict):
    """The part of a solution that is decided before its months are laid out."""

    code: Code
    leads: float
    p_target: float
    p80_revenue: float
    payoff_share: Floats
    last_lead_month: int | None
    multiplier: float | None


@dataclass(frozen=True, eq=False)
class Solution:
    """S stages by M months of the window (lead months included, see `PlanWindow`).

    code: reachable; tight, if it takes far more leads than of late; unreachable, if no lead
        can pay off in time or it takes out of all proportion more; too_little_history, if
        nothing was ever won or the rates are too uncertain for the confidence asked for (then
        sized for the expectation).
    leads: new leads the year's shape was scaled with; new_leads: float[M], those still to come.
    entries, from_pipeline, new: float[S, M]. from_pipeline holds what follows from subjects
        that have already entered, entries before `as_of` included (also apart, as so_far);
        new holds the new leads, the direct entries, and what follows from both.
    low80, high80: float[S, M], where entries will lie in four cases of five if the new leads
        come as required.
    revenue with revenue_low80, revenue_high80, and its parts revenue_certain (won so far and
        base), revenue_from_pipeline and revenue_new; wins: expected number, all float[M].
    expected, p80_revenue: revenue of the plan's months; the latter is exceeded with
        probability .8. p_target: probability of reaching the target.
    payoff_share: float[M], share of a lead's eventual revenue that still lands in the plan;
        last_lead_month: index of the last month in which a lead can pay off.
    multiplier: new leads a month over those of late. carried: open subjects older than any
        stay seen.
    """

    code: Code
    leads: float
    new_leads: Floats
    entries: Floats
    from_pipeline: Floats
    new: Floats
    so_far: Floats
    low80: Floats
    high80: Floats
    revenue: Floats
    revenue_low80: Floats
    revenue_high80: Floats
    revenue_certain: Floats
    revenue_from_pipeline: Floats
    revenue_new: Floats
    wins: Floats
    expected: float
    p_target: float
    p80_revenue: float
    payoff_share: Floats
    last_lead_month: int | None
    multiplier: float | None
    carried: int

    def rows(self) -> Iterator[RequirementRow]:
        """Requirement rows, month by month in funnel order."""
        tables = (self.entries, self.from_pipeline, self.new, self.low80, self.high80)
        for month, stage in np.ndindex(self.entries.T.shape):
            yield RequirementRow(month, stage, *(float(table[stage, month]) for table in tables))


def assemble(
    *,
    law: FunnelLaw,
    window: PlanWindow,
    outlook: Outlook,
    new_leads: Floats,
    certain: Floats,
    so_far: Floats | None,
    **verdict: Unpack[Verdict],
) -> Solution:
    """Lay a number of new leads out over stages and months, with bands."""
    before = np.zeros((len(law.stages), window.months)) if so_far is None else so_far
    by_origin = _entries_by_origin(outlook, new_leads)
    new = outlook.direct.entries.sum(axis=0).T
    new = new + np.einsum("m,mts->st", new_leads, outlook.per_lead.entries)
    from_pipeline = outlook.pipeline.entries.sum(axis=0).T + before
    low, high = _entry_bands(law, by_origin)
    revenue_new = outlook.direct.revenue.sum(axis=0) + new_leads @ outlook.per_lead.revenue
    revenue_pipeline = outlook.pipeline.revenue.sum(axis=0)
    revenue_low, revenue_high = _revenue_bands(law, outlook, new_leads)
    revenue = certain + revenue_pipeline + revenue_new
    return Solution(
        new_leads=new_leads,
        entries=from_pipeline + new,
        from_pipeline=from_pipeline,
        new=new,
        so_far=before,
        low80=low + before,
        high80=high + before,
        revenue=revenue,
        revenue_low80=revenue_low + certain,
        revenue_high80=revenue_high + certain,
        revenue_certain=certain,
        revenue_from_pipeline=revenue_pipeline,
        revenue_new=revenue_new,
        wins=_wins(outlook, new_leads),
        expected=float(revenue @ window.in_plan),
        carried=outlook.credit.carried,
        **verdict,
    )


def _wins(outlook: Outlook, new_leads: Floats) -> Floats:
    known = outlook.pipeline.wins.sum(axis=0) + outlook.direct.wins.sum(axis=0)
    return np.asarray(known + new_leads @ outlook.per_lead.wins)


def _entries_by_origin(outlook: Outlook, new_leads: Floats) -> Floats:
    """float[S, M, S]: entries still to come into the last axis, by the stage they start from."""
    entries = outlook.pipeline.entries + outlook.direct.entries
    entries[0] += np.einsum("m,mts->ts", new_leads, outlook.per_lead.entries)
    return entries


def _entry_bands(law: FunnelLaw, by_origin: Floats) -> tuple[Floats, Floats]:
    """Bands of float[S, M]: Poisson luck and the uncertain rates on the way to the stage.

    Success of i is the rate from i to j times success of j, so the way from i to j has the
    log variance var_i - var_j. How many leads enter the first stage is decided, not uncertain.
    """
    total = by_origin.sum(axis=0).T
    log_sd = np.zeros_like(total)
    own = np.diag(law.rate_covariance)
    for stage in range(1, len(law.stages)):
        on_the_way = np.clip(law.rate_covariance - own[stage], 0, None)
        squared = relative_rate_variance(by_origin[:, :, stage], on_the_way, law.shock_sd)
        log_sd[stage] = np.sqrt(np.log1p(squared))
    return band80(total, total, log_sd)


def _revenue_bands(law: FunnelLaw, outlook: Outlook, new_leads: Floats) -> tuple[Floats, Floats]:
    """Bands of float[M] revenue still to come, with luck, rates and shock as in chance.py."""
    fresh = new_leads @ outlook.per_lead.revenue
    parts = outlook.pipeline.revenue + outlook.direct.revenue
    parts[0] += fresh
    poisson = (fresh + outlook.direct.revenue.sum(axis=0)) * law.size_biased_amount
    luck = pipeline_luck(law, outlook.credit, outlook.pipeline.revenue) + poisson
    mean = parts.sum(axis=0)
    squared = relative_rate_variance(parts, law.rate_covariance, law.shock_sd)
    return band80(mean, effective_events(mean, luck), np.sqrt(np.log1p(squared)))
