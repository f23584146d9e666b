"""What those who must enter each stage are like in each month, by where they come from."""

from functools import lru_cache

import numpy as np

from planning.engine import FunnelLaw, OpenStays, PlanWindow, Solution
from planning.engine.quality import (
    LeadGroup,
    LeadWorth,
    Quality,
    lead_worth,
    mixed_quality,
    money_without_leads,
)
from planning.funnel_law import Floats, KnownFunnel
from planning.within import Within

Months = tuple[float, ...]


def plan_quality(
    funnel: KnownFunnel,
    window: PlanWindow,
    before: Floats | None,
    found: Solution,
    within: Within | None,
) -> Quality:
    """Of the entries to come of ``found``, the solution whose requirements are published.

    Where the plan holds within its means, leads follow the law of their own channel.
    """
    edges = tuple(window.edges.tolist())
    groups = [
        LeadGroup(law, leads, _lead_worth(law, edges))
        for law, leads in _leads(funnel.law, found, within)
    ]
    led = np.sum([each.entries for each in groups], axis=0)
    known = np.array([found.from_pipeline - found.so_far, np.maximum(found.new - led, 0.0)])
    early = None if before is None else tuple(before.tolist())
    return mixed_quality(
        funnel.law, known, _known_money(funnel.law, funnel.open_stays, edges, early), groups
    )


def _leads(
    law: FunnelLaw, found: Solution, within: Within | None
) -> list[tuple[FunnelLaw, Floats]]:
    if within is None or not within.is_reached:
        return [(law, found.new_leads)]
    leads = within.program.segment_leads
    by_channel = [
        (segment.law, each)
        for segment, each in zip(within.segments, leads, strict=True)
        if each.any()
    ]
    return by_channel or [(law, found.new_leads)]


# Laws are kept with the estimate they are of, and typing a target changes none of them: what a
# lead is worth is reckoned once.
@lru_cache(maxsize=64)
def _lead_worth(law: FunnelLaw, edges: Months) -> LeadWorth:
    return lead_worth(law, PlanWindow(np.array(edges)))


@lru_cache(maxsize=16)
def _known_money(law: FunnelLaw, stays: OpenStays, edges: Months, before: Months | None) -> Floats:
    early = None if before is None else np.array(before)
    return money_without_leads(law, stays, PlanWindow(np.array(edges)), early)
