"""What those who must enter each stage are like in each month, by where they come from."""

from dataclasses import dataclass
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
    known, money, groups = _entering(funnel, window, before, found, within)
    return mixed_quality(funnel.law, known, money, list(groups.values()))


@dataclass(frozen=True, eq=False)
class Entering:
    """Subjects float[S, M] that enter each stage in each month, and their amounts in plan currency:
    of the leads of a channel, or of all others where ``channel`` is None."""

    channel: str | None
    entries: Floats
    money: Floats


def entering(
    funnel: KnownFunnel,
    window: PlanWindow,
    before: Floats | None,
    found: Solution,
    within: Within | None,
) -> list[Entering]:
    """The entries that ``plan_quality`` tells of, by where they come from."""
    known, money, groups = _entering(funnel, window, before, found, within)
    by_channel = (Entering(name, each.entries, each.money) for name, each in groups.items())
    return [Entering(None, known.sum(axis=0), money), *by_channel]


def _entering(
    funnel: KnownFunnel,
    window: PlanWindow,
    before: Floats | None,
    found: Solution,
    within: Within | None,
) -> tuple[Floats, Floats, dict[str, LeadGroup]]:
    """Entries float[2, S, M] without new leads, their money float[S, M], and leads by channel."""
    edges = tuple(window.edges.tolist())
    groups = {
        name: LeadGroup(law, leads, _lead_worth(law, edges))
        for name, law, leads in _leads(funnel.law, found, within)
    }
    led = np.sum([each.entries for each in groups.values()], axis=0)
    known = np.array([found.from_pipeline - found.so_far, np.maximum(found.new - led, 0.0)])
    early = None if before is None else tuple(before.tolist())
    return known, _known_money(funnel.law, funnel.open_stays, edges, early), groups


def _leads(
    law: FunnelLaw, found: Solution, within: Within | None
) -> list[tuple[str, FunnelLaw, Floats]]:
    """New leads by the name of their channel, which is empty where all are alike."""
    alike = [("", law, found.new_leads)]
    if within is None or not within.is_reached:
        return alike
    names = ["", *(channel.name for channel in within.known.channels)]
    by_channel = zip(names, within.segments, within.program.segment_leads, strict=True)
    return [(name, segment.law, each) for name, segment, each in by_channel if each.any()] or alike


# Laws are kept with the estimate they are of, and typing a target changes none of them: what a
# lead is worth is reckoned once.
@lru_cache(maxsize=64)
def _lead_worth(law: FunnelLaw, edges: Months) -> LeadWorth:
    return lead_worth(law, PlanWindow(np.array(edges)))


@lru_cache(maxsize=16)
def _known_money(law: FunnelLaw, stays: OpenStays, edges: Months, before: Months | None) -> Floats:
    early = None if before is None else np.array(before)
    return money_without_leads(law, stays, PlanWindow(np.array(edges)), early)
