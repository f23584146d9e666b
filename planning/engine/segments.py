"""Several segments of leads, each with a law of its own, reduced to kernels by month.

A segment is a source or channel whose leads behave alike. All share the funnel's stages.
G segments, S stages, M months, R roles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.engine.chance import pipeline_luck
from planning.engine.expected import Outlook, look_ahead, renewals_of
from planning.engine.law import Floats, FunnelLaw, InvalidLaw, OpenStays
from planning.engine.means import Effort
from planning.engine.occupancy import Occupancy, occupancy
from planning.engine.window import PlanWindow


@dataclass(frozen=True, eq=False)
class Segment:
    """What a segment's months will see, per lead and without new leads."""

    law: FunnelLaw
    outlook: Outlook
    occupancy: Occupancy


def look_ahead_in(
    law: FunnelLaw, stays: OpenStays, window: PlanWindow, before: Floats | None = None
) -> Segment:
    """A segment with its own law and open stays; before: float[S], as in `look_ahead`."""
    renewals = renewals_of(law, window)
    outlook = look_ahead(law, stays, window, before, renewals)
    there = occupancy(law, stays, window, before, renewals=renewals, credit=outlook.credit)
    return Segment(law, outlook, there)


@dataclass(frozen=True, eq=False)
class ReducedKernels:
    """All segments' months in a few arrays.

    Per lead of a segment, by month of entry and month in which it happens: hours
    float[G, M, M, R], entries float[G, M, M, S], wins and revenue float[G, M, M].
    Without new leads: fixed_hours float[R, M], fixed_entries float[S, M], fixed_wins and
    fixed_revenue float[M].
    parts: float[S], the fixed revenue of the plan's months by the stage it comes from, and
    luck, the variance of its sum from luck alone. size_biased_amount: float[G];
    eventual_revenue: float[G], per lead, however late.
    """

    hours: Floats
    entries: Floats
    wins: Floats
    revenue: Floats
    fixed_hours: Floats
    fixed_entries: Floats
    fixed_wins: Floats
    fixed_revenue: Floats
    parts: Floats
    luck: float
    size_biased_amount: Floats
    eventual_revenue: Floats


def reduce_segments(
    segments: Sequence[Segment], effort: Effort, window: PlanWindow
) -> ReducedKernels:
    """Raises InvalidLaw where there is no segment or segments differ in their stages."""
    if len({segment.law.stages for segment in segments}) != 1:
        raise InvalidLaw("the segments of a plan share the stages of one funnel")
    outlooks = [segment.outlook for segment in segments]
    entries = np.stack([outlook.per_lead.entries for outlook in outlooks])
    there = np.stack([segment.occupancy.per_lead for segment in segments])
    fixed_entries = sum(_fixed_entries(outlook) for outlook in outlooks)
    fixed_there = np.sum([segment.occupancy.fixed for segment in segments], axis=0)
    per_entry, per_month = effort.per_entry.T, effort.per_month.T
    parts, luck = _uncertain(segments, window)
    return ReducedKernels(
        hours=entries @ per_entry + there @ per_month,
        entries=entries,
        wins=np.stack([outlook.per_lead.wins for outlook in outlooks]),
        revenue=np.stack([outlook.per_lead.revenue for outlook in outlooks]),
        fixed_hours=(fixed_entries @ per_entry + fixed_there @ per_month).T,
        fixed_entries=np.asarray(fixed_entries).T,
        fixed_wins=np.sum([_fixed(o.pipeline.wins, o.direct.wins) for o in outlooks], axis=0),
        fixed_revenue=np.sum(
            [_fixed(o.pipeline.revenue, o.direct.revenue) for o in outlooks], axis=0
        ),
        parts=parts,
        luck=luck,
        size_biased_amount=np.array([segment.law.size_biased_amount for segment in segments]),
        eventual_revenue=np.array([segment.law.eventual_revenue[0] for segment in segments]),
    )


def _fixed_entries(outlook: Outlook) -> Floats:
    """float[M, S]"""
    return _fixed(outlook.pipeline.entries, outlook.direct.entries)


def _fixed(pipeline: Floats, direct: Floats) -> Floats:
    return np.asarray(pipeline.sum(axis=0) + direct.sum(axis=0))


def _uncertain(segments: Sequence[Segment], window: PlanWindow) -> tuple[Floats, float]:
    """Parts float[S] and luck of the fixed revenue in the plan's months, as in closed_form.py."""
    parts, luck = np.zeros(len(segments[0].law.stages)), 0.0
    for segment in segments:
        pipeline = segment.outlook.pipeline.revenue @ window.in_plan
        direct = segment.outlook.direct.revenue @ window.in_plan
        parts = parts + pipeline + direct
        luck += float(pipeline_luck(segment.law, segment.outlook.credit, pipeline[:, None]).sum())
        luck += float(direct.sum()) * segment.law.size_biased_amount
    return parts, luck
