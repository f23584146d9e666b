"""Solving a plan within what it may use: the linear program of people, channels and money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from pipeline.models import Estimate
from planning.channel_laws import law_of_source
from planning.engine import (
    Goal,
    LeadStream,
    OpenStays,
    Patience,
    PlanWindow,
    Solution,
    Work,
    overload,
)
from planning.engine.expected import Outlook
from planning.engine.means import Means, Tiers
from planning.engine.month_kernels import MonthKernels
from planning.engine.program import Program, plan_within
from planning.engine.segments import Segment, look_ahead_in
from planning.engine.sizing import Aim
from planning.engine.waiting import UnderLoad
from planning.funnel_law import Floats, KnownFunnel
from planning.known_means import KnownMeans
from planning.models import Plan

ANY_CHANNEL = ""
"""The name of the leads of a company that has typed no channels: as many as it takes, for free."""

PATIENCE = 1.0
"""Seconds to search for the best way to hire whole people: somebody is waiting. A company of one
role takes a tenth of them."""


@dataclass(frozen=True)
class Within:
    """A plan within its means. ``segments``: leads of all alike, then those of each channel.

    ``needed_hours`` float[R, M]: what the target takes of each role, were there leads and people
    for it; where the target can be reached, what the plan takes.
    """

    known: KnownMeans
    segments: tuple[Segment, ...]
    program: Program
    needed_hours: Floats

    @property
    def means(self) -> Means:
        return self.known.means

    @property
    def is_reached(self) -> bool:
        return self.program.code in ("reachable", "tight")

    def laid_over(self, found: Solution) -> Solution:
        """``found``, the solution without limits, with the figures of the program in its place."""
        program, certain = self.program, found.revenue_certain
        piped = found.revenue_from_pipeline * program.left.revenue
        times = (program.revenue - certain) / np.maximum(found.revenue - certain, 1e-9)
        new = np.maximum(program.entries - found.from_pipeline, 0.0)
        widened = program.entries / np.maximum(found.entries, 1e-9)
        return replace(
            found,
            new_leads=program.leads.sum(axis=0),
            leads=float(program.leads.sum()),
            entries=found.from_pipeline + new,
            new=new,
            low80=np.minimum(found.low80 * widened, program.entries),
            high80=np.maximum(found.high80 * widened, program.entries),
            revenue=program.revenue,
            revenue_low80=certain + (found.revenue_low80 - certain) * times,
            revenue_high80=certain + (found.revenue_high80 - certain) * times,
            revenue_from_pipeline=piped,
            revenue_new=program.revenue - certain - piped,
            wins=program.wins,
            multiplier=program.multiplier,
            expected=program.expected,
            p_target=program.p_target,
            p80_revenue=program.p80_revenue,
        )

    @property
    def mixed(self) -> tuple[Outlook, Floats]:
        """The outlook of a lead of the plan's mix of channels, and float[M] leads.

        One stream, since sources share the uncertainty of the funnel's rates: drawn apart, their
        errors would seem to cancel.
        """
        leads = self.program.segment_leads
        total = leads.sum(axis=0)
        share = leads / np.where(total > 0, total, 1.0)
        each = [segment.outlook.per_lead for segment in self.segments]
        mixed = MonthKernels(
            entries=np.einsum("gm,gmts->mts", share, np.stack([kernel.entries for kernel in each])),
            wins=np.einsum("gm,gmt->mt", share, np.stack([kernel.wins for kernel in each])),
            revenue=np.einsum("gm,gmt->mt", share, np.stack([kernel.revenue for kernel in each])),
        )
        return replace(self.segments[0].outlook, per_lead=mixed), total


@dataclass(frozen=True)
class Usable:
    """What a plan may use, and the rates by source that its channels have; None: those of all."""

    known: KnownMeans
    by_source: Estimate | None


def solve_within(
    plan: Plan,
    estimate: Estimate,
    funnel: KnownFunnel,
    window: PlanWindow,
    goal: Goal,
    found: Solution,
    usable: Usable,
    changes: tuple[Any, ...] = (),
) -> Within | None:
    """The best plan that people, channels and budget allow; None where none of them are known.

    ``found`` is the plan without limits; ``changes`` tells a funnel with assumptions from one
    without.
    """
    known, by_source = usable.known, usable.by_source
    if known.is_empty:
        return None
    has_repeat = plan.repeat_is_of_deals
    key = (estimate.pk, estimate.computed_at, plan.currency, plan.year, has_repeat, changes)
    segments = _segments(
        _Asked(funnel, window, goal.before_per_month, by_source, key), known.sources
    )
    means = means_for(known, window)
    aim = Aim(
        objective=plan.objective,  # type: ignore[arg-type]
        margin=1.0 if plan.margin is None else plan.margin,
        whole_hires=True,
        patience=PATIENCE,
    )
    load = _under_load(plan, funnel, window, goal, segments, means)
    program = plan_within(segments, window, means, goal, aim, common=funnel.law, under_load=load)
    reached = program.code in ("reachable", "tight")
    needed = program.hours_needed if reached else hours_of(found, means, segments[0])
    return Within(known, segments, program, needed)


def _under_load(
    plan: Plan,
    funnel: KnownFunnel,
    window: PlanWindow,
    goal: Goal,
    segments: Sequence[Segment],
    means: Means,
) -> UnderLoad:
    """What the load of a plan leaves of it where people serve in the order in which they are
    asked: a promise is not to rest on their letting customers go who have waited for long."""
    effort, patience = means.effort, Patience(plan.wait_days, plan.wait_half_life)

    def run(leads: Floats, hours: Floats) -> tuple[Floats, Floats]:
        streams = streams_of(segments, leads, funnel.open_stays, goal)
        work = Work(effort.per_entry, hours, effort.per_month)
        load = overload(streams, window, work, patience, "first_in_first_out")
        return load.revenue, load.wins

    return run


def streams_of(
    segments: Sequence[Segment], leads: Floats, stays: OpenStays, goal: Goal
) -> list[LeadStream]:
    """float[G, M] leads of each segment; all that is open goes with the first."""
    return [
        LeadStream(
            segment.law,
            OpenStays.none() if i else stays,
            each,
            None if i else goal.before_per_month,
        )
        for i, (segment, each) in enumerate(zip(segments, leads, strict=True))
        if i == 0 or each.any()
    ]


def hours_of(found: Solution, means: Means, segment: Segment) -> Floats:
    """float[R, M]: hours that a solution without limits takes of each role, from now on."""
    there = segment.occupancy.fixed.T + np.einsum(
        "m,mts->st", found.new_leads, segment.occupancy.per_lead
    )
    entering = found.entries - found.so_far
    return np.asarray(means.effort.per_entry @ entering + means.effort.per_month @ there)


def means_for(known: KnownMeans, window: PlanWindow) -> Means:
    """The means as a plan counts its segments: each channel follows the law of its own, the
    first being that of all alike, from which leads come where no channels are typed."""
    tiers = known.means.tiers
    if known.has_channels:
        return replace(known.means, tiers=replace(tiers, segment=tiers.segment + 1))
    anywhere = Tiers(
        channel=(ANY_CHANNEL,),
        segment=np.zeros(1, np.int64),
        cost=np.zeros(1),
        most=np.where(window.open_share > 0, np.inf, 0.0)[None],
        lead_months=np.zeros(1, np.int64),
    )
    return replace(known.means, tiers=anywhere)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What the segments are made of; equal where ``key`` and the rates by source are."""

    funnel: KnownFunnel
    window: PlanWindow
    before: Floats | None
    by_source: Estimate | None
    key: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash((self.key, self.by_source and self.by_source.pk))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and (self.key, self.by_source) == (
            other.key,
            other.by_source,
        )


@lru_cache(maxsize=32)
def _segments(asked: _Asked, sources: Sequence[int]) -> tuple[Segment, ...]:
    """Looking ahead takes a while, and typing a target changes nothing of it."""
    funnel, window = asked.funnel, asked.window
    common = look_ahead_in(funnel.law, funnel.open_stays, window, asked.before)
    if asked.by_source is None:
        alone = look_ahead_in(replace(funnel.law, direct_per_month=None), OpenStays.none(), window)
        return (common, *(alone for _source in sources))
    laws = (law_of_source(funnel, funnel.law, asked.by_source, source) for source in sources)
    return (common, *(look_ahead_in(law, OpenStays.none(), window) for law in laws))
